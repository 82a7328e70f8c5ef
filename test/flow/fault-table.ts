import { type Effect, slowDown, userNetworkTooSlow } from '../emulator/faults.js';

/** The requests that publishing is made of, but for those that clean up. */
export type Action =
  | 'ApplyUpload'
  | 'CommitUpload'
  | 'PutObject'
  | 'InitiateMultipartUpload'
  | 'UploadPart'
  | 'CompleteMultipartUpload';

/** What becomes of the medium: it is published, fails with a code, or may be published although it failed. */
export type Verdict = 'published' | 'uncertain' | { code: RegExp };

type Verdicts = Verdict | ((action: Action) => Verdict);

/** A fault and what is right for users when it happens. */
export interface Fault {
  name: string;
  effect: Effect;
  actions: readonly Action[];
  once: Verdicts;
  /** When every try meets it; absent where that adds nothing. */
  always?: Verdicts;
}

/** The verdict for one kind of request. */
export function verdictFor(verdicts: Verdicts, action: Action): Verdict {
  return typeof verdicts === 'function' ? verdicts(action) : verdicts;
}

const API: readonly Action[] = ['ApplyUpload', 'CommitUpload'];
const BODY: readonly Action[] = ['PutObject', 'UploadPart'];
const STORAGE: readonly Action[] = [...BODY, 'InitiateMultipartUpload', 'CompleteMultipartUpload'];
const ALL: readonly Action[] = [...API, ...STORAGE];

/** Which of the two a reset shows as depends on what the client is doing when it arrives. */
const RESET = /^(ECONNRESET|EPIPE)$/;

function exactly(code: string): RegExp {
  return new RegExp(`^${code.replaceAll('.', '\\.')}$`);
}

function refusal(code: string): Effect {
  return { kind: 'error', code };
}

/** It is gone when the request is repeated; where it stays, the medium fails with its code. */
function passing(name: string, effect: Effect, actions: readonly Action[], code: RegExp): Fault {
  return { name, effect, actions, once: 'published', always: { code } };
}

/** A code that a repeat can mend. */
function passingCode(code: string, actions: readonly Action[], status?: number): Fault {
  const effect: Effect = { kind: 'error', code, ...(status === undefined ? {} : { status }) };
  return passing(code, effect, actions, exactly(code));
}

/** A repeat gives the same answer, so there is none. */
function final(name: string, effect: Effect, actions: readonly Action[], code: string): Fault {
  return { name, effect, actions, once: { code: exactly(code) } };
}

/** It changes the time that the request takes, and nothing else. */
function harmless(name: string, effect: Effect, actions: readonly Action[]): Fault {
  return { name, effect, actions, once: 'published', always: 'published' };
}

/** Every fault that the emulator knows, and the codes that the services document for these requests. */
export const FAULTS: readonly Fault[] = [
  passingCode('RequestLimitExceeded', API),
  passingCode('InternalError', ALL),
  passing('SlowDown', slowDown, STORAGE, exactly('SlowDown')),
  passing('UserNetworkTooSlow', userNetworkTooSlow, STORAGE, exactly('UserNetworkTooSlow')),
  passingCode('RequestTimeout', STORAGE),
  passingCode('TooManyRequests', STORAGE, 429),
  passingCode('PathConflict', STORAGE),
  passingCode('BadDigest', BODY),
  passingCode('IncompleteBody', BODY),

  final('UnauthorizedOperation', refusal('UnauthorizedOperation'), API, 'UnauthorizedOperation'),
  final(
    'a parameter error',
    refusal('InvalidParameterValue.SubAppId'),
    API,
    'InvalidParameterValue.SubAppId',
  ),
  final('AccessDenied', refusal('AccessDenied'), STORAGE, 'AccessDenied'),
  final('ExpiredToken', refusal('ExpiredToken'), STORAGE, 'ExpiredToken'),
  final('PaymentRequired', refusal('PaymentRequired'), STORAGE, 'PaymentRequired'),
  final('NotImplemented', refusal('NotImplemented'), STORAGE, 'NotImplemented'),

  passing('a page of status 502', { kind: 'html', status: 502 }, ALL, exactly('HTTP502')),
  passing('a page of status 504', { kind: 'html', status: 504 }, ALL, exactly('HTTP504')),
  final('a page of status 403', { kind: 'html', status: 403 }, ALL, 'HTTP403'),

  {
    name: 'a page of status 200 before the body is read',
    effect: { kind: 'html', status: 200, early: true },
    actions: BODY,
    once: 'published',
  },

  passing('a reset before the body', { kind: 'reset-before' }, ALL, RESET),
  passing('a reset amid the body', { kind: 'reset-amid', afterBytes: 1 }, BODY, RESET),
  passing('a reset after the body', { kind: 'reset-after-unprocessed' }, ALL, RESET),
  {
    name: 'a reset instead of the answer',
    effect: { kind: 'reset-after' },
    actions: ALL,
    once: (action) => (action === 'CommitUpload' ? 'uncertain' : 'published'),
    always: (action) => {
      if (action === 'CommitUpload') return 'uncertain';
      return action === 'CompleteMultipartUpload' ? 'published' : { code: RESET };
    },
  },
  passing('a black hole', { kind: 'stall' }, ALL, exactly('Stalled')),
  passing('a black hole amid the body', { kind: 'stall', afterBytes: 1 }, BODY, exactly('Stalled')),

  passing(
    'an early 503',
    { kind: 'early-answer', code: 'ServiceUnavailable', close: true },
    STORAGE,
    exactly('ServiceUnavailable'),
  ),
  final('an early 403', { kind: 'early-answer', code: 'AccessDenied', close: true }, STORAGE, 'AccessDenied'),

  passing('a wrong CRC', { kind: 'wrong-crc' }, BODY, exactly('ChecksumMismatch')),
  passing(
    'a wrong CRC of the whole',
    { kind: 'wrong-crc' },
    ['CompleteMultipartUpload'],
    exactly('ObjectMismatch'),
  ),

  passing(
    '200 with InternalError',
    { kind: '200-error', code: 'InternalError' },
    ALL,
    exactly('InternalError'),
  ),
  final('200 with AccessDenied', { kind: '200-error', code: 'AccessDenied' }, STORAGE, 'AccessDenied'),
  passing(
    'a slow answer that ends in InternalError',
    { kind: 'slow-complete', spaces: 3, intervalMs: 5, code: 'InternalError' },
    ALL,
    exactly('InternalError'),
  ),

  harmless('a slow answer', { kind: 'slow-complete', spaces: 3, intervalMs: 5 }, ALL),
  harmless(
    'a slow answer without a CRC',
    { kind: 'slow-complete', spaces: 3, intervalMs: 5, withoutCrc: true },
    ['CompleteMultipartUpload'],
  ),
  harmless('a delay', { kind: 'delay', ms: 30 }, ALL),
  harmless('a throttled body', { kind: 'throttle', bytesPerSecond: 100 * 1024 * 1024 }, BODY),
];
