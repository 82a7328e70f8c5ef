import { ManifestError } from '../package/manifest-error.js';
import { childrenOf, elementPath, type MpdElement } from './mpd.js';
import { divideUp, integerAttribute, type Seconds } from './number.js';

/** Segments that follow each other at one distance. */
export interface SegmentRun {
  /** Number of the first one. */
  number: bigint;
  /** Start of the first one on the media timeline, in units of the timescale. */
  time: bigint;
  /** Length of each, in units of the timescale. */
  step: bigint;
  count: bigint;
}

/** What a representation says about the time of its segments, after inheritance. */
export interface SegmentTiming {
  timescale: bigint;
  presentationTimeOffset: bigint;
  startNumber: bigint;
  endNumber: bigint | undefined;
  periodLength: Seconds | undefined;
}

/**
 * Expands a SegmentTimeline (ISO/IEC 23009-1 section 5.3.9.6) into runs, without listing the segments.
 * A negative `@r` repeats up to the next `@t` or the end of the Period. Gaps in time skip no number.
 * @throws {ManifestError} `invalid-manifest`, or `unbounded` where a negative `@r` has no end
 */
export function timelineRuns(timeline: MpdElement, timing: SegmentTiming): SegmentRun[] {
  const runs: SegmentRun[] = [];
  let time = 0n;
  let number = timing.startNumber;
  const segments = childrenOf(timeline, 'S');
  for (const [index, segment] of segments.entries()) {
    const step = integerAttribute(segment, 'd', 0n);
    if (step === undefined) throw new ManifestError('invalid-manifest', 'has no @d', elementPath(segment));
    time = integerAttribute(segment, 't', 0n) ?? time;
    number = integerAttribute(segment, 'n', 0n) ?? number;
    const repeat = integerAttribute(segment, 'r') ?? 0n;
    const count =
      repeat < 0n ? countToEnd(segment, segments[index + 1], { time, step }, timing) : repeat + 1n;
    runs.push({ number, time, step, count });
    time += count * step;
    number += count;
  }
  return clip(runs, timing.endNumber);
}

/**
 * The run of segments of one length that `@duration` gives: as many as the Period needs, the last one
 * included that it needs in part (section 5.3.9.5.3), or up to `@endNumber` where that comes first.
 * @throws {ManifestError} `unbounded` where neither the Period's length nor `@endNumber` is known
 */
export function durationRun(element: MpdElement, duration: bigint, timing: SegmentTiming): SegmentRun {
  const { periodLength, timescale, startNumber, endNumber } = timing;
  const byLength =
    periodLength && divideUp(periodLength.numerator * timescale, periodLength.denominator * duration);
  const byNumber = endNumber === undefined ? undefined : most(0n, endNumber - startNumber + 1n);
  const count =
    byLength === undefined ? byNumber : byNumber === undefined ? byLength : least(byLength, byNumber);
  if (count === undefined) throw unbounded(elementPath(element, 'duration'));
  return { number: startNumber, time: timing.presentationTimeOffset, step: duration, count };
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
  if (timing.periodLength === undefined) throw unbounded(elementPath(segment, 'r'));
  const { numerator, denominator } = timing.periodLength;
  const end = timing.presentationTimeOffset * denominator + numerator * timing.timescale;
  return most(0n, divideUp(end - time * denominator, step * denominator));
}

function clip(runs: readonly SegmentRun[], endNumber: bigint | undefined): SegmentRun[] {
  if (endNumber === undefined) return [...runs];
  return runs.map((run) => ({ ...run, count: most(0n, least(run.count, endNumber - run.number + 1n)) }));
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
