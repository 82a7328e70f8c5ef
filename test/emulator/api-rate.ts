import type { ApiLimits } from './api-limits.js';
import type { LoggedRequest } from './request-log.js';
import { ServiceError } from './service-error.js';

/** The arrivals of an action that count at the moment, in order. */
interface Arrivals {
  times: number[];
  /** Up to when the other jobs of the account have been counted. */
  countedTo: number;
}

/**
 * Counts API requests as they arrive at the service and refuses those above the account's limit, within any
 * window of one second. All clients count together: they have one account.
 */
export class ApiRate {
  private readonly actions = new Map<string, Arrivals>();

  /**
   * @param countRefused whether a refused request takes up room in the window, too
   * @param now milliseconds of a clock that skew does not move
   */
  constructor(
    private readonly limits: ApiLimits,
    private readonly countRefused: boolean,
    private readonly now: () => number,
  ) {}

  /** Counts a request. Raises RequestLimitExceeded when its action is asked for too often. */
  count(request: LoggedRequest): void {
    const { action } = request;
    const now = this.now();
    const rate = this.limits.rateOf(action);
    // Less than one in a second is one in a longer time.
    const windowMs = rate >= 1 || rate === 0 ? 1000 : 1000 / rate;
    const most = rate >= 1 ? Math.floor(rate) : Math.ceil(rate);
    const arrivals = this.actions.get(action) ?? { times: [], countedTo: Number.NEGATIVE_INFINITY };
    this.actions.set(action, arrivals);
    const from = Math.max(arrivals.countedTo, now - windowMs);
    for (const time of this.limits.arrivals(action, from, now)) this.admit(arrivals, time, windowMs, most);
    arrivals.countedTo = now;
    if (this.admit(arrivals, now, windowMs, most)) return;
    request.throttled = true;
    throw new ServiceError('RequestLimitExceeded', `${action} is limited to ${rate} requests a second.`);
  }

  /** Forgets what has arrived. */
  reset(): void {
    this.actions.clear();
  }

  private admit({ times }: Arrivals, now: number, windowMs: number, most: number): boolean {
    while (times[0] !== undefined && times[0] <= now - windowMs) times.shift();
    const admitted = times.length < most;
    if (admitted || this.countRefused) times.push(now);
    return admitted;
  }
}
