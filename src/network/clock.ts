/** Milliseconds that an answer may be old. */
const CALIBRATION_TOLERANCE = 60_000;

/**
 * The service's idea of the time. A runner's clock may be wrong by more than the services accept, and
 * every answer of theirs carries a Date header to correct it by.
 */
export class Clock {
  private correction = 0;
  private corrected = false;
  private seen = 0;

  /**
   * @param local milliseconds since the epoch by the machine's clock
   * @param before the clock of a service that is asked earlier: what it learnt holds here, too
   */
  constructor(
    private readonly local: () => number = Date.now,
    private readonly before?: Clock,
  ) {}

  /** Milliseconds since the epoch, as the service counts them. */
  now(): number {
    return this.local() + this.offsetMs;
  }

  /**
   * Milliseconds since the epoch, never behind a time that the service has shown: what lives until a time
   * of the service's is over then, even if the machine's clock is slow.
   */
  serverNow(): number {
    return Math.max(this.now(), this.seen);
  }

  /** Takes note of the Date header of an answer that is the service's own. */
  observe(date: string | undefined): void {
    const time = Date.parse(date ?? '');
    if (time > this.seen) this.seen = time;
  }

  /** Takes over the service's time where it differs by more than a slow answer explains. */
  calibrate(date: string | undefined): void {
    const difference = Date.parse(date ?? '') - this.now();
    if (Math.abs(difference) > CALIBRATION_TOLERANCE) this.correction += difference;
  }

  /** Milliseconds that the service is ahead of the machine, as far as is known. */
  get offsetMs(): number {
    return (this.before?.offsetMs ?? 0) + this.correction;
  }

  /**
   * Takes over the service's time after it refused a request for its time stamp.
   *
   * @param date the Date header of the refusal
   * @param usedOffset the offset that the refused request was signed with
   * @returns true when a repeat makes sense: the clock changed since that request was signed. One
   *   correction only; a service that refuses the corrected time has another reason.
   */
  correct(date: string | undefined, usedOffset: number): boolean {
    if (usedOffset !== this.offsetMs) return true;
    const time = Date.parse(date ?? '');
    if (this.corrected || Number.isNaN(time)) return false;
    this.corrected = true;
    this.correction += time - this.now();
    return true;
  }
}
