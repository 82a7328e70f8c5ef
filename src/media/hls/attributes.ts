import { MAX_ATTRIBUTES } from '../package/limits.js';

/** An attribute list of a playlist tag (RFC 8216 section 4.2). */
export interface AttributeList {
  /** Values by name, without their quotes. The first of a repeated name counts. */
  values: ReadonlyMap<string, string>;
  /** What is wrong with the list, where it is not well-formed; the values are then incomplete. */
  malformed?: string;
}

const MAX_SHOWN = 40;

/**
 * Reads an attribute list in one pass, so that its time grows with its length only. Blanks around names
 * and values and empty items are forgiven; an item without `=`, an open quote and a name with two
 * different values are not, because a reference could hide behind them.
 */
export function readAttributes(list: string): AttributeList {
  const values = new Map<string, string>();
  let at = 0;
  let equals = -1;
  while (at < list.length) {
    // Searched for again only when passed, or a run of commas would search to the end each time.
    if (equals < at) equals = endless(list.indexOf('=', at));
    const comma = list.indexOf(',', at);
    if (comma !== -1 && comma < equals) {
      const item = list.slice(at, comma).trim();
      if (item !== '') return { values, malformed: `"${shorten(item)}" has no value` };
      at = comma + 1;
      continue;
    }
    if (equals === Number.POSITIVE_INFINITY) {
      const item = list.slice(at).trim();
      return item === '' ? { values } : { values, malformed: `"${shorten(item)}" has no value` };
    }
    const name = list.slice(at, equals).trim();
    const value = readValue(list, equals + 1);
    if (typeof value === 'string') return { values, malformed: `${shorten(name)} ${value}` };
    const known = values.get(name);
    if (known !== undefined && known !== value.text) {
      return { values, malformed: `${shorten(name)} has two values` };
    }
    if (values.size === MAX_ATTRIBUTES && known === undefined) {
      return { values, malformed: `it has more than ${MAX_ATTRIBUTES} attributes` };
    }
    values.set(name, value.text);
    at = value.end;
  }
  return { values };
}

function readValue(list: string, start: number): { text: string; end: number } | string {
  let at = start;
  while (list[at] === ' ' || list[at] === '\t') at += 1;
  if (list[at] !== '"') {
    const end = endOfItem(list, at);
    return { text: list.slice(at, end).trim(), end: end + 1 };
  }
  const close = list.indexOf('"', at + 1);
  if (close === -1) return 'has no closing quote';
  const end = endOfItem(list, close + 1);
  if (list.slice(close + 1, end).trim() !== '') return 'goes on after its closing quote';
  return { text: list.slice(at + 1, close), end: end + 1 };
}

function endless(index: number): number {
  return index === -1 ? Number.POSITIVE_INFINITY : index;
}

function endOfItem(list: string, from: number): number {
  const comma = list.indexOf(',', from);
  return comma === -1 ? list.length : comma;
}

function shorten(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
