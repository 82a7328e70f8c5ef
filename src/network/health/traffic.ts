import { type Call, type Entry, type Moment, newEntry } from './call.js';

/** The calls of one host: which wait, which are admitted, which are in flight, and when something moved last. */
export class Traffic {
  readonly waiting = new Set<Entry>();
  readonly inFlight = new Set<Entry>();
  private readonly entries = new Map<Call, Entry>();
  private order = 0;
  private admitted = 0;
  private movedAt = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds, monotonic */
  constructor(private readonly now: () => number) {}

  get all(): Iterable<Entry> {
    return this.entries.values();
  }

  moment(): Moment {
    return { order: ++this.order, at: this.now() };
  }

  join(call: Call): void {
    this.entries.set(call, newEntry(call, this.moment()));
  }

  leave(entry: Entry): void {
    this.settle(entry);
    this.entries.delete(entry.call);
  }

  entryOf(call: Call): Entry {
    const entry = this.entries.get(call);
    if (entry === undefined) throw new Error('The call has not joined the host.');
    return entry;
  }

  wait(entry: Entry): void {
    this.settle(entry);
    entry.state = 'waiting';
    this.waiting.add(entry);
  }

  admit(entry: Entry): void {
    this.settle(entry);
    entry.state = 'admitted';
    entry.admittedAt = this.now();
    this.admitted++;
  }

  /** Takes back what was granted to calls that have not begun. */
  recall(): void {
    for (const entry of this.entries.values()) {
      if (entry.state !== 'admitted') continue;
      this.settle(entry);
      entry.state = 'recalled';
    }
  }

  begin(entry: Entry): void {
    this.settle(entry);
    entry.state = 'inFlight';
    entry.flight = { begun: this.moment(), movedAt: undefined };
    this.inFlight.add(entry);
  }

  moved(entry: Entry): void {
    if (entry.flight === undefined) return;
    this.movedAt = this.now();
    entry.flight.movedAt = this.movedAt;
  }

  /** Takes a call out of whatever state it is in. */
  settle(entry: Entry): void {
    if (entry.state === 'admitted') this.admitted--;
    this.waiting.delete(entry);
    this.inFlight.delete(entry);
    entry.flight = undefined;
    entry.state = 'idle';
  }

  /** Attempts that are admitted, or in flight and begun after a moment. */
  underWaySince({ order }: Moment): number {
    let count = this.admitted;
    for (const { flight } of this.inFlight) if (flight && flight.begun.order > order) count++;
    return count;
  }

  /** True when bytes of an attempt have moved since then, whatever became of it. */
  hasMovedSince(time: number): boolean {
    return this.movedAt > time;
  }

  /** When bytes of an attempt that is in flight moved last, in milliseconds. */
  get latestMove(): number {
    let latest = Number.NEGATIVE_INFINITY;
    for (const { flight } of this.inFlight) latest = Math.max(latest, flight?.movedAt ?? latest);
    return latest;
  }

  /** Attempts that began so long ago, and of which nothing has left yet. */
  unsentFor(milliseconds: number): Entry[] {
    const began = this.now() - milliseconds;
    return [...this.inFlight].filter(
      ({ flight }) => flight && flight.movedAt === undefined && flight.begun.at <= began,
    );
  }
}
