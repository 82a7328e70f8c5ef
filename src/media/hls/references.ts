import { MAX_REFERENCES } from '../package/limits.js';
import { ManifestError, quote } from '../package/manifest-error.js';
import type { FileRole, PackageReference, PlacedProblem } from '../package/reference.js';
import { isExternal, isRefused, type LocalReference, resolveReference } from '../package/relative-uri.js';
import { readAttributes } from './attributes.js';
import type { HlsLine } from './playlist.js';
import { HlsVariables } from './variables.js';

/** What one playlist names, in the order of its lines. */
export interface HlsReferences {
  items: ({ reference: PackageReference } | { problem: PlacedProblem })[];
  /** For the playlists below this one to import. */
  variables: ReadonlyMap<string, string>;
}

interface TagRule {
  attributes: readonly string[];
  role: FileRole | 'by-extension';
  /** The tag means nothing without its URI. */
  required?: boolean;
  /** No player needs the file. */
  optional?: boolean;
  /** URLs are left alone, since players fetch them from elsewhere. */
  external?: boolean;
}

const URI = ['URI'];
const KEY: TagRule = { attributes: URI, role: 'key', required: true, external: true };
const PLAYLIST: TagRule = { attributes: URI, role: 'playlist', required: true };

/** The tags whose attributes name files (RFC 8216bis section 4.4, EXT-X-IMAGE-STREAM-INF of Roku and DASH-IF). */
const RULES: ReadonlyMap<string, TagRule> = new Map([
  ['EXT-X-KEY', KEY],
  ['EXT-X-SESSION-KEY', KEY],
  ['EXT-X-MAP', { attributes: URI, role: 'segment', required: true }],
  ['EXT-X-PART', { attributes: URI, role: 'segment', required: true }],
  ['EXT-X-PRELOAD-HINT', { attributes: URI, role: 'segment', optional: true }],
  ['EXT-X-MEDIA', { attributes: URI, role: 'playlist' }],
  ['EXT-X-I-FRAME-STREAM-INF', PLAYLIST],
  ['EXT-X-IMAGE-STREAM-INF', PLAYLIST],
  ['EXT-X-RENDITION-REPORT', { attributes: URI, role: 'playlist', optional: true }],
  ['EXT-X-SESSION-DATA', { attributes: URI, role: 'other', external: true }],
  ['EXT-X-DATERANGE', { attributes: ['X-ASSET-URI', 'X-ASSET-LIST'], role: 'by-extension', external: true }],
]);

const PREFETCH: TagRule = { attributes: [], role: 'segment', optional: true };

const PLAYLIST_NAME = /\.m3u8?$/i;

/**
 * Finds everything that a playlist names.
 * @param lines of {@link readHls}
 * @param folder of the playlist, below the top manifest's folder, empty or with a `/` at its end
 * @param inherited variables of the playlist that named this one, for EXT-X-DEFINE:IMPORT
 * @throws {ManifestError} `too-many` references, `too-large` variables, or a `delta-playlist`
 */
export function hlsReferences(
  lines: readonly HlsLine[],
  folder: string,
  inherited: ReadonlyMap<string, string>,
): HlsReferences {
  const reader = new PlaylistReader(folder, inherited);
  for (const line of lines) reader.read(line);
  return { items: reader.items, variables: reader.variables.values };
}

/** Names that a playlist imports from the one above it: with other values it names other files. */
export function importedNames(lines: readonly HlsLine[]): string[] {
  return lines
    .filter(({ tag }) => tag === 'EXT-X-DEFINE')
    .map(({ value }) => readAttributes(value).values.get('IMPORT'))
    .filter((name) => name !== undefined);
}

class PlaylistReader {
  readonly items: HlsReferences['items'] = [];
  readonly variables = new HlsVariables();
  readonly #base: LocalReference;
  readonly #inherited: ReadonlyMap<string, string>;
  #variantFollows = false;
  #gapFollows = false;

  constructor(folder: string, inherited: ReadonlyMap<string, string>) {
    this.#base = { path: folder, raw: folder };
    this.#inherited = inherited;
  }

