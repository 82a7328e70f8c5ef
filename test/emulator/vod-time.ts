import type { TimeRange } from './vod-models.js';

/** Expiry of a medium that never expires. */
export const NEVER = '9999-12-31T23:59:59Z';

/** True for an ISO 8601 date-time with seconds and an offset, which is the form that the API takes. */
export function isTime(text: string): boolean {
  return (
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})$/.test(text) && !Number.isNaN(Date.parse(text))
  );
}

/** A time in milliseconds since the epoch as the API writes it: UTC, whole seconds. */
export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** A time as the API reads it, in the form in which the API writes it. */
export function normalTime(text: string): string {
  return isoTime(Date.parse(text));
}

/**
 * True for a time in milliseconds since the epoch that lies in a range, whose end belongs to it or not. Only whole
 * seconds are compared, as the API knows no others. A time that is not there lies in no range with an end.
 */
export function isWithin(
  range: TimeRange | undefined,
  time: number | undefined,
  end: 'included' | 'excluded',
): boolean {
  const { After, Before } = range ?? {};
  if (After === undefined && Before === undefined) return true;
  if (time === undefined) return false;
  const second = Math.floor(time / 1000) * 1000;
  if (After !== undefined && second < Date.parse(After)) return false;
  if (Before === undefined) return true;
  return end === 'included' ? second <= Date.parse(Before) : second < Date.parse(Before);
}
