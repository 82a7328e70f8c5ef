import type { MpdElement } from './mpd.js';
import { add, durationAttribute, type Seconds, subtract } from './number.js';

/**
 * How long each Period is (ISO/IEC 23009-1 section 5.3.2.1): its own duration, or up to the start of the
 * next one, or for the last one up to the end of the presentation. Undefined where nothing says it.
 * @throws {ManifestError} `invalid-manifest` for a start or duration that is none
 */
export function periodLengths(mpd: MpdElement, periods: readonly MpdElement[]): (Seconds | undefined)[] {
  const starts = periods.map((period) => durationAttribute(period, 'start'));
  const durations = periods.map((period) => durationAttribute(period, 'duration'));
  const total = durationAttribute(mpd, 'mediaPresentationDuration');
  let begin: Seconds | undefined = { numerator: 0n, denominator: 1n };
  return periods.map((_, index) => {
    const start: Seconds | undefined = starts[index] ?? begin;
    const end = index === periods.length - 1 ? total : starts[index + 1];
    const length = durations[index] ?? (start && end && positive(subtract(end, start)));
    begin = start && length && add(start, length);
    return length;
  });
}

function positive(length: Seconds): Seconds | undefined {
  return length.numerator > 0n ? length : undefined;
}
