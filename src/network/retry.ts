import { setTimeout as delay } from 'node:timers/promises';
import { cancelledError, ServiceError } from './errors.js';

/** Tokens that a repeat costs, and one after a silence, which says more of the service's state. */
const PRICE = 5;
const PRICE_OF_SILENCE = 10;
/** Tokens of clients that send a few requests at once. */
const LEAST_CAPACITY = 500;

/**
 * Tokens for repeats over the whole run. A service that is down is then given up after a bounded number
 * of repeats, not after that many for each of thousands of requests. The figures are those of the AWS
 * SDKs' standard retry mode, but for many requests at once: what breaks one connection breaks all of them, so
 * there are tokens for all tries of all requests that may be in flight.
 */
export class RetryBudget {
  private tokens: number;

  /** @param capacity tokens in the beginning, and at most */
  constructor(private readonly capacity = LEAST_CAPACITY) {
    this.tokens = capacity;
  }

  /**
   * A budget for this many requests at once.
   *
   * @param attempts tries of each, the first included
   */
  static for(inFlight: number, attempts: number): RetryBudget {
    return new RetryBudget(Math.max(LEAST_CAPACITY, inFlight * (attempts - 1) * PRICE));
  }

  /** Takes the price of a repeat; false when too few tokens are left. */
  spend(error: ServiceError): boolean {
    const price = error.code === 'Stalled' || error.code === 'ETIMEDOUT' ? PRICE_OF_SILENCE : PRICE;
    if (this.tokens < price) return false;
    this.tokens -= price;
    return true;
  }

  /** Gives back a token for a request that succeeded. */
  refund(): void {
    this.tokens = Math.min(this.capacity, this.tokens + 1);
  }
}

/** How a kind of request is repeated. */
export interface RetryPolicy {
  /** Tries, the first included. */
  attempts: number;
  /** Milliseconds: the pause before the second try is at most this long, and doubles with each. */
  baseMs: number;
  /** Milliseconds: no pause is longer, but for Retry-After. */
  capMs: number;
}

/** What repeats of one kind of request have in common. */
export interface RetrierOptions {
  policy: RetryPolicy;
  budget: RetryBudget;
  /** Called before each pause with the name of the request. */
  onRetry(what: string, error: ServiceError, pauseMs: number): void;
  /** A random number in [0, 1), replaced in tests. */
  random?: () => number;
}

/** Longest pause that a Retry-After header is given, in milliseconds. */
const LONGEST_RETRY_AFTER = 120_000;

/**
 * The pause before try `attempt + 1`: full jitter between zero and an exponentially growing bound, and
 * never shorter than the service asked for.
 */
export function pauseMs(policy: RetryPolicy, attempt: number, retryAfterMs: number, random: number): number {
  const bound = Math.min(policy.capMs, policy.baseMs * 2 ** (attempt - 1));
  return Math.min(LONGEST_RETRY_AFTER, Math.max(retryAfterMs, Math.round(random * bound)));
}

/** Repeats failed requests where that can help. */
export class Retrier {
  constructor(private readonly options: RetrierOptions) {}

  /**
   * Runs a request until it succeeds, fails for good or has used up its tries.
   *
   * @param what names the request in the log
   * @param attempt the request; given the number of the try, from 1
   * @throws {ServiceError} the last failure
   */
  async run<T>(what: string, signal: AbortSignal, attempt: (number: number) => Promise<T>): Promise<T> {
    const { policy, budget, onRetry, random = Math.random } = this.options;
    let clockRepeats = 0;
    for (let number = 1; ; number++) {
      let failure: ServiceError;
      try {
        const result = await attempt(number);
        budget.refund();
        return result;
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        failure = error;
      }
      if (signal.aborted || failure.kind === 'final' || failure.kind === 'cancelled') throw failure;
      if (failure.kind === 'clock') {
        // The clock was corrected meanwhile, so the repeat costs neither a try nor a pause. Twice at most, for
        // a request may have been signed just before the correction that another one brought about.
        if (clockRepeats++ >= 2) throw failure;
        onRetry(what, failure, 0);
        number--;
        continue;
      }
      if (number >= policy.attempts || !budget.spend(failure)) throw failure;
      const pause = pauseMs(policy, number, failure.retryAfterMs, random());
      onRetry(what, failure, pause);
      try {
        await delay(pause, undefined, { signal });
      } catch {
        throw cancelledError(failure.service);
      }
    }
  }
}
