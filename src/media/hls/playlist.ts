import { LineStream, ParseStream } from 'm3u8-parser';
import { MAX_PLAYLIST_LINES } from '../package/limits.js';
import { ManifestError } from '../package/manifest-error.js';

/** A line of a playlist that can name a file, or that changes what such lines mean. */
export interface HlsLine {
  /** Counted from 1. */
  line: number;
  /** `EXT-X-KEY` and so on; empty for a URI line. */
  tag: string;
  /** What follows the tag's colon, or the URI. */
  value: string;
}

const FIRST_LINE = /^#EXTM3U(?=[ \t\n]|\r\n|\r?$)/;

/** Tags that are read; every other one names no file and changes no reference. */
const TAGS: ReadonlySet<string> = new Set([
  'EXT-X-DATERANGE',
  'EXT-X-DEFINE',
  'EXT-X-GAP',
  'EXT-X-I-FRAME-STREAM-INF',
  'EXT-X-IMAGE-STREAM-INF',
  'EXT-X-KEY',
  'EXT-X-MAP',
  'EXT-X-MEDIA',
  'EXT-X-PART',
  'EXT-X-PREFETCH',
  'EXT-X-PRELOAD-HINT',
  'EXT-X-RENDITION-REPORT',
  'EXT-X-SESSION-DATA',
  'EXT-X-SESSION-KEY',
  'EXT-X-SKIP',
  'EXT-X-STREAM-INF',
]);

/**
 * Reads a playlist into the lines that matter, with the token level of m3u8-parser: its manifest object
 * forgets repeated keys, renditions and date ranges, and its attribute expressions take quadratic time,
 * so the attribute lists are left as text here.
 * @param text the playlist without a byte order mark
 * @throws {ManifestError} `not-a-manifest`, `invalid-manifest` or `too-many`
 */
export function readHls(text: string): HlsLine[] {
  if (!FIRST_LINE.test(text)) {
    throw new ManifestError(
      'not-a-manifest',
      'does not start with a line #EXTM3U, so it is no HLS playlist',
      'line 1',
    );
  }
  const lines: HlsLine[] = [];
  const lineStream = new LineStream();
  const parseStream = new ParseStream();
  let line = 0;
  parseStream.addParser({ expression: /^#EXT/, customType: 'tag' });
  parseStream.on('data', (token: unknown) => {
    const uri = field(token, 'uri');
    if (uri !== undefined) lines.push({ line, tag: '', value: uri });
    const data = field(token, 'data');
    if (data === undefined) return;
    const colon = data.indexOf(':');
    const tag = colon === -1 ? data.slice(1) : data.slice(1, colon);
    if (TAGS.has(tag)) lines.push({ line, tag, value: colon === -1 ? '' : data.slice(colon + 1) });
  });
  lineStream.on('data', (content: unknown) => {
    line += 1;
    if (line > MAX_PLAYLIST_LINES) {
      throw new ManifestError('too-many', `has more than ${MAX_PLAYLIST_LINES} lines`);
    }
    if (typeof content !== 'string') return;
    if (content.trimEnd().includes('\r')) {
      throw new ManifestError(
        'invalid-manifest',
        'has a carriage return in the middle: lines must end in LF or CR LF',
        `line ${line}`,
      );
    }
    parseStream.push(content);
  });
  lineStream.push(text);
  // The last line may lack its line end, and LineStream gives out finished lines only.
  lineStream.push('\n');
  return lines;
}

/** A text field of a token of m3u8-parser, whose types do not describe its events. */
function field(token: unknown, name: 'uri' | 'data'): string | undefined {
  if (typeof token !== 'object' || token === null) return undefined;
  const value: unknown = Reflect.get(token, name);
  return typeof value === 'string' ? value : undefined;
}
