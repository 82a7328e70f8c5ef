import type { KeyProvider } from './credentials/key-provider.js';
import { createKeyProvider } from './credentials/provider.js';
import type { Settings } from './inputs/settings.js';
import { createAgents } from './network/agent.js';
import { Clock } from './network/clock.js';
import type { ServiceError } from './network/errors.js';
import { RetryBudget, type RetryPolicy } from './network/retry.js';
import { Transport } from './network/transport.js';
import type { Log } from './report/log.js';
import { UploadEngine } from './storage/engine.js';
import { RequestBudget } from './storage/request-budget.js';
import { StorageDomain } from './storage/storage-domain.js';
import { VodClient } from './vod/client.js';
import { RateLimiter } from './vod/rate-limit.js';

/** Name and version as the services see them in User-Agent; package.json says the same, which a test holds. */
export const PRODUCT = 'publish-to-tencent-vod/1.0.0';

/** Times that the run waits for the network, in milliseconds. */
export interface Timeouts {
  /** For some bytes of a body to be taken, or a connection to be made. */
  stallMs: number;
  /** For an answer after the last byte. */
  answerMs: number;
  /** Bound of the first pause between tries. */
  backoffMs: number;
}

/** That of a run on a runner; tests have less. */
export const TIMEOUTS: Timeouts = { stallMs: 30_000, answerMs: 60_000, backoffMs: 500 };

/** Milliseconds: the longest pause between tries. */
const LONGEST_PAUSE = 20_000;
/** Connections besides those of storage: the VOD API, clean-up while requests still end. */
const SPARE_SOCKETS = 16;

/** The services as one run sees them. */
export interface Services {
  credentials: KeyProvider;
  vod: VodClient;
  engine: UploadEngine;
  budget: RequestBudget;
  transport: Transport;
  close(): void;
}

export interface ServicesOptions {
  settings: Settings;
  log: Log;
  /** Keeps a secret out of the log. */
  mask(secret: string): void;
  timeouts: Timeouts;
  onRetry(what: string, error: ServiceError, pauseMs: number): void;
  onWarning(message: string): void;
}

/**
 * Connects the settings to the clients of the services: one pool of connections, one budget of requests,
 * one of retries. No network is used yet.
 *
 * @throws {CredentialsError}
 */
export function connectServices(options: ServicesOptions): Services {
  const { settings, log, mask, timeouts, onRetry, onWarning } = options;
  const agents = createAgents({
    proxy: settings.proxy,
    maxSockets: settings.concurrency + SPARE_SOCKETS,
    // Less than the exchange waits, so that it is the proxy that is named.
    connectTimeoutMs: timeouts.stallMs * 0.9,
  });
  const transport = new Transport({
    agents,
    userAgent: PRODUCT,
    stallTimeoutMs: timeouts.stallMs,
    answerTimeoutMs: timeouts.answerMs,
    ...(log.isDebug ? { debug: (line: string) => log.debug(line) } : {}),
  });
  // What storage spends on repeats must not cost a commit its own, when all bytes are stored already.
  const apiRetries = RetryBudget.for(settings.concurrency, settings.maxAttempts);
  const policy: RetryPolicy = {
    attempts: settings.maxAttempts,
    baseMs: timeouts.backoffMs,
    capMs: LONGEST_PAUSE,
  };
  const stsClock = new Clock();
  const vodClock = new Clock(Date.now, stsClock);
  const credentials = createKeyProvider(settings, () => ({
    transport,
    clock: stsClock,
    endpoint: settings.stsEndpoint,
    region: settings.region,
    retries: apiRetries,
    policy,
    mask,
    onRetry,
  }));
  const budget = new RequestBudget(settings.concurrency, () => transport.bytesSent);
  const domain = new StorageDomain(
    settings.cosEndpoint,
    settings.accelerate,
    ({ code, unreached }) => {
      const why = unreached
        ? 'The global acceleration domain can not be reached'
        : 'The bucket has no global acceleration';
      onWarning(`${why} (${code}); the regional domain is used instead.`);
    },
    (url) => transport.hasAnswered(url),
  );
  return {
    credentials,
    transport,
    budget,
    engine: new UploadEngine({
      transport,
      clock: new Clock(Date.now, vodClock),
      domain,
      budget,
      retries: RetryBudget.for(settings.concurrency, settings.maxAttempts),
      cleanUpRetries: RetryBudget.for(settings.concurrency, settings.maxAttempts),
      policy,
      onRetry,
      onWarning,
      ...(settings.partSize === undefined ? {} : { partSize: settings.partSize }),
    }),
    vod: new VodClient({
      transport,
      clock: vodClock,
      endpoint: settings.vodEndpoint,
      region: settings.region,
      credentials,
      rateLimiter: new RateLimiter(),
      retries: apiRetries,
      policy,
      onRetry,
    }),
    close: () => agents.destroy(),
  };
}
