import { PriorityQueue } from '../network/priority-queue.js';
import { type ConcurrencyState, nextConcurrency, startConcurrency } from './concurrency.js';
import { COS } from './cos-error.js';

/** How a request that held a slot ended. */
export type SlotOutcome = 'done' | 'congested' | 'failed';

/** The right to have one storage request in flight. */
export interface Slot {
  /** Gives the slot back; once only. */
  release(outcome: SlotOutcome): void;
}

/** Announced requests of a medium that have not started. While there are some, the network stays busy. */
export interface Reservation {
  /** One of the announced requests starts. */
  take(): void;
  /** They will start late; until {@link resume} they do not count towards the backlog. */
  delay(): void;
  /** They can start, and count again. */
  resume(): void;
  /** The remaining ones will not be sent. */
  cancel(): void;
}

/** Milliseconds after which a request goes before those of higher priority: its medium's upload credentials only get older. */
const LONGEST_WAIT = 5000;

/** Reservations that may be delayed at once: where all of them are, more media would only wait, too. */
const MOST_DELAYED = 8;

/**
 * Milliseconds that a window lasts at least by which concurrency is judged. It lasts at least a round, too: as
 * many requests have ended as may be in flight. In less, the connections of a step up are hardly open.
 */
const WINDOW = 250;

/**
 * One budget of requests over all media, objects and parts. Requests wait in the order of their priority,
 * larger first, and the number in flight follows what the network can take, never above the user's ceiling.
 */
export class RequestBudget {
  /** The most requests that were in flight at once. */
  peak = 0;
  /** Requests started since the beginning, repeats included. */
  started = 0;
  private inFlight = 0;
  private readonly waiting: PriorityQueue;
  /** Announced requests that have not started. */
  private backlog = 0;
  /** Reservations that do not count at the moment. */
  private delayed = 0;
  private readonly starters: PriorityQueue;
  /** Those that wait for a request to end. */
  private readonly releases = new Set<() => void>();
  private steppedBackAt = Number.NEGATIVE_INFINITY;
  private state: ConcurrencyState;
  private window: {
    start: number;
    bytes: number;
    congestion: number;
    saturated: boolean;
    /** Requests that have ended, and how many make a round. */
    ended: number;
    round: number;
  };

  /**
   * @param bytesSent the transport's running count of bytes
   * @param now milliseconds, monotonic
   */
  constructor(
    readonly ceiling: number,
    private readonly bytesSent: () => number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.waiting = new PriorityQueue(COS, LONGEST_WAIT, now);
    this.starters = new PriorityQueue(COS, Number.POSITIVE_INFINITY, now);
    this.state = startConcurrency(ceiling);
    this.window = {
      start: now(),
      bytes: bytesSent(),
      congestion: 0,
      saturated: false,
      ended: 0,
      round: this.limit,
    };
  }

  /** Requests that may be in flight at the moment. */
  get limit(): number {
    return this.state.limit;
  }

  /** True while congestion allows fewer requests than a run starts with. */
  get isThrottled(): boolean {
    return this.limit < startConcurrency(this.ceiling).limit;
  }

  /** Announces requests of a medium before they can start. */
  reserve(requests: number): Reservation {
    let left = 0;
    let delayed = 0;
    const change = (count: number): void => {
      left += count;
      this.backlog += count;
      this.wakeStarter();
    };
    change(requests);
    return {
      take: () => {
        if (left > 0) change(-1);
      },
      delay: () => {
        if (delayed > 0 || this.delayed >= MOST_DELAYED) return;
        delayed = left;
        this.delayed++;
        change(-left);
      },
      resume: () => {
        if (delayed === 0) return;
        this.delayed--;
        change(delayed);
        delayed = 0;
      },
      cancel: () => {
        if (delayed > 0) this.delayed--;
        delayed = 0;
        change(-left);
      },
    };
  }

  /** Resolves when the backlog is so low that the next medium should start. */
  async belowLowWater(signal: AbortSignal): Promise<void> {
    const turn = this.starters.join(0, signal);
    this.wakeStarter();
    await turn;
  }

  /**
   * Waits for a slot.
   *
   * @param priority higher goes first; among equals the one that came first
   */
  async acquire(priority: number, signal: AbortSignal): Promise<Slot> {
    const turn = this.waiting.join(priority, signal);
    this.admit();
    await turn;
    const startedAt = this.now();
    let released = false;
    return {
      release: (outcome) => {
        if (released) return;
        released = true;
        this.inFlight--;
        this.window.ended++;
        // Requests that started before the last step back are part of the trouble that it answered.
        if (outcome === 'congested' && startedAt >= this.steppedBackAt) this.window.congestion++;
        this.judge();
        this.admit();
        for (const settle of [...this.releases]) settle();
      },
    };
  }

  /** Resolves when a request ends, or after some milliseconds. Rejects when the signal fires first. */
  async nextRelease(milliseconds: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.releases.delete(settle);
        signal.removeEventListener('abort', settle);
        if (signal.aborted) reject(signal.reason);
        else resolve();
      };
      const timer = setTimeout(settle, milliseconds);
      this.releases.add(settle);
      signal.addEventListener('abort', settle, { once: true });
    });
  }

  private admit(): void {
    while (this.inFlight < this.limit && this.waiting.length > 0) {
      // The place is taken here and not when the waiter runs, or others could slip in between.
      this.inFlight++;
      this.started++;
      this.peak = Math.max(this.peak, this.inFlight);
      if (this.inFlight >= this.limit) this.window.saturated = true;
      this.waiting.callNext();
    }
    this.wakeStarter();
  }

  /** Wakes the next starter when the backlog is low. It announces its requests before another one is woken. */
  private wakeStarter(): void {
    if (this.backlog < this.limit) this.starters.callNext();
  }

  private judge(): void {
    const now = this.now();
    const elapsed = now - this.window.start;
    const { congestion, saturated, ended, round } = this.window;
    if (congestion === 0 && (elapsed < WINDOW || ended < round)) return;
    const bytes = this.bytesSent();
    this.state = nextConcurrency(this.state, {
      seconds: Math.max(1, elapsed) / 1000,
      bytes: bytes - this.window.bytes,
      congestion,
      saturated,
    });
    if (congestion > 0) this.steppedBackAt = now;
    this.window = {
      start: now,
      bytes,
      congestion: 0,
      saturated: this.inFlight >= this.limit,
      ended: 0,
      round: this.limit,
    };
  }
}
