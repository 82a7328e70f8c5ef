import { ValueError } from '../errors.js';

const DATE_TIME =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?(?:([Zz])|([+-])([01]\d|2[0-3]):?([0-5]\d))?$/;
const DURATION =
  /^P(?=\d|T\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/** ExpireTime as ApplyUpload takes it (`YYYY-MM-DDThh:mm:ssZ`), at a time in milliseconds since the epoch. */
export type Expiry = (now: number) => string;

/**
 * Reads an ISO 8601 date-time, or an ISO 8601 duration, which counts from the moment that the result is asked at: the
 * machine's clock may be wrong, and the service's time is known later. A date-time without a zone is UTC. Years and
 * months of a duration are calendar steps in UTC; a day that the month lacks becomes its last.
 *
 * @param now milliseconds since the epoch by the machine's clock
 * @throws {ValueError} when the text is neither, or names a time that is not in the future
 */
export function parseExpiry(text: string, now: number): Expiry {
  const fixed = dateTime(text);
  const time = fixed ?? duration(text, now);
  // The year is NaN for what does not exist and for what lies beyond the range of Date.
  if (time === undefined || !(new Date(time).getUTCFullYear() <= 9999)) {
    throw new ValueError(
      'it takes an ISO 8601 date-time such as 2030-01-31T12:00:00Z, or a duration from now such as P14D',
    );
  }
  if (time <= now) throw new ValueError('it takes a time in the future');
  return (at) => `${new Date(fixed ?? duration(text, at) ?? time).toISOString().slice(0, 19)}Z`;
}

function dateTime(text: string): number | undefined {
  const match = DATE_TIME.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
  const time = Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second);
  const given = new Date(time);
  // Date.UTC carries over what does not exist (30 February, 25 o'clock); the round trip shows it.
  const exists =
    given.getUTCMonth() + 1 === month &&
    given.getUTCDate() === day &&
    given.getUTCHours() === hour &&
    given.getUTCMinutes() === minute &&
    given.getUTCSeconds() === second;
  if (!exists) return Number.NaN;
  const offset = (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0)) * 60_000;
  return match[8] === '-' ? time + offset : time - offset;
}

function duration(text: string, now: number): number | undefined {
  const match = DURATION.exec(text);
  if (!match) return undefined;
  const [years, months, weeks, days, hours, minutes, seconds] = match
    .slice(1)
    .map((part) => Number(part ?? 0)) as [number, number, number, number, number, number, number];
  const start = new Date(now);
  const end = new Date(now);
  end.setUTCDate(1);
  end.setUTCMonth(start.getUTCMonth() + years * 12 + months);
  const lastDay = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 0)).getUTCDate();
  end.setUTCDate(Math.min(start.getUTCDate(), lastDay));
  return end.getTime() + (((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60_000 + seconds * 1000;
}
