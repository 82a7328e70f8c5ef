import type { Timers } from '../../src/network/health/gate.js';

interface Event {
  at: number;
  order: number;
  isOver: boolean;
  run(): void;
}

/** Time that passes only when everything waits for it: hours of it take milliseconds. */
export class VirtualTime implements Timers {
  private clock = 0;
  private order = 0;
  /** A heap, the next event first. */
  private readonly events: Event[] = [];
  private readonly cancelled = new Set<Event>();

  now(): number {
    return this.clock;
  }

  after(milliseconds: number, run: () => void): () => void {
    const event = { at: this.clock + milliseconds, order: this.order++, isOver: false, run };
    this.push(event);
    return () => {
      if (!event.isOver) this.cancelled.add(event);
    };
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.after(milliseconds, resolve));
  }

  /** Events that are still to come. */
  get pending(): number {
    return this.events.filter((event) => !this.cancelled.has(event)).length;
  }

  /**
   * Lets time pass until the work has ended.
   *
   * @throws {Error} when the work waits for something that no event will bring
   */
  async run<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const settled = (): void => {
      isOver = true;
    };
    work.then(settled, settled);
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (isOver) return work;
      let next = this.pop();
      while (next && this.cancelled.delete(next)) next = this.pop();
      if (next === undefined) throw new Error(`The work hangs at ${this.clock} ms.`);
      this.clock = Math.max(this.clock, next.at);
      next.isOver = true;
      next.run();
    }
  }

  private push(event: Event): void {
    const { events } = this;
    let at = events.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, events[parent] as Event)) break;
      events[at] = events[parent] as Event;
      at = parent;
    }
    events[at] = event;
  }

  private pop(): Event | undefined {
    const { events } = this;
    const first = events[0];
    const last = events.pop();
    if (first === undefined || last === undefined || events.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= events.length) break;
      if (child + 1 < events.length && isBefore(events[child + 1] as Event, events[child] as Event)) child++;
      if (!isBefore(events[child] as Event, last)) break;
      events[at] = events[child] as Event;
      at = child;
    }
    events[at] = last;
    return first;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
