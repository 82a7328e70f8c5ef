import type { Moment } from './call.js';
import type { Traffic } from './traffic.js';

/** Milliseconds of moving bytes that count as a round of answers, since answers to large bodies take longer. */
const LONGEST_ROUND = 1000;

/** The time after an outage in which a host gets ever more requests, from half of those that were in flight before. */
export class Reopening {
  private roundBegan: number;
  private answers = 0;

  /**
   * @param began the first sign of life
   * @param limit attempts that may be under way
   * @param full attempts that were in flight before the outage
   */
  constructor(
    private readonly began: Moment,
    private limit: number,
    private readonly full: number,
  ) {
    this.roundBegan = began.at;
  }

  answered(): void {
    this.answers++;
  }

  /** A round in which something failed is not clean, and another one begins. */
  beginRound(now: number): void {
    this.roundBegan = now;
    this.answers = 0;
  }

  /** True when the host gets as many requests as before. */
  get isOver(): boolean {
    return this.limit >= this.full;
  }

  /** Lets twice as many out after a clean round. @returns true when it does */
  widen(traffic: Traffic, now: number): boolean {
    const isClean =
      this.answers >= this.limit || (now >= this.nextLookAt && traffic.hasMovedSince(this.roundBegan));
    if (isClean) {
      this.limit *= 2;
      this.beginRound(now);
    }
    return isClean;
  }

  /** When bytes may have moved for long enough, in milliseconds. */
  get nextLookAt(): number {
    return this.roundBegan + LONGEST_ROUND;
  }

  /** How many more may go out. What was in flight in the outage may hang for long, and does not count. */
  room(traffic: Traffic): number {
    return Math.max(0, this.limit - traffic.underWaySince(this.began));
  }
}
