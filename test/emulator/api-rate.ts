import { ServiceError } from './service-error.js';

/** Counts API requests by the second and refuses those above the limit. Runs by the real clock. */
export class ApiRate {
  /** Most requests within one second, over all actions. */
  peakPerSecond = 0;
  private readonly all: number[] = [];
  private readonly byAction = new Map<string, number[]>();

  private static arrive(times: number[], now: number): number {
    while (times[0] !== undefined && times[0] <= now - 1000) times.shift();
    times.push(now);
    return times.length;
  }

  /** Counts a request. Raises RequestLimitExceeded when its action is asked for too often. */
  count(action: string, limit: number, now: number): void {
    this.peakPerSecond = Math.max(this.peakPerSecond, ApiRate.arrive(this.all, now));
    const times = this.byAction.get(action) ?? [];
    this.byAction.set(action, times);
    if (ApiRate.arrive(times, now) > limit) {
      throw new ServiceError('RequestLimitExceeded', `${action} is limited to ${limit} requests a second.`);
    }
  }

  reset(): void {
    this.peakPerSecond = 0;
    this.all.length = 0;
    this.byAction.clear();
  }
}
