import { LineStream, ParseStream } from 'm3u8-parser';
import type { PackageBudget } from '../package/budget.js';
import { MAX_LINE_CHARACTERS, MAX_PLAYLIST_LINES } from '../package/limits.js';
import { ManifestError } from '../package/manifest-error.js';
import type { TimeSlice } from '../package/time-slice.js';
import { type Playlist, PlaylistReader } from './playlist-reader.js';

const FIRST_LINE = /^#EXTM3U(?=[ \t\n]|\r\n|\r?$)/;

/** Characters that are parsed in one go. */
const PIECE = 64 * 1024;

/**
 * Reads a playlist with the token level of m3u8-parser: its manifest object forgets repeated keys, renditions and
 * date ranges, and its attribute expressions take quadratic time, so the attribute lists are read here.
 * @param text the playlist without a byte order mark
 * @throws {ManifestError} `not-a-manifest`, `invalid-manifest`, `too-large`, `too-many` or `delta-playlist`
 */
export async function readPlaylist(text: string, budget: PackageBudget, slice: TimeSlice): Promise<Playlist> {
  if (!FIRST_LINE.test(text)) {
    throw new ManifestError(
      'not-a-manifest',
      'does not start with a line #EXTM3U, so it is no HLS playlist',
      'line 1',
    );
  }
  const reader = new PlaylistReader();
  const lines = new LineParser(reader);
  for (let at = 0; at < text.length; ) {
    const end = endOfPiece(text, at, lines.count);
    const before = lines.count;
    lines.push(text.slice(at, end));
    budget.spend('lines', lines.count - before);
    at = end;
    if (slice.isOver) await slice.next();
  }
  // The last line may lack its line end, and LineStream gives out finished lines only.
  lines.push('\n');
  reader.finish();
  const { entries, imports, unlisted } = reader;
  return { entries, imports, unlisted, characters: text.length };
}

/** Feeds m3u8-parser line by line, and the reader with what it makes of each. */
class LineParser {
  count = 0;
  readonly #lines = new LineStream();

  constructor(reader: PlaylistReader) {
    const parser = new ParseStream();
    parser.addParser({ expression: /^#EXT/, customType: 'tag' });
    parser.on('data', (token: unknown) => {
      const uri = field(token, 'uri');
      if (uri !== undefined) reader.uri(uri, this.count);
      const data = field(token, 'data');
      if (data === undefined) return;
      const colon = data.indexOf(':');
      if (colon === -1) reader.tag(data.slice(1), '', this.count);
      else reader.tag(data.slice(1, colon), data.slice(colon + 1), this.count);
    });
    this.#lines.on('data', (content: unknown) => {
      this.count += 1;
      if (this.count > MAX_PLAYLIST_LINES) {
        throw new ManifestError('too-many', `has more than ${MAX_PLAYLIST_LINES} lines`);
      }
      if (typeof content !== 'string') return;
      if (content.trimEnd().includes('\r')) {
        throw new ManifestError(
          'invalid-manifest',
          'has a carriage return in the middle: lines must end in LF or CR LF',
          `line ${this.count}`,
        );
      }
      parser.push(content);
    });
  }

  push(text: string): void {
    this.#lines.push(text);
  }
}

/** Where a piece of whole lines ends, so that m3u8-parser never has to put a long line together. */
function endOfPiece(text: string, start: number, lines: number): number {
  const limit = start + PIECE;
  if (limit >= text.length) return text.length;
  const last = text.lastIndexOf('\n', limit);
  if (last >= start) return last + 1;
  const next = text.indexOf('\n', limit);
  const end = next === -1 ? text.length : next + 1;
  if (end - start <= MAX_LINE_CHARACTERS) return end;
  throw new ManifestError(
    'too-large',
    `is longer than ${MAX_LINE_CHARACTERS} characters, the limit for a line`,
    `line ${lines + 1}`,
  );
}

/** A text field of a token of m3u8-parser, whose types do not describe its events. */
function field(token: unknown, name: 'uri' | 'data'): string | undefined {
  if (typeof token !== 'object' || token === null) return undefined;
  const value: unknown = Reflect.get(token, name);
  return typeof value === 'string' ? value : undefined;
}
