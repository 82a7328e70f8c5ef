import type { ServiceError } from '../errors.js';
import type { Call, Failure } from './call.js';

/** How an attempt ended, as far as the health of its host is concerned. */
export type Outcome =
  /** The service answered, be it with a refusal. */
  | { kind: 'answered' }
  /** The service answered, and what went wrong is the request's own, as a damaged body is. */
  | { kind: 'flawed' }
  /** The service refused the request for speed. */
  | { kind: 'throttled'; retryAfterMs: number }
  | { kind: 'failed'; failure: Failure }
  /** The attempt says nothing of the host. */
  | { kind: 'withdrawn' };

/** A call that may begin an attempt. */
export interface Admission {
  call: Call;
  /** True when the attempt looks whether the host is back. */
  isProbe: boolean;
  /** True when it should go before others that wait for the same resources. */
  goesFirst: boolean;
}

/** A call that gets no further attempt; one that is under way is to be stopped. */
export interface Ending {
  call: Call;
  /** Milliseconds that no request got through; undefined where the call's tries are used up. */
  lastedMs: number | undefined;
  /** The failure that closed the host, for a call that had no attempt of its own. */
  error: ServiceError | undefined;
}

/** What was decided at a moment. */
export interface Decisions {
  admissions: Admission[];
  endings: Ending[];
  /** When to ask again if nothing happens before, in milliseconds; infinite where only events matter. */
  wakeAt: number;
}

/** What the log says of a host. Outages of less than two seconds are not mentioned. */
export interface HealthEvent {
  kind: 'out-of-order' | 'still-out-of-order' | 'back' | 'given-up';
  /** Name of the host, and of the action where its answers are kept apart. */
  name: string;
  /** The failure that closed the host. */
  error: ServiceError;
  /** Milliseconds since then. */
  lastedMs: number;
  /** Calls that wait for the host, those among them that look whether it is back; for `given-up`, that end. */
  waiting: number;
}
