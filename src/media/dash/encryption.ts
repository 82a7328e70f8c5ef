import { ManifestError, quote } from '../package/manifest-error.js';
import { childrenOf, elementPath, type MpdElement } from './mpd.js';
import { integerAttribute } from './number.js';
import { fillUrlTemplate, parseUrlTemplate, type TemplateValues } from './template.js';

/** A file with the key or the initialization vector of segments, as an MPD names it. */
export interface KeyUrl {
  text: string;
  place: string;
}

const TEMPLATES = ['keyUriTemplate', 'ivUriTemplate'] as const;

/**
 * The keys of segment encryption (ISO/IEC 23009-4 section 6.4) of a representation: one for each CryptoPeriod, and
 * as many as its crypto periods for a CryptoTimeline where `$Number$` tells them apart, which is the number of the
 * first segment of each, as in MPEG's reference software.
 * @param levels whose ContentProtection elements count
 * @param startNumber of the first segment
 * @throws {ManifestError} `unsupported-encryption` where the names can't be listed, or `invalid-template`
 */
export function* keyUrls(
  levels: readonly MpdElement[],
  values: TemplateValues,
  startNumber: bigint,
): Generator<KeyUrl> {
  for (const protection of levels.flatMap((level) => childrenOf(level, 'ContentProtection'))) {
    let first = startNumber;
    const periods = childrenOf(protection, 'CryptoPeriod');
    const timelines = childrenOf(protection, 'CryptoTimeline');
    if (periods.length > 0 && timelines.length > 0) {
      const reason = 'mixes CryptoPeriod and CryptoTimeline: publish it with one kind of them';
      throw new ManifestError('unsupported-encryption', reason, elementPath(protection));
    }
    for (const period of periods) {
      first += integerAttribute(period, 'offset', 0n) ?? 0n;
      yield* urlsOf(period, values, first, { step: 0n, count: 1n });
      first += integerAttribute(period, 'numSegments', 0n) ?? 0n;
    }
    for (const timeline of timelines) {
      first += integerAttribute(timeline, 'firstOffset', 0n) ?? 0n;
      const step = integerAttribute(timeline, 'numSegments', 1n);
      const count = integerAttribute(timeline, 'numCryptoPeriods', 0n);
      const sequence = step === undefined || count === undefined ? undefined : { step, count };
      yield* urlsOf(timeline, values, first, sequence);
      first += (step ?? 0n) * (count ?? 0n);
    }
  }
}

function* urlsOf(
  element: MpdElement,
  values: TemplateValues,
  first: bigint,
  sequence: { step: bigint; count: bigint } | undefined,
): Generator<KeyUrl> {
  for (const name of TEMPLATES) {
    const written = element.attributes.get(name);
    if (written === undefined) continue;
    const place = elementPath(element, name);
    const template = parseUrlTemplate(written);
    if (typeof template === 'string') {
      throw new ManifestError('invalid-template', `${quote(written)} ${template}`, place);
    }
    if (template.perSegment && sequence === undefined) {
      const reason =
        'names keys by number, but not how many there are: give numSegments and numCryptoPeriods';
      throw new ManifestError('unsupported-encryption', reason, place);
    }
    const { step, count } =
      template.perSegment && sequence !== undefined ? sequence : { step: 0n, count: 1n };
    for (let at = 0n; at < count; at += 1n) {
      const text = fillUrlTemplate(template, { ...values, Number: first + at * step });
      if (typeof text === 'string') {
        yield { text, place };
        continue;
      }
      const reason = `names keys by $${text.missing}$: give each a name of its own, or one by $Number$`;
      throw new ManifestError('unsupported-encryption', reason, place);
    }
  }
}
