import type { Effect, FaultRule } from './faults.js';
import { slowDown, userNetworkTooSlow } from './faults.js';
import { randomSequence } from './random-sequence.js';
import type { LoggedRequest } from './request-log.js';
import type { Span } from './span.js';

/** What a soak test may choose. The span bounds all of it. */
export interface RandomFaultOptions extends Span {
  /** The same seed and the same order of requests give the same faults. */
  seed: number;
  /** Share of the requests that get a fault, 0 to 1. */
  rate: number;
  /** Most faults for one request and its repeats, so that a client that tries once more succeeds; default 2. */
  most?: number;
  /**
   * Lets each fault last for a time between these: all requests of its action get it meanwhile, however often
   * they are repeated. Only faults that a client can wait out are drawn then.
   */
  lastMs?: readonly [least: number, most: number];
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

const LASTING_API_FAULTS: readonly Effect[] = [
  { kind: 'error', code: 'RequestLimitExceeded' },
  { kind: 'error', code: 'InternalError' },
  { kind: 'html', status: 502 },
  { kind: 'html', status: 503 },
  { kind: 'reset-before' },
  { kind: 'delay', ms: 20 },
];

const LASTING_STORAGE_FAULTS: readonly Effect[] = [
  slowDown,
  { kind: 'error', code: 'InternalError' },
  { kind: 'html', status: 502 },
  { kind: 'html', status: 503 },
  { kind: 'early-answer', code: 'ServiceUnavailable', close: true },
  { kind: 'reset-before' },
  { kind: 'close-before' },
  { kind: 'reset-after-unprocessed' },
  { kind: 'delay', ms: 20 },
];

function lastingChoicesFor({ service }: LoggedRequest): readonly Effect[] {
  if (service === 'oidc') return [];
  return service === 'cos' ? LASTING_STORAGE_FAULTS : LASTING_API_FAULTS;
}

function choicesFor({ service, action }: LoggedRequest): readonly Effect[] {
  if (service !== 'cos') return service === 'oidc' ? [] : API_FAULTS;
  if (action === 'PutObject' || action === 'UploadPart') return [...STORAGE_FAULTS, ...BODY_FAULTS];
  return action === 'CompleteMultipartUpload' ? [...STORAGE_FAULTS, ...COMPLETE_FAULTS] : STORAGE_FAULTS;
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
export function randomFaults({ seed, rate, most = 2, lastMs, ...span }: RandomFaultOptions): FaultRule {
  const random = randomSequence(seed);
  const counts = new Map<string, number>();
  const lasting = new Map<string, { effect: Effect; until: number }>();

  const once = (request: LoggedRequest): Effect | undefined => {
    const choices = choicesFor(request);
    const hit = random() < rate;
    const choice = choices[Math.floor(random() * choices.length)];
    const identity = identityOf(request);
    const count = counts.get(identity) ?? 0;
    if (!hit || count >= most) return undefined;
    counts.set(identity, count + 1);
    return choice;
  };

  const forTime = (
    request: LoggedRequest,
    [least, longest]: readonly [number, number],
  ): Effect | undefined => {
    const choices = lastingChoicesFor(request);
    // Drawn for every request, so that what is drawn depends on their order and not on the time.
    const hit = random() < rate;
    const effect = choices[Math.floor(random() * choices.length)];
    const forMs = least + random() * (longest - least);
    const place = `${request.service} ${request.action}`;
    const current = lasting.get(place);
    if (current !== undefined && request.startedAt < current.until) return current.effect;
    if (!hit || effect === undefined) return undefined;
    lasting.set(place, { effect, until: request.startedAt + forMs });
    return effect;
  };

  return {
    ...span,
    times: 'always',
    effect: (request) => (lastMs === undefined ? once(request) : forTime(request, lastMs)),
  };
}
