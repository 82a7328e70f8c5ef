/** The emulator's clock. Tests move it to provoke skew and expiry; every check and every Date header follows it. */
export class Clock {
  /** Milliseconds by which the services' clock runs ahead of the real one (negative: behind). */
  skewMs: number;

  constructor(
    private readonly source: () => number,
    skewMs: number,
  ) {
    this.skewMs = skewMs;
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.source() + this.skewMs;
  }

  /** Whole seconds since the epoch. */
  seconds(): number {
    return Math.floor(this.now() / 1000);
  }

  /** Milliseconds since the epoch without the skew: durations and rates count by it, and skew never ends an outage. */
  readonly unskewed = (): number => this.source();
}
