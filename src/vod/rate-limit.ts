import { PriorityQueue } from '../network/priority-queue.js';

/** API requests a second that the action allows itself; the service allows 100 per action. */
const PER_SECOND = 50;
/** Milliseconds that an answered request still counts: a second, and a little for clocks that round. */
const MEMORY = 1010;
/** Requests that may always be under way at once. */
const LEAST_IN_FLIGHT = 2;
/** Answers whose times are remembered. */
const REMEMBERED = 32;
/** Milliseconds after which a request goes before those of higher priority, so that none starves. */
const LONGEST_WAIT = 3000;

/**
 * Paces API requests: never more than 50 in any second, and no more at once than that rate needs at the
 * time that the API takes to answer (Little's law). So a fast API is used over two connections and a far
 * one over as many as its distance asks for.
 *
 * A request counts until a second after its answer and not after its start: when it reaches the service is
 * not known, and connections that were slow to open would bunch requests beyond the rate.
 */
export class RateLimiter {
  /** When requests ended, oldest first. */
  private readonly ends: number[] = [];
  private readonly waiting: PriorityQueue;
  private inFlight = 0;
  /** Seconds that the latest answers took. */
  private readonly latencies: number[] = [];
  private timer: NodeJS.Timeout | undefined;

  /** @param now milliseconds, monotonic */
  constructor(private readonly now: () => number = () => performance.now()) {
    this.waiting = new PriorityQueue('VOD', LONGEST_WAIT, now);
  }

  /**
   * Runs a request when it is its turn.
   *
   * @param priority higher goes first, but not before one that has waited long; among equals the one that
   *   came first
   */
  async run<T>(priority: number, signal: AbortSignal, request: () => Promise<T>): Promise<T> {
    const turn = this.waiting.join(priority, signal);
    this.admit();
    try {
      await turn;
    } catch (error) {
      // The timer may have been for this one alone.
      this.admit();
      throw error;
    }
    const startedAt = this.now();
    try {
      return await request();
    } finally {
      this.latencies.push((this.now() - startedAt) / 1000);
      if (this.latencies.length > REMEMBERED) this.latencies.shift();
      this.inFlight--;
      this.ends.push(this.now());
      this.admit();
    }
  }

  /** By the median of the latest times: single slow answers, such as those that waited for a connection, don't count. */
  private get mostInFlight(): number {
    const sorted = [...this.latencies].sort((a, b) => a - b);
    const usual = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
    return Math.max(LEAST_IN_FLIGHT, Math.ceil(PER_SECOND * usual));
  }

  private admit(): void {
    const now = this.now();
    while ((this.ends[0] ?? now) + MEMORY <= now) this.ends.shift();
    while (this.waiting.length > 0 && this.inFlight < this.mostInFlight) {
      if (this.inFlight + this.ends.length >= PER_SECOND) {
        this.admitLater(now);
        return;
      }
      this.inFlight++;
      this.waiting.callNext();
    }
    if (this.waiting.length > 0) return;
    // A timer that nobody needs any more would keep the process from ending.
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** An answer is awaited anyway; a request that is still remembered is forgotten in time. */
  private admitLater(now: number): void {
    const oldest = this.ends[0];
    if (oldest === undefined) return;
    this.timer ??= setTimeout(
      () => {
        this.timer = undefined;
        this.admit();
      },
      oldest + MEMORY - now,
    );
  }
}
