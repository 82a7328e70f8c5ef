import { type FailureKind, ServiceError } from '../network/errors.js';
import { foreignPage } from '../network/foreign-page.js';
import { type Answer, retryAfterMs } from '../network/message.js';

/** The API's own error, as it stands in `Response.Error`. */
export interface ApiError {
  code: string;
  message: string;
  requestId: string;
}

/**
 * What may be done about an API error, by its code: the message is not stable (API 3.0, common error
 * codes). Throttling and internal errors pass; what the request or the account lacks does not.
 */
export function apiFailureKind(code: string): FailureKind {
  if (code === 'RequestLimitExceeded' || code.startsWith('RequestLimitExceeded.')) return 'throttled';
  if (code === 'InternalError' || code.startsWith('InternalError.')) return 'transient';
  if (code === 'AuthFailure.SignatureExpire') return 'corrected';
  return 'final';
}

/** Turns an error of the API into ours. */
export function apiError(service: string, error: ApiError, answer: Answer): ServiceError {
  return new ServiceError(service, {
    code: error.code,
    message: error.message,
    requestId: error.requestId,
    kind: apiFailureKind(error.code),
    status: answer.status,
    retryAfterMs: retryAfterMs(answer),
    ...(answer.headers.date ? { date: answer.headers.date } : {}),
  });
}

/** An answer that is not the API's: something on the way, or a gateway in trouble. */
export function foreignAnswer(service: string, answer: Answer): ServiceError {
  const passing = answer.status === 200 || answer.status >= 500;
  return new ServiceError(service, {
    code: `HTTP${answer.status}`,
    message: foreignPage(`the ${service} API`, answer),
    kind: answer.status === 429 ? 'throttled' : passing ? 'transient' : 'final',
    status: answer.status,
    retryAfterMs: retryAfterMs(answer),
    // A 4xx was refused before the API saw it; after anything else it may have been carried out.
    unanswered: answer.status === 200 || answer.status >= 500,
  });
}
