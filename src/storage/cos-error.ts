import util from 'cos-nodejs-sdk-v5/sdk/util.js';
import { type FailureKind, ServiceError } from '../network/errors.js';
import { foreignPage } from '../network/foreign-page.js';
import { type Answer, requestIdOf, retryAfterMs } from '../network/message.js';

export const COS = 'COS';

/** Damaged or interrupted bodies: the same bytes sent again can be fine (COS documentation, error codes). */
const DAMAGED = new Set(['BadDigest', 'IncompleteBody', 'EntitySizeNotMatch', 'RequestTimeout']);
const THROTTLED = new Set(['UserNetworkTooSlow', 'SlowDown', 'TooManyRequests']);
/** Other requests for the same object are under way; this one can succeed after them. */
const CONFLICTS = new Set(['PathConflict', 'UploadConflict']);

/** What may be done about an error of COS, by its code and status. */
export function cosFailureKind(code: string, message: string, status: number): FailureKind {
  if (code === 'RequestTimeTooSkewed') return 'corrected';
  if (code === 'AccessDenied' && /request has expired/i.test(message)) return 'corrected';
  if (THROTTLED.has(code) || status === 429) return 'throttled';
  if (DAMAGED.has(code) || CONFLICTS.has(code)) return 'damaged';
  if (status === 408 || status === 409) return 'damaged';
  if (code === 'InternalError') return 'transient';
  return status >= 500 && status !== 501 ? 'transient' : 'final';
}

/** Turns an answer that is an error into ours; also a `200` whose body is an `<Error>` document. */
export function cosError(answer: Answer): ServiceError {
  const { code, message, requestId } = readError(answer);
  const named = code || `HTTP${answer.status}`;
  // A redirect or page without COS's mark comes from something on the way, which may let the next one pass.
  const foreign = requestIdOf(answer) === '' && requestId === '' && code === '';
  const kind = foreign && answer.status < 400 ? 'transient' : cosFailureKind(named, message, answer.status);
  return new ServiceError(COS, {
    code: named,
    message:
      message ||
      (foreign
        ? foreignPage('the storage service', answer)
        : `The storage service answered with status ${answer.status} and no reason.`),
    kind,
    requestId: requestIdOf(answer) || requestId,
    status: answer.status,
    retryAfterMs: retryAfterMs(answer),
    ...(answer.headers.date ? { date: answer.headers.date } : {}),
  });
}

/** True when the body is an error document, whatever the status says. */
export function holdsError(answer: Answer): boolean {
  // A slow Complete sends any number of spaces first.
  return /^(<\?xml[^>]*\?>)?\s*<Error[\s>]/.test(answer.body.toString('utf8').trimStart());
}

function readError(answer: Answer): { code: string; message: string; requestId: string } {
  const text = answer.body.toString('utf8').trim();
  if (!text.startsWith('<')) return { code: '', message: '', requestId: '' };
  const error = readXml(text)?.Error;
  if (typeof error !== 'object' || error === null) return { code: '', message: '', requestId: '' };
  const field = (name: string): string => {
    const value = (error as Record<string, unknown>)[name];
    return typeof value === 'string' ? value.trim() : '';
  };
  return { code: field('Code'), message: field('Message'), requestId: field('RequestId') };
}

/** Reads an XML answer; undefined when it is none, as with an HTML page of something on the way. */
export function readXml(text: string): Record<string, unknown> | undefined {
  try {
    return util.xml2json(text.trim());
  } catch {
    return undefined;
  }
}
