import type { Timers } from '../../src/network/health/gate.js';

/** Times that pass so many times as fast as they do, for tests that would wait for pauses. */
export function fastTimers(factor: number): Timers {
  return {
    now: () => performance.now() * factor,
    after: (milliseconds, run) => {
      const timer = setTimeout(run, milliseconds / factor);
      return () => clearTimeout(timer);
    },
  };
}
