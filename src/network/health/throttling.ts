import type { Entry } from './call.js';

/** Refusals of one request, each followed by others' acceptance, that make one try. */
const REFUSALS_PER_TRY = 20;

interface Refusals {
  inRow: number;
  /** Those after which another request was accepted. */
  passedOver: number;
  /** True until another request is accepted. */
  isLatest: boolean;
}

/**
 * Refusals for speed. They are a pace and no failure: what counts is whether requests of the same kind are accepted
 * at all, and whether one request is refused again and again while others are not.
 */
export class Throttling {
  private readonly refusals = new Map<Entry, Refusals>();
  /** The first refusal after the latest acceptance, in milliseconds. */
  private since: number | undefined;

  /** @returns how often the request was refused in a row */
  refused(entry: Entry, now: number): number {
    this.since ??= now;
    const before = this.refusals.get(entry);
    const inRow = (before?.inRow ?? 0) + 1;
    this.refusals.set(entry, { inRow, passedOver: before?.passedOver ?? 0, isLatest: true });
    return inRow;
  }

  /**
   * A request was accepted.
   *
   * @returns the requests that were passed over so often that it makes a try
   */
  accepted(entry: Entry): Entry[] {
    this.since = undefined;
    this.refusals.delete(entry);
    const tried: Entry[] = [];
    for (const [other, refusals] of this.refusals) {
      if (!refusals.isLatest) continue;
      refusals.isLatest = false;
      refusals.passedOver++;
      if (refusals.passedOver % REFUSALS_PER_TRY === 0) tried.push(other);
    }
    return tried;
  }

  /** True for a request that was refused once: it goes first, so that nothing is starved by those that come later. */
  goesFirst(entry: Entry): boolean {
    return this.refusals.get(entry)?.inRow === 1;
  }

  /** Milliseconds since when a refused request has seen none accepted; undefined for one that was not refused. */
  sinceFor(entry: Entry): number | undefined {
    return this.refusals.has(entry) ? this.since : undefined;
  }

  forget(entry: Entry): void {
    this.refusals.delete(entry);
  }
}
