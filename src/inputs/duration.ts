import { ValueError } from '../errors.js';

const DURATION = /^P(?=\d|T\d)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/**
 * Reads an ISO 8601 duration without years and months, whose length depends on the calendar.
 *
 * @param least the shortest duration that is taken, as the error quotes it
 * @param most the longest one
 * @returns milliseconds
 * @throws {ValueError} for another text and for a duration that is out of bounds
 */
export function parseDuration(text: string, least: string, most: string): number {
  const length = milliseconds(text);
  if (length >= milliseconds(least) && length <= milliseconds(most)) return length;
  throw new ValueError(
    `it takes an ISO 8601 duration from ${least} to ${most}, such as PT5M or PT1H30M, without years and months`,
  );
}

function milliseconds(text: string): number {
  const match = DURATION.exec(text);
  if (match === null) return Number.NaN;
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0));
  return ((((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}
