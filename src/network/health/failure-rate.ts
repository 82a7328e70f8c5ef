/** Requests after which the older half of what is remembered counts half. */
const MEMORY = 400;
/** Requests without a failure that a host is credited with when tries are added. */
const CREDIT = 20;
/** A request fails by bad luck no more often than this. */
const BAD_LUCK = 1e-6;
/** Tries that a host which often fails may add. */
const MOST_EXTRA_TRIES = 20;
/** Failures of a request are suspicious where chance would bring them less often than this. */
const SUSPICIOUS = 0.01;
/** What is assumed of a host before anything is known: one failure in twenty. Five requests outweigh it. */
const ASSUMED = { failed: 0.25, requests: 5 };

/**
 * How often a host fails requests while it is in order: one in n. Each request counts once, by its first attempt, so
 * that one that never succeeds does not pass for a bad host.
 */
export class FailureRate {
  private failed = 0;
  private requests = 0;

  /** The first attempt of a request was answered, or its failure was found to be the request's own. */
  note(outcome: 'answered' | 'failed'): void {
    this.requests++;
    if (outcome === 'failed') this.failed++;
    if (this.requests < MEMORY) return;
    this.failed /= 2;
    this.requests /= 2;
  }

  /**
   * The tries of a request: `maxAttempts`, and where the host often fails, as many more (20 at most) as make it one in
   * a million that all of them fail by chance. Its own failures are no reason for more.
   */
  triesFor(maxAttempts: number): number {
    const rate = this.failedOthers / (this.requests + CREDIT);
    if (rate === 0) return maxAttempts;
    const needed = Math.ceil(Math.log(BAD_LUCK) / Math.log(rate));
    return Math.max(maxAttempts, Math.min(maxAttempts + MOST_EXTRA_TRIES, needed));
  }

  /**
   * True where so many failures of one request are hardly chance on this host, so that the request is the reason.
   */
  isSuspicious(failures: number): boolean {
    if (failures === 0) return false;
    const rate = (this.failedOthers + ASSUMED.failed) / (this.requests + ASSUMED.requests);
    return rate ** failures <= SUSPICIOUS;
  }

  /** Failures but for those of the request in question. */
  private get failedOthers(): number {
    return Math.max(0, this.failed - 1);
  }
}
