import type { KeyProvider } from './credentials/key-provider.js';
import { createKeyProvider, type LoginSettings } from './credentials/provider.js';
import { UserError } from './errors.js';
import { createAgents } from './network/agent.js';
import { Clock } from './network/clock.js';
import type { EndpointTemplate } from './network/endpoint.js';
import { classifyFailure } from './network/health/classify.js';
import type { HealthEvent } from './network/health/decisions.js';
import type { Timers } from './network/health/gate.js';
import { OutageRecord } from './network/health/outage-record.js';
import { Retrier } from './network/health/retrier.js';
import type { ProxySettings } from './network/proxy.js';
import { Transport } from './network/transport.js';
import { UploadEngine } from './storage/engine.js';
import { RequestBudget } from './storage/request-budget.js';
import { StorageDomain } from './storage/storage-domain.js';
import { VodClient } from './vod/client.js';
import { RateLimiter } from './vod/rate-limit.js';
import { Uploads } from './vod/uploads.js';

/** Name and version as the services see them in User-Agent; package.json says the same, which a test holds. */
export const PRODUCT = 'publish-to-tencent-vod/1.0.0';

/** How the services are reached. */
export interface ConnectionSettings {
  region: string;
  concurrency: number;
  /** Bytes; absent lets the engine choose. */
  partSize?: number;
  maxAttempts: number;
  /** How long a host may be out of order, in milliseconds. */
  outageTimeoutMs: number;
  vodEndpoint: URL;
  stsEndpoint: URL;
  cosEndpoint: EndpointTemplate;
  accelerate: boolean;
  proxy: ProxySettings;
  /** Services, by their names in errors, whose endpoint is not the default. */
  givenEndpoints: ReadonlySet<string>;
}

/** How long the run waits for the network, in milliseconds. */
export interface Timeouts {
  /** For some bytes of a body to be taken, or a connection to be made. */
  stallMs: number;
  /** For an answer after the last byte. */
  answerMs: number;
  /** The clock by which pauses and outages are timed; that of the system unless given. */
  retryTimers?: Timers;
}

/** Those of a run on a runner; tests have shorter ones. */
export const TIMEOUTS: Timeouts = { stallMs: 30_000, answerMs: 60_000 };

/** Milliseconds that clean-up waits for a host that is out of order. */
const CLEAN_UP_OUTAGE = 60_000;
/** Connections to a storage host besides those of uploads, for clean-up while requests still end. */
const SPARE_SOCKETS = 16;
/** API requests in flight: a far API at its documented rates needs about as many. */
const API_CONNECTIONS = 100;

/** The services as one run sees them. */
export interface Services {
  credentials: KeyProvider;
  vod: VodClient;
  uploads: Uploads;
  engine: UploadEngine;
  budget: RequestBudget;
  transport: Transport;
  close(): void;
}

export interface ConnectOptions {
  settings: ConnectionSettings & LoginSettings;
  timeouts: Timeouts;
  /** Called with one line per request; absent without debug logging. */
  debug?(line: string): void;
  /** Keeps a secret out of the log. */
  mask(secret: string): void;
  onRetry(what: string, error: Error, pauseMs: number): void;
  /** Called when a connection is not there after some seconds. */
  onSlowConnection(service: string, host: string): void;
  /** Called with what the log should say of a host that is out of order. */
  onHealth(event: HealthEvent): void;
  onWarning(message: string): void;
}

/**
 * Connects the settings to the clients of the services: one pool of connections and one budget of requests for all.
 * No network is used yet.
 *
 * @throws {UserError} when there are no credentials, or Node was told to run without WebAssembly
 */
export function connect(options: ConnectOptions): Services {
  const { settings, timeouts, debug } = options;
  if (typeof WebAssembly === 'undefined') {
    throw new UserError(
      'This Node runs without WebAssembly, which the checksums of uploads need. Take --jitless out of NODE_OPTIONS.',
    );
  }
  const agents = createAgents({
    proxy: settings.proxy,
    maxSockets: Math.max(settings.concurrency + SPARE_SOCKETS, API_CONNECTIONS),
    // Less than the exchange waits, so that it is the proxy that is named.
    connectTimeoutMs: timeouts.stallMs * 0.9,
  });
  const transport = new Transport({
    agents,
    userAgent: PRODUCT,
    givenEndpoints: settings.givenEndpoints,
    stallTimeoutMs: timeouts.stallMs,
    answerTimeoutMs: timeouts.answerMs,
    onSlowConnection: (service, host) => options.onSlowConnection(service, host),
    ...(debug ? { debug } : {}),
  });
  const clock = new Clock();
  const api = connectApi(transport, clock, options);
  const storage = connectStorage(transport, clock, options);
  return { ...api, ...storage, transport, close: () => agents.destroy() };
}

function connectApi(
  transport: Transport,
  clock: Clock,
  options: ConnectOptions,
): { credentials: KeyProvider; vod: VodClient; uploads: Uploads } {
  const { settings, mask, onWarning } = options;
  const { region } = settings;
  const retrier = createRetrier(options, (event) => options.onHealth(event));
  const credentials = createKeyProvider(settings, () => ({
    transport,
    clock,
    endpoint: settings.stsEndpoint,
    region,
    retrier,
    mask,
  }));
  const vod = new VodClient({
    transport,
    clock,
    endpoint: settings.vodEndpoint,
    region,
    credentials,
    rateLimiter: new RateLimiter({ maxInFlight: API_CONNECTIONS }),
    retrier,
    mask,
    onWarning,
  });
  return { credentials, vod, uploads: new Uploads(vod) };
}

function connectStorage(
  transport: Transport,
  clock: Clock,
  options: ConnectOptions,
): { engine: UploadEngine; budget: RequestBudget } {
  const { settings, onRetry, onHealth, onWarning } = options;
  const outages = new OutageRecord();
  const budget = new RequestBudget(settings.concurrency, () => transport.bytesSent);
  const domain = new StorageDomain(
    settings.cosEndpoint,
    settings.accelerate,
    ({ code, unreached }) => {
      const why = unreached
        ? 'The global acceleration domain cannot be reached'
        : 'The bucket has no global acceleration';
      onWarning(`${why} (${code}); the regional domain is used instead.`);
    },
    (url) => transport.hasAnswered(url),
  );
  const engine = new UploadEngine({
    transport,
    clock,
    domain,
    budget,
    retrier: createRetrier(options, (event) => {
      outages.note(event);
      onHealth(event);
    }),
    cleanUpRetrier: createRetrier(options, () => undefined, CLEAN_UP_OUTAGE),
    outages,
    onRetry,
    onWarning,
    ...(settings.partSize === undefined ? {} : { partSize: settings.partSize }),
  });
  return { engine, budget };
}

function createRetrier(
  { settings, timeouts, onRetry }: ConnectOptions,
  onEvent: (event: HealthEvent) => void,
  outageTimeoutMs = settings.outageTimeoutMs,
): Retrier {
  const { retryTimers } = timeouts;
  return new Retrier({
    maxAttempts: settings.maxAttempts,
    outageTimeoutMs,
    classify: classifyFailure,
    onEvent,
    onRetry,
    ...(retryTimers ? { timers: retryTimers } : {}),
  });
}
