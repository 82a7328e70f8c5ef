import { quote } from '../package/manifest-error.js';

/** What the identifiers of a URL template stand for (ISO/IEC 23009-1 section 5.3.9.4.4). */
export interface TemplateValues {
  RepresentationID: string | undefined;
  Bandwidth: string | undefined;
  Number?: bigint;
  Time?: bigint;
  SubNumber?: bigint;
}

type Identifier = keyof TemplateValues;
type Part = string | { identifier: Identifier; width: number };

/** A URL template in its parts. */
export interface UrlTemplate {
  parts: readonly Part[];
  /** True where `$Number$` or `$Time$` occur, so that every segment has a name of its own. */
  perSegment: boolean;
  /** True where `$SubNumber$` occurs, so that every part of a segment has one. */
  perPart: boolean;
}

/** No file has a longer path, and every segment is a walk through the whole template. */
const MAX_LENGTH = 4096;

/** A width of more than two digits would only fill the memory with zeros. */
const IDENTIFIER = /^(RepresentationID|Number|Time|Bandwidth|SubNumber)(?:%0(\d{1,2})d)?$/;

/**
 * Parses a template: `$$` is a dollar sign, the identifiers are RepresentationID, Number, Time, Bandwidth
 * and SubNumber, all but the first with a width such as `%05d`.
 * @returns what is wrong with it as a predicate, where it is no template
 */
export function parseUrlTemplate(template: string): UrlTemplate | string {
  if (template.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`;
  const pieces = template.split('$');
  if (pieces.length % 2 === 0) return 'has a "$" without a partner: write a plain dollar sign as "$$"';
  const parts: Part[] = [];
  for (const [index, piece] of pieces.entries()) {
    if (index % 2 === 0) parts.push(piece);
    else if (piece === '') parts.push('$');
    else {
      const [, name, digits] = IDENTIFIER.exec(piece) ?? [];
      const width = digits === undefined ? 0 : Number(digits);
      if (!isIdentifier(name) || (name === 'RepresentationID' && digits !== undefined)) {
        return `has the unknown identifier ${quote(`$${piece}$`)}`;
      }
      parts.push({ identifier: name, width });
    }
  }
  const has = (name: Identifier) =>
    parts.some((part) => typeof part !== 'string' && part.identifier === name);
  return {
    parts: parts.filter((part) => part !== ''),
    perSegment: has('Number') || has('Time'),
    perPart: has('SubNumber'),
  };
}

/** Fills a template. Returns the identifier that has no value, where there is one. */
export function fillUrlTemplate(
  template: UrlTemplate,
  values: TemplateValues,
): string | { missing: Identifier } {
  let text = '';
  for (const part of template.parts) {
    if (typeof part === 'string') text += part;
    else {
      const value = values[part.identifier];
      if (value === undefined) return { missing: part.identifier };
      text += String(value).padStart(part.width, '0');
    }
  }
  return text;
}

const IDENTIFIERS: readonly string[] = ['RepresentationID', 'Number', 'Time', 'Bandwidth', 'SubNumber'];

function isIdentifier(name: string | undefined): name is Identifier {
  return name !== undefined && IDENTIFIERS.includes(name);
}
