/**
 * How many requests may be in flight, and what was learnt about the line so far. The decisions are those
 * of a pure function so that they can be tried on simulated lines.
 */
export interface ConcurrencyState {
  /** Requests that may be in flight now. */
  limit: number;
  /** The user's ceiling. */
  ceiling: number;
  /** Level and rate before the last step up; absent when no step is being judged. */
  before?: { limit: number; bytesPerSecond: number };
  /** Windows to wait before the next step up. */
  rest: number;
  /** Windows to wait after the next failed step; doubles, so that a full line is probed ever less. */
  patience: number;
}

/** What happened in one window of time. */
export interface Window {
  seconds: number;
  /** Bytes that the system took. */
  bytes: number;
  /** Answers and silences that ask for less load: UserNetworkTooSlow, SlowDown, time-outs, stalls. */
  troubles: number;
  /** True when the limit was reached, so that a higher one could have made a difference. */
  saturated: boolean;
}

/**
 * Requests at the start; more only once the line has shown that it gains by them. With fewer, the parts of
 * a file would not go in whole rounds: the first ones are long under way before the line has shown anything.
 */
const START = 32;
/** Share of a linear gain that makes a step up worth keeping. */
const WORTHWHILE = 0.2;
const FIRST_PATIENCE = 16;
const LONGEST_PATIENCE = 256;
/** Windows without growth after trouble. */
const REST_AFTER_TROUBLE = 32;

/** The state at the start of a run. */
export function startConcurrency(ceiling: number): ConcurrencyState {
  return { limit: Math.min(START, ceiling), ceiling, rest: 0, patience: FIRST_PATIENCE };
}

/** The state after a window: halved by trouble, doubled while that pays, stepped back where it does not. */
export function nextConcurrency(state: ConcurrencyState, window: Window): ConcurrencyState {
  const { limit, ceiling, before, rest, patience } = state;
  const settled = { limit, ceiling, rest, patience };
  if (window.troubles > 0) {
    return { ...settled, limit: Math.max(1, Math.floor(limit / 2)), rest: REST_AFTER_TROUBLE };
  }
  // Too little work says nothing about the line; what is being judged stays so.
  if (!window.saturated) return state;
  const bytesPerSecond = window.bytes / window.seconds;
  if (before) {
    const expected = limit / before.limit - 1;
    const gained = bytesPerSecond / before.bytesPerSecond - 1;
    if (gained < expected * WORTHWHILE) {
      return {
        ...settled,
        limit: before.limit,
        rest: patience,
        patience: Math.min(LONGEST_PATIENCE, patience * 2),
      };
    }
  }
  if (limit === ceiling) return settled;
  if (rest > 0) return { ...settled, rest: rest - 1 };
  return { ...settled, limit: Math.min(ceiling, limit * 2), before: { limit, bytesPerSecond } };
}
