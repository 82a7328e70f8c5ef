import { cancelledError } from './errors.js';

interface Waiting {
  priority: number;
  since: number;
  start(): void;
}

/**
 * Requests that wait for their turn. Higher priority goes first, among equals the one that came first; one
 * that has waited too long goes before all others, so that none starves.
 */
export class PriorityQueue {
  private readonly byPriority: Waiting[] = [];
  private readonly byArrival = new Set<Waiting>();

  /**
   * @param service named in the error of a request whose wait was ended
   * @param longestWait milliseconds after which priority no longer counts
   * @param now milliseconds, monotonic
   */
  constructor(
    private readonly service: string,
    private readonly longestWait: number,
    private readonly now: () => number,
  ) {}

  get length(): number {
    return this.byPriority.length;
  }

  /**
   * Waits for a turn.
   *
   * @throws {ServiceError} of the kind `cancelled` when the signal fires first
   */
  async join(priority: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw cancelledError(this.service);
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        this.leave(one);
        reject(cancelledError(this.service));
      };
      const one: Waiting = {
        priority,
        since: this.now(),
        start: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.enter(one);
    });
  }

  /** Gives the next one its turn, if there is one. */
  callNext(): void {
    const [oldest] = this.byArrival;
    if (oldest === undefined) return;
    const isOverdue = this.now() - oldest.since >= this.longestWait;
    const next = isOverdue ? oldest : (this.byPriority[0] as Waiting);
    this.leave(next);
    next.start();
  }

  private enter(one: Waiting): void {
    let low = 0;
    let high = this.byPriority.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.byPriority[middle] as Waiting).priority >= one.priority) low = middle + 1;
      else high = middle;
    }
    this.byPriority.splice(low, 0, one);
    this.byArrival.add(one);
  }

  private leave(one: Waiting): void {
    this.byPriority.splice(this.byPriority.indexOf(one), 1);
    this.byArrival.delete(one);
  }
}
