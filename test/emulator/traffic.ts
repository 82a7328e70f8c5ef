import type { LoggedRequest, Outcome } from './request-log.js';

/** The most of some times that lie within any window of this length. The times need no order. */
export function mostWithin(times: readonly number[], windowMs: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  let first = 0;
  let most = 0;
  for (const [index, time] of sorted.entries()) {
    while ((sorted[first] ?? time) <= time - windowMs) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

/** What was asked of an action. */
export interface Traffic {
  requests: number;
  /** The most requests that arrived within any window of one second. */
  mostPerSecond: number;
  /** Requests that were refused because there were too many. */
  throttled: number;
  outcomes: Partial<Record<Outcome, number>>;
}

/** Sums up some requests. */
export function trafficOf(requests: readonly LoggedRequest[]): Traffic {
  const outcomes: Partial<Record<Outcome, number>> = {};
  for (const { outcome } of requests) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  return {
    requests: requests.length,
    mostPerSecond: mostWithin(
      requests.map(({ startedAt }) => startedAt),
      1000,
    ),
    throttled: requests.filter(({ throttled }) => throttled).length,
    outcomes,
  };
}

/** Sums up requests by service and action, as `vod ApplyUpload`. */
export function trafficByAction(requests: readonly LoggedRequest[]): Record<string, Traffic> {
  const groups = new Map<string, LoggedRequest[]>();
  for (const request of requests) {
    const name = `${request.service} ${request.action}`;
    const group = groups.get(name) ?? [];
    groups.set(name, group);
    group.push(request);
  }
  return Object.fromEntries([...groups].sort().map(([name, group]) => [name, trafficOf(group)]));
}
