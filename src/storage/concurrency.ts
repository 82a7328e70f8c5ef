/**
 * How many requests may be in flight, and what was learnt about the network so far. The decisions are those
 * of a pure function so that they can be tried on simulated networks.
 */
export interface ConcurrencyState {
  /** Requests that may be in flight now. */
  limit: number;
  /** The user's ceiling. */
  ceiling: number;
  /** Level and rate before the last step up; absent when no step is being judged. */
  before?: { limit: number; bytesPerSecond: number };
  /** Windows to wait before the next step up. */
  cooldown: number;
  /** Windows to wait after the next failed step; doubles, so that a full line is probed ever less. */
  probeInterval: number;
}

/** What happened in one window of time. */
export interface Window {
  seconds: number;
  /** Bytes that the system took. */
  bytes: number;
  /** Answers and silences that ask for less load: UserNetworkTooSlow, SlowDown, time-outs, stalls. */
  congestion: number;
  /** True when the limit was reached, so that a higher one could have made a difference. */
  saturated: boolean;
}

/**
 * Requests at the start; more only once the throughput has shown that it gains by them. With fewer, the parts of
 * a file would not go in whole rounds: the first ones are long under way before anything has shown.
 */
const START = 32;
/** Share of a linear gain that makes a step up worth keeping. */
const MINIMUM_GAIN = 0.2;
const FIRST_PROBE_INTERVAL = 16;
const LONGEST_PROBE_INTERVAL = 256;
/** Windows without growth after trouble. */
const COOLDOWN_AFTER_CONGESTION = 32;

/** The state at the start of a run. */
export function startConcurrency(ceiling: number): ConcurrencyState {
  return { limit: Math.min(START, ceiling), ceiling, cooldown: 0, probeInterval: FIRST_PROBE_INTERVAL };
}

/** The state after a window: halved by trouble, doubled while that pays, stepped back where it does not. */
export function nextConcurrency(state: ConcurrencyState, window: Window): ConcurrencyState {
  const { limit, ceiling, before, cooldown, probeInterval } = state;
  const settled = { limit, ceiling, cooldown, probeInterval };
  if (window.congestion > 0) {
    return { ...settled, limit: Math.max(1, Math.floor(limit / 2)), cooldown: COOLDOWN_AFTER_CONGESTION };
  }
  // Too little work says nothing about the network; what is being judged stays so.
  if (!window.saturated) return state;
  const bytesPerSecond = window.bytes / window.seconds;
  if (before) {
    const expected = limit / before.limit - 1;
    const gained = bytesPerSecond / before.bytesPerSecond - 1;
    if (gained < expected * MINIMUM_GAIN) {
      return {
        ...settled,
        limit: before.limit,
        cooldown: probeInterval,
        probeInterval: Math.min(LONGEST_PROBE_INTERVAL, probeInterval * 2),
      };
    }
  }
  if (limit === ceiling) return settled;
  if (cooldown > 0) return { ...settled, cooldown: cooldown - 1 };
  return { ...settled, limit: Math.min(ceiling, limit * 2), before: { limit, bytesPerSecond } };
}
