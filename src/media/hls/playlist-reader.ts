import { LIMITS, MAX_MESSAGES } from '../package/limits.js';
import { ManifestError } from '../package/manifest-error.js';
import { readAttributes } from './attributes.js';
import {
  GAP,
  inGap,
  MEDIA,
  PREFETCH,
  playlistKindOf,
  type ReferenceRule,
  TAG_RULES,
  type TagRule,
  VARIANT,
} from './tags.js';

/** A line of a playlist that names a file, defines a variable, or is wrong. */
export type PlaylistEntry = {
  /** Counted from 1. */
  line: number;
} & (
  | { text: string; rule: ReferenceRule }
  | { define: ReadonlyMap<string, string> }
  | { problem: { code: string; reason: string } }
);

/** What is kept of a playlist: it is the same in whatever folder and with whatever variables the playlist is read. */
export interface Playlist {
  entries: readonly PlaylistEntry[];
  /** Variables that it takes from the playlist above it (EXT-X-DEFINE:IMPORT). */
  imports: readonly string[];
  /** Problems beyond those among the entries. */
  unlisted: number;
  /** Characters of the text, which the entries' texts are parts of. */
  characters: number;
}

/** Makes entries of the lines of a playlist: of those that name a file, define a variable, or are wrong. */
export class PlaylistReader {
  readonly entries: PlaylistEntry[] = [];
  readonly imports: string[] = [];
  #problems = 0;
  #kept = 0;
  /** Line of an EXT-X-STREAM-INF whose URI line has not come yet. */
  #variant: number | undefined;
  #gapFollows = false;
  /** The first tag of each kind of playlist, and whether it has been said that there are both. */
  readonly #kinds = new Map<'multivariant' | 'media', { tag: string; line: number }>();

  /** Problems beyond those among the entries. */
  get unlisted(): number {
    return this.#problems - this.#kept;
  }

  uri(text: string, line: number): void {
    const rule = this.#variant === undefined ? (this.#gapFollows ? GAP : MEDIA) : VARIANT;
    this.#variant = undefined;
    this.#gapFollows = false;
    this.#name(text, rule, line);
  }

  tag(tag: string, value: string, line: number): void {
    this.#noteKind(tag, line);
    const rule = TAG_RULES.get(tag);
    if (rule !== undefined) this.#readAttributes(tag, value, line, rule);
    else if (tag === 'EXT-X-STREAM-INF') this.#expectVariant(line);
    else if (tag === 'EXT-X-GAP') this.#gapFollows = true;
    else if (tag === 'EXT-X-PREFETCH') this.#name(value, PREFETCH, line);
    else if (tag === 'EXT-X-DEFINE') this.#define(value, line);
    else if (tag === 'EXT-X-SKIP') {
      const reason =
        'is a delta update (EXT-X-SKIP), which names only some segments: publish the whole playlist';
      throw new ManifestError('delta-playlist', reason, `line ${line}`);
    }
  }

  finish(): void {
    this.#expectVariant(undefined);
  }

  #expectVariant(line: number | undefined): void {
    if (this.#variant !== undefined) {
      this.#problem('has an EXT-X-STREAM-INF without the URI line that must follow it', this.#variant);
    }
    this.#variant = line;
  }

  #noteKind(tag: string, line: number): void {
    const kind = playlistKindOf(tag);
    if (kind === undefined || this.#kinds.has(kind)) return;
    this.#kinds.set(kind, { tag, line });
    const other = this.#kinds.get(kind === 'media' ? 'multivariant' : 'media');
    if (other === undefined) return;
    this.#problem(
      `has ${tag}, and ${other.tag} in line ${other.line}: a playlist is either a media playlist or a multivariant one (RFC 8216 section 4.3)`,
      line,
    );
  }

  #readAttributes(tag: string, value: string, line: number, { attributes, required }: TagRule): void {
    const values = this.#attributes(tag, value, line);
    if (values === undefined || (values.get('METHOD') === 'NONE' && tag.endsWith('-KEY'))) return;
    const gap = values.get('GAP') === 'YES';
    for (const [name, rule] of attributes) {
      const text = values.get(name)?.trim() ?? '';
      if (text !== '') this.#name(text, gap ? inGap(rule) : rule, line);
      else if (required) this.#problem(`has an ${tag} without its ${name}`, line);
    }
  }

  #define(value: string, line: number): void {
    const define = this.#attributes('EXT-X-DEFINE', value, line);
    if (define === undefined) return;
    const imported = define.get('IMPORT');
    if (imported !== undefined) this.imports.push(imported);
    this.#push({ line, define });
  }

  #attributes(tag: string, value: string, line: number): ReadonlyMap<string, string> | undefined {
    const { values, malformed } = readAttributes(value);
    if (malformed === undefined) return values;
    this.#problem(`has a malformed attribute list in ${tag}: ${malformed}`, line);
    return undefined;
  }

  #name(text: string, rule: ReferenceRule, line: number): void {
    const last = this.entries.at(-1);
    // Byte ranges of one file follow each other by the thousand.
    if (last !== undefined && 'text' in last && last.text === text && last.rule === rule) return;
    this.#push({ line, text, rule });
  }

  #problem(reason: string, line: number): void {
    this.#problems += 1;
    if (this.#kept === MAX_MESSAGES) return;
    this.#kept += 1;
    this.entries.push({ line, problem: { code: 'invalid-manifest', reason } });
  }

  #push(entry: PlaylistEntry): void {
    const { ofPackage, unit } = LIMITS.references;
    if (this.entries.length >= ofPackage) {
      throw new ManifestError('too-many', `has more than ${ofPackage} ${unit}`);
    }
    this.entries.push(entry);
  }
}
