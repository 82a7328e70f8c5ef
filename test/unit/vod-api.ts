import type { TestContext } from 'node:test';
import type { KeyProvider } from '../../src/credentials/key-provider.js';
import type { ApiKeys } from '../../src/keys.js';
import { Clock } from '../../src/network/clock.js';
import { classifyFailure } from '../../src/network/health/classify.js';
import { Retrier } from '../../src/network/health/retrier.js';
import { VodClient } from '../../src/vod/client.js';
import { RateLimiter } from '../../src/vod/rate-limit.js';
import { Uploads } from '../../src/vod/uploads.js';
import { permanentKey } from '../emulator/cloud-client.js';
import { type Emulator, type EmulatorOptions, startEmulator } from '../emulator/emulator.js';
import { fastTimers } from './fast-timers.js';
import { transportFor } from './local-server.js';

/** A client of the VOD API, and the services that it talks to. */
export interface Api {
  vod: VodClient;
  uploads: Uploads;
  rateLimiter: RateLimiter;
  emulator: Emulator;
  /** What was told of repeats. */
  retries: string[];
  /** What was kept out of the log. */
  masked: string[];
}

/** A provider of keys that never change. */
export const fixed = (keys: ApiKeys): KeyProvider => ({
  source: 'the temporary credentials of the environment',
  keys: async () => keys,
  refused: () => false,
});

/** A client for an endpoint, which tries each request three times, with pauses that pass twenty times as fast. */
export function clientFor(test: TestContext, endpoint: string, credentials: KeyProvider, maxInFlight = 8) {
  const retries: string[] = [];
  const masked: string[] = [];
  const warnings: string[] = [];
  const { transport } = transportFor(test);
  const rateLimiter = new RateLimiter({ maxInFlight });
  const vod = new VodClient({
    transport,
    clock: new Clock(),
    endpoint: new URL(endpoint),
    region: 'ap-guangzhou',
    credentials,
    rateLimiter,
    retrier: new Retrier({
      maxAttempts: 3,
      outageTimeoutMs: 40_000,
      classify: classifyFailure,
      onEvent: () => undefined,
      timers: fastTimers(20),
      onRetry: (what, { code }) => retries.push(`${what}: ${code}`),
    }),
    mask: (secret) => masked.push(secret),
    onWarning: (message) => warnings.push(message),
  });
  return { vod, uploads: new Uploads(vod), rateLimiter, retries, masked, warnings };
}

/** A client for an emulator, with the key of its account unless it is told otherwise. */
export async function apiFor(
  test: TestContext,
  options: EmulatorOptions = {},
  provider?: (emulator: Emulator) => KeyProvider,
  maxInFlight?: number,
): Promise<Api> {
  const emulator = await startEmulator(options);
  test.after(() => emulator.close());
  const { secretId, secretKey } = permanentKey(emulator);
  const credentials = provider?.(emulator) ?? fixed({ secretId, secretKey });
  return { emulator, ...clientFor(test, emulator.vodUrl, credentials, maxInFlight) };
}