  read({ line, tag, value }: HlsLine): void {
    try {
      this.#readTag(tag, value, `line ${line}`);
    } catch (error) {
      if (!(error instanceof ManifestError) || error.isFatal) throw error;
      this.#push({ problem: { code: error.code, place: error.place, reason: error.reason } });
    }
  }

  #readTag(tag: string, value: string, place: string): void {
    const rule = RULES.get(tag);
    if (rule !== undefined) this.#readAttributes(tag, value, place, rule);
    else if (tag === '') this.#readUri(value, place);
    else if (tag === 'EXT-X-STREAM-INF') this.#variantFollows = true;
    else if (tag === 'EXT-X-GAP') this.#gapFollows = true;
    else if (tag === 'EXT-X-PREFETCH') this.#add(value, place, PREFETCH);
    else if (tag === 'EXT-X-DEFINE') this.#define(value, place);
    else if (tag === 'EXT-X-SKIP') {
      const reason =
        'is a delta update (EXT-X-SKIP), which names only some segments: publish the whole playlist';
      throw new ManifestError('delta-playlist', reason, place);
    }
  }

  #readUri(value: string, place: string): void {
    const role = this.#variantFollows ? 'playlist' : 'by-extension';
    const optional = this.#gapFollows;
    this.#variantFollows = false;
    this.#gapFollows = false;
    this.#add(value, place, { attributes: [], role, optional });
  }

  #readAttributes(tag: string, value: string, place: string, rule: TagRule): void {
    const values = attributesOf(tag, value, place);
    if (rule.role === 'key' && values.get('METHOD') === 'NONE') return;
    const optional = rule.optional === true || values.get('GAP') === 'YES';
    for (const name of rule.attributes) {
      const text = values.get(name)?.trim() ?? '';
      if (text !== '') this.#add(text, place, { ...rule, optional });
      else if (rule.required)
        throw new ManifestError('invalid-manifest', `has an ${tag} without its ${name}`, place);
    }
  }

  #define(value: string, place: string): void {
    const values = attributesOf('EXT-X-DEFINE', value, place);
    const [name, text, imported] = [values.get('NAME'), values.get('VALUE'), values.get('IMPORT')];
    if (values.has('QUERYPARAM')) {
      const reason = 'takes a variable from the URL query (QUERYPARAM), which is unknown before publishing';
      throw new ManifestError('undefined-variable', reason, place);
    }
    if (imported !== undefined) {
      const inherited = this.#inherited.get(imported);
      if (inherited === undefined) {
        const reason = `imports the variable ${quote(imported)}, which the playlist above does not define`;
        throw new ManifestError('undefined-variable', reason, place);
      }
      this.variables.define(imported, inherited, place);
    } else if (name !== undefined && text !== undefined) {
      this.variables.define(name, this.variables.substitute(text, place), place);
    } else {
      const reason = 'has an EXT-X-DEFINE without NAME and VALUE, or IMPORT';
      throw new ManifestError('invalid-manifest', reason, place);
    }
  }

  #add(written: string, place: string, rule: TagRule): void {
    const text = this.variables.substitute(written, place);
    if (rule.external && isExternal(text)) return;
    const target = resolveReference(text, this.#base);
    if (isRefused(target)) {
      this.#push({ problem: { code: target.code, place, text, reason: target.reason } });
    } else {
      const role = rule.role === 'by-extension' ? roleByExtension(target, rule) : rule.role;
      this.#push({ reference: { place, text, targets: [target], role, optional: rule.optional === true } });
    }
  }

  #push(item: HlsReferences['items'][number]): void {
    if (this.items.length === MAX_REFERENCES) {
      throw new ManifestError('too-many', `has more than ${MAX_REFERENCES} references`);
    }
    this.items.push(item);
  }
}

function roleByExtension(target: LocalReference, rule: TagRule): FileRole {
  if (PLAYLIST_NAME.test(target.path)) return 'playlist';
  return rule.external ? 'other' : 'segment';
}

function attributesOf(tag: string, value: string, place: string): ReadonlyMap<string, string> {
  const { values, malformed } = readAttributes(value);
  if (malformed === undefined) return values;
  throw new ManifestError(
    'invalid-manifest',
    `has a malformed attribute list in ${tag}: ${malformed}`,
    place,
  );
}
