import type { PackageBudget } from '../package/budget.js';
import { ManifestError } from '../package/manifest-error.js';
import { childrenOf, elementPath, type MpdElement } from './mpd.js';
import { divideUp, integerAttribute, type Seconds } from './number.js';
import type { PeriodLength } from './period.js';

/** Segments, or sequences of as many parts each, that follow each other at one distance. */
export interface SegmentRun {
  /** Number of the first one. */
  number: bigint;
  /** Start of the first one on the media timeline, in units of the timescale. */
  time: bigint;
  /** Length of each, in units of the timescale. */
  step: bigint;
  count: bigint;
  /** Parts of each segment, which `$SubNumber$` counts from 1. */
  parts: bigint;
}

/** What a representation says about the time of its segments, after inheritance. */
export interface SegmentTiming {
  timescale: bigint;
  presentationTimeOffset: bigint;
  startNumber: bigint;
  endNumber: bigint | undefined;
  period: PeriodLength;
}

/** The SegmentTimelines of an MPD, each expanded once for representations that inherit it alike. */
export class Timelines {
  readonly #budget: PackageBudget;
  /** The latest of each: representations with a timing of their own seldom share a timeline. */
  readonly #latest = new Map<MpdElement, { timing: string; runs: SegmentRun[] }>();

  constructor(budget: PackageBudget) {
    this.#budget = budget;
  }

  /**
   * The runs of a SegmentTimeline that have segments.
   * @throws {ManifestError} as {@link timelineRuns}
   * @throws {LimitExceeded} `too-many` S elements
   */
  runs(timeline: MpdElement, timing: SegmentTiming): readonly SegmentRun[] {
    const { timescale, presentationTimeOffset, startNumber, endNumber } = timing;
    const key = [timescale, presentationTimeOffset, startNumber, endNumber].join();
    let latest = this.#latest.get(timeline);
    if (latest?.timing !== key) {
      this.#budget.spend('timeline', childrenOf(timeline, 'S').length, elementPath(timeline));
      latest = { timing: key, runs: timelineRuns(timeline, timing) };
      this.#latest.set(timeline, latest);
    }
    this.#budget.spend('timeline', latest.runs.length, elementPath(timeline));
    return latest.runs;
  }
}

/**
 * Expands a SegmentTimeline (ISO/IEC 23009-1 section 5.3.9.6) into runs, without listing the segments.
 * A negative `@r` repeats up to the next `@t` or the end of the Period. Gaps in time skip no number.
 * @throws {ManifestError} `invalid-manifest`, or `unbounded` where a negative `@r` has no end
 */
function timelineRuns(timeline: MpdElement, timing: SegmentTiming): SegmentRun[] {
  const { endNumber } = timing;
  const runs: SegmentRun[] = [];
  let time = 0n;
  let number = timing.startNumber;
  const segments = childrenOf(timeline, 'S');
  for (const [index, segment] of segments.entries()) {
    const step = integerAttribute(segment, 'd', 0n);
    if (step === undefined) throw new ManifestError('invalid-manifest', 'has no @d', elementPath(segment));
    time = integerAttribute(segment, 't', 0n) ?? time;
    number = integerAttribute(segment, 'n', 0n) ?? number;
    const parts = integerAttribute(segment, 'k', 1n) ?? 1n;
    const repeat = integerAttribute(segment, 'r') ?? 0n;
    const count =
      repeat < 0n ? countToEnd(segment, segments[index + 1], { time, step }, timing) : repeat + 1n;
    const listed = endNumber === undefined ? count : least(count, endNumber - number + 1n);
    if (listed > 0n) runs.push({ number, time, step, count: listed, parts });
    time += count * step;
    number += count;
  }
  return runs;
}

/** The run of segments that `@duration` gives. */
export interface DurationRun {
  run: SegmentRun;
  /** How many of them there must be: fewer where the lengths of the Period disagree. */
  required: bigint;
}

/**
 * The run of segments of one length that `@duration` gives: as many as the Period needs, the last one
 * included that it needs in part (section 5.3.9.5.3), or up to `@endNumber` where that comes first.
 * @throws {ManifestError} `unbounded` where neither the Period's length nor `@endNumber` is known
 */
export function durationRun(element: MpdElement, duration: bigint, timing: SegmentTiming): DurationRun {
  const { period, timescale, startNumber, endNumber } = timing;
  const byNumber = endNumber === undefined ? undefined : most(0n, endNumber - startNumber + 1n);
  const counts = [period.exact, period.stated]
    .filter((length) => length !== undefined)
    .map(({ numerator, denominator }) => divideUp(numerator * timescale, denominator * duration))
    .map((count) => (byNumber === undefined ? count : least(count, byNumber)));
  const [first = byNumber, second = first] = counts;
  if (first === undefined || second === undefined) throw unbounded(elementPath(element, 'duration'));
  const { presentationTimeOffset: time } = timing;
  return {
    run: { number: startNumber, time, step: duration, count: most(first, second), parts: 1n },
    required: least(first, second),
  };
}

function countToEnd(
  segment: MpdElement,
  next: MpdElement | undefined,
  { time, step }: { time: bigint; step: bigint },
  timing: SegmentTiming,
): bigint {
  if (step === 0n)
    throw new ManifestError('invalid-manifest', 'repeats a segment of no length', elementPath(segment, 'd'));
  if (next !== undefined) {
    const end = integerAttribute(next, 't', 0n);
    if (end === undefined) {
      throw new ManifestError(
        'invalid-manifest',
        'repeats up to the next S, which has no @t',
        elementPath(segment, 'r'),
      );
    }
    return most(0n, divideUp(end - time, step));
  }
  if (timing.period.exact === undefined) throw unbounded(elementPath(segment, 'r'));
  const { numerator, denominator }: Seconds = timing.period.exact;
  const end = timing.presentationTimeOffset * denominator + numerator * timing.timescale;
  return most(0n, divideUp(end - time * denominator, step * denominator));
}

function unbounded(place: string): ManifestError {
  const advice = 'give the Period a duration, or write a static MPD with mediaPresentationDuration';
  return new ManifestError(
    'unbounded',
    `gives segments without an end, so that they cannot be counted: ${advice}`,
    place,
  );
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function most(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
