import type { Effect, FaultRule } from './faults.js';
import { slowDown, userNetworkTooSlow } from './faults.js';
import type { LoggedRequest } from './request-log.js';

/** What a soak test may choose. */
export interface RandomFaultOptions {
  /** The same seed and the same order of requests give the same faults. */
  seed: number;
  /** Share of the requests that get a fault, 0 to 1. */
  rate: number;
  /** Most faults for one request and its repeats, so that a client that tries once more succeeds; default 2. */
  most?: number;
}

const API_FAULTS: readonly Effect[] = [
  { kind: 'error', code: 'RequestLimitExceeded' },
  { kind: 'error', code: 'InternalError' },
  { kind: 'html', status: 502 },
  { kind: 'delay', ms: 20 },
];

const STORAGE_FAULTS: readonly Effect[] = [
  slowDown,
  userNetworkTooSlow,
  { kind: 'error', code: 'InternalError' },
  { kind: 'error', code: 'RequestTimeout' },
  { kind: 'html', status: 502 },
  { kind: 'early-answer', code: 'ServiceUnavailable', close: true },
  { kind: 'reset-before' },
  { kind: 'reset-after' },
  { kind: 'reset-after-unprocessed' },
  { kind: 'delay', ms: 20 },
];

const BODY_FAULTS: readonly Effect[] = [
  { kind: 'reset-amid', afterBytes: 1 },
  { kind: 'reset-amid', afterBytes: 300_000 },
  { kind: 'wrong-crc' },
];

const COMPLETE_FAULTS: readonly Effect[] = [
  { kind: '200-error', code: 'InternalError' },
  { kind: 'slow-complete', spaces: 3, intervalMs: 5 },
  { kind: 'slow-complete', spaces: 3, intervalMs: 5, code: 'InternalError' },
];

function choicesFor({ service, action }: LoggedRequest): readonly Effect[] {
  if (service !== 'cos') return service === 'oidc' ? [] : API_FAULTS;
  if (action === 'PutObject' || action === 'UploadPart') return [...STORAGE_FAULTS, ...BODY_FAULTS];
  return action === 'CompleteMultipartUpload' ? [...STORAGE_FAULTS, ...COMPLETE_FAULTS] : STORAGE_FAULTS;
}

/** A pseudo-random sequence of numbers from 0 (inclusive) to 1 (exclusive), by the mulberry32 generator. */
function randomSequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What stays the same when a client repeats a request. */
function identityOf({ service, action, path, query, body }: LoggedRequest): string {
  const content = typeof body === 'object' ? JSON.stringify(body) : '';
  return [service, action, path, query.partNumber ?? '', query.uploadId ?? '', content].join(' ');
}

/**
 * A rule for soak tests: faults of every kind that a client should survive, at random. Left out is what no client
 * can survive (a lost answer to CommitUpload) and what takes a client's patience to notice (stalls).
 */
export function randomFaults({ seed, rate, most = 2 }: RandomFaultOptions): FaultRule {
  const random = randomSequence(seed);
  const counts = new Map<string, number>();
  return {
    times: 'always',
    effect: (request) => {
      const choices = choicesFor(request);
      const hit = random() < rate;
      const choice = choices[Math.floor(random() * choices.length)];
      const identity = identityOf(request);
      const count = counts.get(identity) ?? 0;
      if (!hit || count >= most) return undefined;
      counts.set(identity, count + 1);
      return choice;
    },
  };
}
