import type { OutageKind, OutageRule, Target } from './outage.js';
import { randomSequence } from './random-sequence.js';

/** What a soak test may choose about outages. */
export interface RandomOutageOptions {
  /** The same seed gives the same outages. */
  seed: number;
  /** Milliseconds in which outages begin. */
  withinMs: number;
  /** Milliseconds between the end of one and the beginning of the next. */
  gapMs: readonly [least: number, most: number];
  /** Milliseconds that each lasts. */
  lastMs: readonly [least: number, most: number];
  /** Default: VOD and COS. */
  targets?: readonly Target[];
  /** Default: all that every system can do, but for names. */
  kinds?: readonly OutageKind[];
}

/** Outages one after the other, with gaps, durations, targets and kinds drawn by a seed. */
export function randomOutages(options: RandomOutageOptions): OutageRule[] {
  const { seed, withinMs, gapMs, lastMs } = options;
  const { targets = ['vod', 'cos'], kinds = ['refused', 'reset', 'silence', 'page'] } = options;
  const random = randomSequence(seed);
  const between = ([least, most]: readonly [number, number]): number =>
    Math.round(least + random() * (most - least));
  const rules: OutageRule[] = [];
  for (let afterMs = between(gapMs); afterMs < withinMs; afterMs += between(gapMs)) {
    const forMs = Math.max(1, between(lastMs));
    const target = targets[Math.floor(random() * targets.length)];
    const kind = kinds[Math.floor(random() * kinds.length)];
    if (target === undefined || kind === undefined) throw new RangeError('There is no target or no kind.');
    rules.push({ target, kind, afterMs, forMs, resumes: random() < 0.5, status: random() < 0.5 ? 502 : 503 });
    afterMs += forMs + 1;
  }
  return rules;
}
