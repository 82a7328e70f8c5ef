import {
  type ConcurrencyState,
  nextConcurrency,
  startConcurrency,
  type Window,
} from '../../src/storage/concurrency.js';

/** What a line carries with so many requests in flight. */
export interface Line {
  /** Bytes a second; `at` is the number of the window. */
  rate(limit: number, at: number): number;
  /** Answers that ask for less load in a window. */
  congestion?(limit: number, at: number): number;
  /** Whether there is work for all requests that are allowed. */
  saturated?(at: number): boolean;
}

/** Seconds of a window. */
const SECONDS = 0.25;

/** Runs windows over a line with always enough work unless it says otherwise; returns the limit of each. */
export function simulate(line: Line, ceiling: number, windows: number): number[] {
  let state: ConcurrencyState = startConcurrency(ceiling);
  const limits: number[] = [];
  for (let at = 0; at < windows; at++) {
    limits.push(state.limit);
    const window: Window = {
      seconds: SECONDS,
      bytes: line.rate(state.limit, at) * SECONDS,
      congestion: line.congestion?.(state.limit, at) ?? 0,
      saturated: line.saturated?.(at) ?? true,
    };
    state = nextConcurrency(state, window);
  }
  return limits;
}

/** Numbers in [0, 1) that are the same on every run. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
