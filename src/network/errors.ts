import { CodedError } from '../errors.js';

/** What may be done about a failed request. */
export type FailureKind =
  /** A repeat can succeed: the network, or an error of the service that passes. */
  | 'transient'
  /** A repeat can succeed, later and with less load. */
  | 'throttled'
  /** The reason was removed meanwhile: the clock was corrected, or the keys were renewed. A repeat can succeed. */
  | 'corrected'
  /** What went wrong is this try's own, such as a body that was damaged on its way; a repeat can succeed. */
  | 'damaged'
  /** A repeat gives the same answer. */
  | 'final'
  /** The run was stopped. */
  | 'cancelled';

/** Everything known of a failed request. */
export interface ServiceFailure {
  /** A code of the service, of Node (`ECONNRESET`) or of our own (`Stalled`, `ChecksumMismatch`). */
  code: string;
  message: string;
  kind: FailureKind;
  requestId?: string;
  /** HTTP status, 0 when there was no answer. */
  status?: number;
  /** Milliseconds that the service asked to wait. */
  retryAfterMs?: number;
  /** True when the request may have been carried out although no answer came. */
  unanswered?: boolean;
  /** True when no connection to the service came about, its TLS included. */
  unreached?: boolean;
  /** True when a connection that had served another request died before any answer. */
  stale?: boolean;
  /** Date header of the answer, for correcting the clock. */
  date?: string;
}

/** A request to a service that failed, in one form for all services. */
export class ServiceError extends CodedError {
  readonly kind: FailureKind;
  readonly requestId: string;
  readonly status: number;
  readonly retryAfterMs: number;
  readonly unanswered: boolean;
  readonly unreached: boolean;
  readonly stale: boolean;
  readonly date: string | undefined;

  constructor(
    readonly service: string,
    failure: ServiceFailure,
  ) {
    super(failure.code, failure.message);
    this.name = 'ServiceError';
    this.kind = failure.kind;
    this.requestId = failure.requestId ?? '';
    this.status = failure.status ?? 0;
    this.retryAfterMs = failure.retryAfterMs ?? 0;
    this.unanswered = failure.unanswered ?? false;
    this.unreached = failure.unreached ?? false;
    this.stale = failure.stale ?? false;
    this.date = failure.date;
  }
}

/** The run was stopped while the request was under way or waiting. */
export function cancelledError(service: string): ServiceError {
  return new ServiceError(service, { code: 'Cancelled', message: 'The run was stopped.', kind: 'cancelled' });
}

/** The same failure as one that a repeat can't mend. */
export function asFinal(error: ServiceError): ServiceError {
  const { code, message, requestId, status } = error;
  return new ServiceError(error.service, { code, message, requestId, status, kind: 'final' });
}

/** One line on a failure for the log: code, message and RequestId. */
export function describe(error: ServiceError): string {
  const id = error.requestId ? ` (RequestId ${error.requestId})` : '';
  return `${error.code}: ${error.message}${id}`;
}
