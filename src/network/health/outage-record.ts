import type { HealthEvent } from './decisions.js';

interface Outage {
  /** Milliseconds, monotonic; the end of an outage that goes on is infinite. */
  start: number;
  end: number;
}

/** When hosts were out of order, for what must not count that time. */
export class OutageRecord {
  private readonly outages = new Map<string, Outage[]>();

  /** @param now milliseconds, monotonic */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Takes note of what became known of a host. */
  note({ kind, name, lastedMs }: HealthEvent): void {
    const known = this.outages.get(name) ?? [];
    this.outages.set(name, known);
    let current = known.at(-1);
    if (current === undefined || current.end < Number.POSITIVE_INFINITY) {
      current = { start: this.now() - lastedMs, end: Number.POSITIVE_INFINITY };
      known.push(current);
    }
    if (kind === 'back') current.end = this.now();
  }

  /** Milliseconds since a moment of the same clock in which the host was out of order that was so for longest. */
  since(moment: number): number {
    const now = this.now();
    const timeOf = (outages: readonly Outage[]): number =>
      outages.reduce(
        (sum, { start, end }) => sum + Math.max(0, Math.min(end, now) - Math.max(start, moment)),
        0,
      );
    return Math.max(0, ...[...this.outages.values()].map(timeOf));
  }
}
