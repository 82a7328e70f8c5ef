import { ServiceError } from '../network/errors.js';
import { PriorityQueue } from '../network/priority-queue.js';
import { ActionRate, type Departure, type Outcome } from './action-rate.js';
import { documentedLimit } from './documented-limits.js';

/** Milliseconds after which a request goes before those of higher priority, so that none starves. */
const LONGEST_WAIT = 3000;
/** The HTTP status with which something on the way to the API refuses for speed. */
const TOO_MANY_REQUESTS = 429;
/** Added to the priority of a request that goes before all others. */
const AHEAD = 1e9;

/** A clock and its timers. */
export interface Timer {
  /** Milliseconds, monotonic. */
  now(): number;
  /** Calls back once after some milliseconds, unless the function that is returned is called before. */
  after(milliseconds: number, callback: () => void): () => void;
}

const REAL_TIME: Timer = {
  now: () => performance.now(),
  after: (milliseconds, callback) => {
    const timeout = setTimeout(callback, milliseconds);
    return () => clearTimeout(timeout);
  },
};

export interface RateLimiterOptions {
  /** The most API requests in flight, over all actions: as many as there are connections for them. */
  maxInFlight: number;
  /** Replaced in tests. */
  time?: Timer;
}

/** One request over all its tries. */
export interface PacedRequest {
  /**
   * Sends the request when it is its turn, and learns from its end: a `throttled` failure lowers the rate
   * of the action, an answer of another kind raises it.
   *
   * A request that was refused for speed goes before the others of its action at its next try, and in turn
   * at the one after that. No pause is needed in between, since the action rests for all its requests.
   *
   * @throws {ServiceError} of the kind `cancelled` when the signal fires before it was sent
   * @throws whatever `send` throws
   */
  run<T>(signal: AbortSignal, send: () => Promise<T>): Promise<T>;
}

/**
 * Limits the rate of API requests, of each action by itself as the service does, so that one that is
 * refused slows no other down. Where connections are short, the higher priority goes first.
 */
export class RateLimiter {
  private readonly queues = new Map<string, ActionQueue>();
  /** The request whose turn it is, of each action, while the most are in flight. */
  private readonly slots: PriorityQueue;
  private readonly maxInFlight: number;
  private readonly time: Timer;
  private inFlight = 0;

  constructor({ maxInFlight, time = REAL_TIME }: RateLimiterOptions) {
    this.maxInFlight = maxInFlight;
    this.time = time;
    this.slots = new PriorityQueue('VOD', LONGEST_WAIT, () => time.now());
  }

  /**
   * A request that is yet to be sent, once or several times.
   *
   * @param action of the API, which has a rate of its own
   * @param priority higher goes first, but where connections are short not before one that has waited long;
   *   among equals the one that came first
   */
  request(action: string, priority: number): PacedRequest {
    let goesFirst = false;
    return {
      run: async (signal, send) => {
        const queue = this.queueOf(action);
        await this.turn(queue, goesFirst ? priority + AHEAD : priority, signal);
        const departure = queue.depart();
        let end: End = { outcome: 'accepted' };
        try {
          return await send();
        } catch (error) {
          end = endOf(error);
          throw error;
        } finally {
          goesFirst = end.outcome === 'refused' && !goesFirst;
          this.freeSlot();
          queue.end(departure, end);
        }
      },
    };
  }

  private queueOf(action: string): ActionQueue {
    const queue = this.queues.get(action) ?? new ActionQueue(documentedLimit(action), this.time);
    this.queues.set(action, queue);
    return queue;
  }

  /** Waits until the rate of the action allows a request, and a slot is free for it. */
  private async turn(queue: ActionQueue, priority: number, signal: AbortSignal): Promise<void> {
    const since = this.time.now();
    await queue.join(priority, signal);
    try {
      const isOverdue = this.time.now() - since >= LONGEST_WAIT;
      const slot = this.slots.join(isOverdue ? priority + AHEAD : priority, signal);
      this.fillSlots();
      await slot;
    } catch (error) {
      queue.pass();
      throw error;
    }
    if (queue.isOpen) return;
    // Another request of the action was refused meanwhile.
    this.freeSlot();
    queue.pass();
    await this.turn(queue, priority + AHEAD, signal);
  }

  private freeSlot(): void {
    this.inFlight--;
    this.fillSlots();
  }

  private fillSlots(): void {
    while (this.slots.length > 0 && this.inFlight < this.maxInFlight) {
      this.inFlight++;
      this.slots.callNext();
    }
  }
}

/** The requests of one action that wait for its rate. */
class ActionQueue {
  private readonly rate: ActionRate;
  private readonly waiting: PriorityQueue;
  /** Whether it is the turn of a request that has not left yet. */
  private isCalling = false;
  private stopTimer: () => void = () => {};

  constructor(
    limit: number,
    private readonly time: Timer,
  ) {
    this.rate = new ActionRate(limit);
    // Nothing goes first for having waited long: requests of one action are alike, and one that was refused
    // would be behind all the others again.
    this.waiting = new PriorityQueue('VOD', Number.POSITIVE_INFINITY, () => time.now());
  }

  /** Whether a request may leave now. */
  get isOpen(): boolean {
    const now = this.time.now();
    return this.rate.nextAt(now) <= now;
  }

  /** Waits for the turn of a request, which must then `depart` or `pass`. */
  async join(priority: number, signal: AbortSignal): Promise<void> {
    const turn = this.waiting.join(priority, signal);
    this.admit();
    try {
      await turn;
    } catch (error) {
      // The timer may have been for this one alone.
      this.admit();
      throw error;
    }
  }

  depart(): Departure {
    const departure = this.rate.depart(this.time.now());
    this.pass();
    return departure;
  }

  /** Passes the turn to the next request. */
  pass(): void {
    this.isCalling = false;
    this.admit();
  }

  end(departure: Departure, { outcome, retryAfterMs }: End): void {
    this.rate.end(departure, outcome, this.time.now(), retryAfterMs);
    this.admit();
  }

  private admit(): void {
    this.stopTimer();
    if (this.isCalling || this.waiting.length === 0) return;
    const now = this.time.now();
    const next = this.rate.nextAt(now);
    if (next <= now) {
      this.isCalling = true;
      this.waiting.callNext();
    } else if (next < Number.POSITIVE_INFINITY) {
      this.stopTimer = this.time.after(next - now, () => this.admit());
    }
  }
}

/** How a request ended. */
interface End {
  outcome: Outcome;
  retryAfterMs?: number;
}

/** What a failure says about the rate: whatever the API answered, except for a refusal for speed, it let the request through. */
function endOf(error: unknown): End {
  if (!(error instanceof ServiceError)) return { outcome: 'unknown' };
  const { kind, status, requestId, retryAfterMs } = error;
  if (kind === 'throttled' || status === TOO_MANY_REQUESTS) return { outcome: 'refused', retryAfterMs };
  return { outcome: requestId === '' ? 'unknown' : 'accepted' };
}
