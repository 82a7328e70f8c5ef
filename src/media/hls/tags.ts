import type { FileRole, Need } from '../package/reference.js';

/** How an attribute or line of a playlist names a file. */
export interface ReferenceRule {
  role: FileRole | 'by-extension';
  need: Need;
  /** URLs are left alone, since players fetch them from elsewhere. */
  external: boolean;
  /** The file is an asset list, which names more files. */
  assetList: boolean;
}

/** The attributes of a tag that name files. */
export interface TagRule {
  attributes: ReadonlyMap<string, ReferenceRule>;
  /** The tag means nothing without them. */
  required: boolean;
}

function rule(role: ReferenceRule['role'], more: Partial<ReferenceRule> = {}): ReferenceRule {
  return { role, need: 'required', external: false, assetList: false, ...more };
}

function uri(its: ReferenceRule, required = true): TagRule {
  return { attributes: new Map([['URI', its]]), required };
}

const KEY = uri(rule('key', { external: true }));
const PLAYLIST = uri(rule('playlist'));
const SEGMENT = uri(rule('segment'));

/** The tags whose attributes name files (RFC 8216bis section 4.4, EXT-X-IMAGE-STREAM-INF of Roku and DASH-IF). */
export const TAG_RULES: ReadonlyMap<string, TagRule> = new Map([
  ['EXT-X-KEY', KEY],
  ['EXT-X-SESSION-KEY', KEY],
  ['EXT-X-MAP', SEGMENT],
  ['EXT-X-PART', SEGMENT],
  ['EXT-X-PRELOAD-HINT', uri(rule('segment', { need: 'hint' }), false)],
  ['EXT-X-MEDIA', uri(rule('playlist'), false)],
  ['EXT-X-I-FRAME-STREAM-INF', PLAYLIST],
  ['EXT-X-IMAGE-STREAM-INF', PLAYLIST],
  ['EXT-X-RENDITION-REPORT', uri(rule('playlist', { need: 'hint' }), false)],
  ['EXT-X-SESSION-DATA', uri(rule('other', { external: true }), false)],
  [
    'EXT-X-DATERANGE',
    {
      attributes: new Map([
        ['X-ASSET-URI', rule('by-extension', { external: true })],
        ['X-ASSET-LIST', rule('other', { external: true, assetList: true })],
      ]),
      required: false,
    },
  ],
]);

/** The URI lines after EXT-X-STREAM-INF, EXT-X-GAP and any other tag, and what EXT-X-PREFETCH names. */
export const VARIANT = rule('playlist');
export const GAP = rule('by-extension', { need: 'optional' });
export const MEDIA = rule('by-extension');
export const PREFETCH = rule('segment', { need: 'hint' });

/** What an asset list names. */
export const ASSET = rule('by-extension', { external: true });

/** The same for a tag that says `GAP=YES`. */
export function inGap(its: ReferenceRule): ReferenceRule {
  return its.need === 'required' ? { ...its, need: 'optional' } : its;
}

/** Tags of multivariant playlists (RFC 8216 section 4.3.4 and its successor). */
const MULTIVARIANT_TAGS: ReadonlySet<string> = new Set([
  'EXT-X-MEDIA',
  'EXT-X-STREAM-INF',
  'EXT-X-I-FRAME-STREAM-INF',
  'EXT-X-IMAGE-STREAM-INF',
  'EXT-X-SESSION-DATA',
  'EXT-X-SESSION-KEY',
  'EXT-X-CONTENT-STEERING',
]);

/** Tags of media playlists (RFC 8216 sections 4.3.2 and 4.3.3 and their successors). */
const MEDIA_TAGS: ReadonlySet<string> = new Set([
  'EXTINF',
  'EXT-X-BYTERANGE',
  'EXT-X-DISCONTINUITY',
  'EXT-X-KEY',
  'EXT-X-MAP',
  'EXT-X-PROGRAM-DATE-TIME',
  'EXT-X-DATERANGE',
  'EXT-X-GAP',
  'EXT-X-PART',
  'EXT-X-TARGETDURATION',
  'EXT-X-MEDIA-SEQUENCE',
  'EXT-X-DISCONTINUITY-SEQUENCE',
  'EXT-X-ENDLIST',
  'EXT-X-PLAYLIST-TYPE',
  'EXT-X-I-FRAMES-ONLY',
  'EXT-X-PART-INF',
  'EXT-X-SERVER-CONTROL',
]);

/** The kind of playlist that a tag belongs to; undefined for one that may be in both. */
export function playlistKindOf(tag: string): 'multivariant' | 'media' | undefined {
  if (MULTIVARIANT_TAGS.has(tag)) return 'multivariant';
  return MEDIA_TAGS.has(tag) ? 'media' : undefined;
}
