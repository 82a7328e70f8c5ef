import { setMaxListeners } from 'node:events';
import { ServiceError } from '../../src/network/errors.js';
import type { RateLimiter, Timer } from '../../src/vod/rate-limit.js';

/** Time that goes on from one thing that is due to the next. */
export class VirtualTime implements Timer {
  private time = 0;
  private readonly due: { at: number; callback: () => void }[] = [];

  now(): number {
    return this.time;
  }

  /** How many callbacks are waited for. */
  get timers(): number {
    return this.due.length;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const one = { at: this.time + Math.max(0, milliseconds), callback };
    let low = 0;
    let high = this.due.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.due[middle]?.at ?? 0) <= one.at) low = middle + 1;
      else high = middle;
    }
    this.due.splice(low, 0, one);
    return () => {
      const index = this.due.indexOf(one);
      if (index >= 0) this.due.splice(index, 1);
    };
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.after(milliseconds, resolve));
  }

  /** Lets time pass until some work has ended. Throws when the work waits for nothing that will come. */
  async until<T>(work: Promise<T>): Promise<T> {
    let hasEnded = false;
    const end = (): void => {
      hasEnded = true;
    };
    work.then(end, end);
    for (;;) {
      await new Promise(setImmediate);
      if (hasEnded) return work;
      const next = this.due.shift();
      if (next === undefined) throw new Error('the work goes on, and nothing is due');
      this.time = next.at;
      next.callback();
    }
  }

  /** Lets some time pass. */
  async pass(milliseconds: number): Promise<void> {
    await this.until(this.sleep(milliseconds));
  }
}

/** How a service counts the requests of one action: says of each whether it is accepted. */
type Counter = (now: number, limit: number) => boolean;

/** Ways in which services count. Which of them the real one uses is not documented. */
export const COUNTERS = {
  /** Like the emulator: refused requests fill the second as well. */
  'a sliding second': () => slidingSecond(true),
  'a sliding second of accepted requests': () => slidingSecond(false),
  'whole seconds': () => {
    let second = -1;
    let count = 0;
    return (now, limit) => {
      const current = Math.floor((now + 370) / 1000);
      count = current === second ? count + 1 : 1;
      second = current;
      return count <= limit;
    };
  },
  'a token bucket': () => {
    let tokens = Number.POSITIVE_INFINITY;
    let since = 0;
    return (now, limit) => {
      tokens = Math.min(limit, tokens + ((now - since) * limit) / 1000);
      since = now;
      if (tokens < 1) return false;
      tokens--;
      return true;
    };
  },
} satisfies Record<string, () => Counter>;

function slidingSecond(countsRefused: boolean): Counter {
  const times: number[] = [];
  return (now, limit) => {
    while ((times[0] ?? now) <= now - 1000) times.shift();
    const isAccepted = times.length < limit;
    if (isAccepted || countsRefused) times.push(now);
    return isAccepted;
  };
}

export interface SimulatedApiOptions {
  counter: keyof typeof COUNTERS;
  /** Requests a second of an action, at a time. */
  limit(now: number): number;
  /** Milliseconds from the sender to the service, and from there to the answer. */
  latency(): readonly [there: number, back: number];
  /** Milliseconds that a new connection takes to open; none when absent. */
  setUp?(): number;
  /** Milliseconds of the Retry-After of a refusal. */
  retryAfterMs?: number;
}

/** A request as the service saw it. */
export interface Arrival {
  action: string;
  at: number;
  isAccepted: boolean;
}

/** An API that refuses requests beyond its limit, by virtual time. */
export class SimulatedApi {
  readonly arrivals: Arrival[] = [];
  private readonly counters = new Map<string, Counter>();

  constructor(
    private readonly time: VirtualTime,
    private readonly options: SimulatedApiOptions,
  ) {}

  /** A sender with connections of its own. */
  connect(): (action: string) => Promise<void> {
    let idle = 0;
    return async (action) => {
      const setUp = idle > 0 ? 0 : (this.options.setUp?.() ?? 0);
      idle = Math.max(0, idle - 1);
      const [there, back] = this.options.latency();
      await this.time.sleep(setUp + there);
      const isAccepted = this.count(action);
      await this.time.sleep(back);
      idle++;
      if (!isAccepted) throw refusal(this.options.retryAfterMs);
    };
  }

  /** The most requests of one action in any second. */
  peak(): number {
    let peak = 0;
    for (const action of new Set(this.arrivals.map((one) => one.action))) {
      const times = this.arrivals.filter((one) => one.action === action).map(({ at }) => at);
      let first = 0;
      times.forEach((time, index) => {
        while ((times[first] ?? time) <= time - 1000) first++;
        peak = Math.max(peak, index - first + 1);
      });
    }
    return peak;
  }

  /** Refused requests, and their share, from a time on. */
  refused(from = 0): { count: number; share: number } {
    const all = this.arrivals.filter(({ at }) => at >= from);
    const count = all.filter(({ isAccepted }) => !isAccepted).length;
    return { count, share: count / Math.max(1, all.length) };
  }

  private count(action: string): boolean {
    const now = this.time.now();
    const counter = this.counters.get(action) ?? COUNTERS[this.options.counter]();
    this.counters.set(action, counter);
    const isAccepted = counter(now, this.options.limit(now));
    this.arrivals.push({ action, at: now, isAccepted });
    return isAccepted;
  }
}

export function refusal(retryAfterMs = 0): ServiceError {
  const message = 'There were too many requests in a second.';
  return new ServiceError('VOD', {
    code: 'RequestLimitExceeded',
    message,
    kind: 'throttled',
    status: 200,
    requestId: 'refused',
    retryAfterMs,
  });
}

const never = new AbortController().signal;
setMaxListeners(0, never);

/**
 * Publishes media as the action does: ApplyUpload, some bytes, CommitUpload, and each again for as long as it
 * is refused.
 *
 * @returns the most refusals that one request had
 */
export async function publish(
  media: number,
  limiter: RateLimiter,
  send: (action: string) => Promise<void>,
): Promise<number> {
  let most = 0;
  const untilAccepted = async (action: string, priority: number): Promise<void> => {
    const request = limiter.request(action, priority);
    for (let refusals = 0; ; refusals++) {
      most = Math.max(most, refusals);
      try {
        await request.run(never, () => send(action));
        return;
      } catch (error) {
        if (!(error instanceof ServiceError) || error.kind !== 'throttled') throw error;
      }
    }
  };
  const publishOne = async (): Promise<void> => {
    await untilAccepted('ApplyUpload', 1);
    await untilAccepted('CommitUpload', 0);
  };
  await Promise.all(Array.from({ length: media }, publishOne));
  return most;
}
