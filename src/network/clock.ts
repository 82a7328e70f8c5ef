/** Milliseconds that an answer may be old. */
const TOLERANCE = 60_000;
/** Milliseconds that a Date may be ahead of all that is known without being doubted. */
const LEAP = 3 * 3_600_000;

/**
 * The services' idea of the time, which is one for all of them. A runner's clock may be wrong by more than they
 * accept, and may be set right in mid-run; every answer of theirs carries a Date header to correct it by.
 */
export class Clock {
  /** Milliseconds that the services are ahead of the machine, once they have shown it. */
  private learnt: number | undefined;
  /** An offset that was learnt from a refusal, until an answer's Date agrees with it. */
  private unproven: number | undefined;
  /** Milliseconds from the monotonic clock to the latest time that a service has shown. */
  private lead: number | undefined;
  /** The same for a time so far ahead that a second answer must agree with it. */
  private doubted: number | undefined;

  /**
   * @param local milliseconds since the epoch by the machine's clock, which may be set in mid-run
   * @param elapsed milliseconds of a monotonic clock
   */
  constructor(
    private readonly local: () => number = Date.now,
    private readonly elapsed: () => number = () => performance.now(),
  ) {}

  /** Milliseconds since the epoch, as the services count them; requests are signed with it. */
  now(): number {
    return this.local() + this.offsetMs;
  }

  /**
   * Milliseconds since the epoch by the times that the services have shown, and by what has passed since. A clock
   * that is wrong, or is set in mid-run, makes nothing live longer or shorter.
   */
  serverNow(): number {
    return this.lead === undefined ? this.now() : this.elapsed() + this.lead;
  }

  /** Milliseconds that the services are ahead of the machine, as far as is known. */
  get offsetMs(): number {
    return this.learnt ?? 0;
  }

  /**
   * Takes note of the Date header of an answer that is the service's own. One that leaps hours ahead counts
   * when the next answer agrees: a single wrong one would let all upload credentials of the run expire.
   */
  observe(date: string | undefined): void {
    const time = Date.parse(date ?? '');
    if (Number.isNaN(time)) return;
    if (Math.abs(time - this.now()) <= TOLERANCE) this.unproven = undefined;
    const lead = time - this.elapsed();
    const leaps = time > this.serverNow() + LEAP;
    if (leaps && (this.doubted === undefined || Math.abs(lead - this.doubted) > TOLERANCE)) {
      this.doubted = lead;
      return;
    }
    this.doubted = undefined;
    // An answer may be minutes older than its arrival, so the latest time counts.
    if (this.lead === undefined || lead > this.lead) this.lead = lead;
  }

  /** Takes over the service's time where it differs by more than a slow answer explains. */
  calibrate(date: string | undefined): void {
    const difference = Date.parse(date ?? '') - this.now();
    if (Math.abs(difference) > TOLERANCE) this.learnt = this.offsetMs + difference;
  }

  /**
   * Takes over the service's time after it refused a request for its time stamp.
   *
   * @param date the Date header of the refusal
   * @param usedOffset the offset that the refused request was signed with
   * @returns true when a repeat makes sense: the clock changed since that request was signed. A service that
   *   refuses the corrected time has another reason, unless its Date agreed with that time meanwhile and
   *   differs now: then the machine's clock was set.
   */
  correct(date: string | undefined, usedOffset: number): boolean {
    if (usedOffset !== this.offsetMs) return true;
    const difference = Date.parse(date ?? '') - this.now();
    if (Number.isNaN(difference) || this.unproven === usedOffset) return false;
    if (this.learnt !== undefined && Math.abs(difference) <= TOLERANCE) return false;
    this.learnt = this.offsetMs + difference;
    this.unproven = this.learnt;
    return true;
  }
}
