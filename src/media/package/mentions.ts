import { createReadStream } from 'node:fs';
import { posix } from 'node:path';
import { MAX_MANIFEST_BYTES } from './limits.js';

/** Longest text that can be a name, in characters. */
const MAX_NAME = 4096;

/** Bytes that are read in one go. */
const PIECE = 256 * 1024;

/** What a text of a manifest may name, whether or not the manifest means anything. */
export interface Mention {
  /**
   * Path as it stands in the manifest, with `0` for every number and for `$Number$` and its like, and `*` for what
   * variables and `$RepresentationID$` stand for.
   */
  shape: string;
  /** The same with its numbers, where nothing else is left open. */
  path: string | undefined;
  /** True where it was a URL, of which this is the path. */
  remote: boolean;
}

/**
 * Everything in a manifest that may be the name of a file, without parsing it: it also finds what a manifest names
 * that is cut off, not well-formed, or in another encoding.
 * @throws the error of the file system for a file that can't be read
 */
export async function* mentionsIn(file: string, signal: AbortSignal): AsyncGenerator<Mention> {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  for await (const piece of createReadStream(file, {
    highWaterMark: PIECE,
    end: MAX_MANIFEST_BYTES - 1,
    signal,
  })) {
    // Names of UTF-16 have a zero after each letter.
    const text = rest + decoder.decode(piece, { stream: true }).replaceAll('\0', '');
    const end = text.search(/[\n"<>][^\n"<>]*$/);
    yield* mentionsOf(text.slice(0, end + 1));
    rest = text.slice(end + 1);
    if (rest.length > MAX_NAME) rest = '';
  }
  yield* mentionsOf(rest);
}

function* mentionsOf(text: string): Generator<Mention> {
  for (const [piece] of text.matchAll(/[^\n"<>]+/g)) {
    if (piece.length > MAX_NAME) continue;
    const whole = piece.trim();
    if (whole !== '') yield* namesOf(whole);
    // An attribute without quotes, or with single ones.
    if (!/[',=]/.test(whole)) continue;
    for (const part of whole.split(/[',=]/)) if (part.trim() !== '') yield* namesOf(part.trim());
  }
}

/** A text as the names that it may mean: with and without what follows `?` or `#`, decoded and as it is written. */
function* namesOf(text: string): Generator<Mention> {
  const written = text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name] ?? '');
  const local = written.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*\/|^\/+/i, '');
  const remote = local !== written;
  const cut = local.replace(/[?#].*$/s, '');
  for (const name of new Set([local, cut, decoded(cut)])) {
    if (name === '') continue;
    const open = name
      .replaceAll('$$', '\u0000')
      .replace(/\{\$[\w-]*\}|\$RepresentationID\$/g, '*')
      .replace(/\$(?:Number|Time|Bandwidth|SubNumber)(?:%0\d+d)?\$/g, '0')
      .replaceAll('\u0000', '$');
    yield { shape: shapeOf(open), path: open === name ? name : undefined, remote };
  }
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What names that differ in their numbers have in common. */
export function shapeOf(path: string): string {
  return path.replace(/\d+/g, '0');
}

/** True when a shape is one that `*` stands for a part of; takes time in proportion to their lengths. */
export function matchesShape(pattern: string, shape: string): boolean {
  const [first = '', ...parts] = pattern.split('*');
  const last = parts.pop();
  if (last === undefined) return pattern === shape;
  if (!shape.startsWith(first) || !shape.endsWith(last)) return false;
  let at = first.length;
  for (const part of parts) {
    const found = shape.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= shape.length - last.length;
}

/** The name of a shape without its folders; of a folder it is empty. */
export function baseOf(shape: string): string {
  return shape.endsWith('/') ? '' : posix.basename(shape);
}
