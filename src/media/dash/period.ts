import type { MpdElement } from './mpd.js';
import { add, durationAttribute, type Seconds, subtract } from './number.js';

/** How long a Period is. */
export interface PeriodLength {
  /** Up to where the next Period starts, or the presentation ends; undefined where nothing says it. */
  exact: Seconds | undefined;
  /** The Period's own `@duration` where it says otherwise: packagers write segments by it. */
  stated?: Seconds;
}

/**
 * How long each Period is (ISO/IEC 23009-1 section 5.3.2.1): up to the start of the next one, which `@duration`
 * only places where it has no `@start`, or for the last one its own duration or up to the end of the presentation.
 * @throws {ManifestError} `invalid-manifest` for a start or duration that is none
 */
export function periodLengths(mpd: MpdElement, periods: readonly MpdElement[]): PeriodLength[] {
  const starts = periods.map((period) => durationAttribute(period, 'start'));
  const durations = periods.map((period) => durationAttribute(period, 'duration'));
  const total = durationAttribute(mpd, 'mediaPresentationDuration');
  let begin: Seconds | undefined = { numerator: 0n, denominator: 1n };
  return periods.map((_, index) => {
    const start: Seconds | undefined = starts[index] ?? begin;
    const isLast = index === periods.length - 1;
    const end = isLast ? total : starts[index + 1];
    const upToEnd = start && end && positive(subtract(end, start));
    const stated = durations[index];
    const length = isLast ? (stated ?? upToEnd) : (upToEnd ?? stated);
    const placed = stated ?? length;
    begin = start && placed && add(start, placed);
    return stated === undefined || stated === length ? { exact: length } : { exact: length, stated };
  });
}

function positive(length: Seconds): Seconds | undefined {
  return length.numerator > 0n ? length : undefined;
}
