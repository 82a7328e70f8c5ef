import { ManifestError, quote } from '../package/manifest-error.js';
import { elementPath, type MpdElement } from './mpd.js';

/** Seconds as an exact fraction: packagers divide lengths that floating point rounds up to one segment more. */
export interface Seconds {
  numerator: bigint;
  /** A power of ten. */
  denominator: bigint;
}

/** Longer texts are no numbers of an MPD, and converting them would take quadratic time. */
const MAX_DIGITS = 40;
const DURATION = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d*)(?:\.(\d*))?S)?)?$/;
const SECONDS = { year: 31_536_000n, month: 2_592_000n, day: 86_400n, hour: 3600n, minute: 60n };

/**
 * An attribute that holds an integer (xs:unsignedInt, xs:unsignedLong, xs:integer).
 * @returns undefined where the attribute is absent
 * @throws {ManifestError} `invalid-manifest` for what is no integer, or below `least`
 */
export function integerAttribute(element: MpdElement, name: string, least?: bigint): bigint | undefined {
  const text = element.attributes.get(name)?.trim();
  if (text === undefined) return undefined;
  if (text.length > MAX_DIGITS || !/^[+-]?\d+$/.test(text)) throw invalid(element, name, text);
  const value = BigInt(text.replace('+', ''));
  if (least !== undefined && value < least) throw invalid(element, name, text);
  return value;
}

/**
 * An attribute that holds a length of time (xs:duration). A year is taken as 365 days and a month as 30.
 * @returns undefined where the attribute is absent
 * @throws {ManifestError} `invalid-manifest` for what is no duration, or a negative one
 */
export function durationAttribute(element: MpdElement, name: string): Seconds | undefined {
  const text = element.attributes.get(name)?.trim();
  if (text === undefined) return undefined;
  const match = text.length > MAX_DIGITS * 2 ? null : DURATION.exec(text);
  const [, years, months, days, hours, minutes, whole, fraction] = match ?? [];
  const given = [years, months, days, hours, minutes, whole, fraction].some((part) => part);
  if (match === null || !given) throw invalid(element, name, text);
  const seconds =
    BigInt(years ?? 0) * SECONDS.year +
    BigInt(months ?? 0) * SECONDS.month +
    BigInt(days ?? 0) * SECONDS.day +
    BigInt(hours ?? 0) * SECONDS.hour +
    BigInt(minutes ?? 0) * SECONDS.minute +
    BigInt(whole || 0);
  const denominator = 10n ** BigInt(fraction?.length ?? 0);
  return { numerator: seconds * denominator + BigInt(fraction || 0), denominator };
}

/** The exact sum of two durations. */
export function add(a: Seconds, b: Seconds): Seconds {
  // The smaller power of ten divides the larger one, so that sums do not grow with the number of terms.
  if (a.denominator < b.denominator) return add(b, a);
  const numerator = a.numerator + b.numerator * (a.denominator / b.denominator);
  return { numerator, denominator: a.denominator };
}

/** `a - b`; negative where b is longer. */
export function subtract(a: Seconds, b: Seconds): Seconds {
  return add(a, { numerator: -b.numerator, denominator: b.denominator });
}

/** Rounds `numerator / denominator` up; the denominator is above 0. */
export function divideUp(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  return numerator > 0n && numerator % denominator !== 0n ? quotient + 1n : quotient;
}

function invalid(element: MpdElement, name: string, text: string): ManifestError {
  return new ManifestError(
    'invalid-manifest',
    `has the value ${quote(text)}, which is not allowed`,
    elementPath(element, name),
  );
}
