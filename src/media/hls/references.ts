import type { PackageBudget } from '../package/budget.js';
import { ManifestError } from '../package/manifest-error.js';
import type { FileRole, PackageReference, PlacedProblem } from '../package/reference.js';
import { isExternal, isRefused, type LocalReference, resolveReference } from '../package/relative-uri.js';
import type { Playlist, PlaylistEntry } from './playlist-reader.js';
import type { ReferenceRule } from './tags.js';
import type { HlsVariables } from './variables.js';

/** What a line of a playlist comes to. */
export type HlsItem =
  | {
      reference: PackageReference;
      /** True where the file names more files. */
      assetList: boolean;
    }
  | { problem: PlacedProblem };

const PLAYLIST_NAME = /\.m3u8?$/i;

/**
 * Finds everything that a playlist names, in the order of its lines. A line that needs no file is undefined.
 * @param folder of the playlist, below the top manifest's folder, empty or with a `/` at its end
 * @param variables of the playlist, which are filled on the way
 * @throws {LimitExceeded} when variables grow without bound
 */
export function* hlsItems(
  { entries }: Playlist,
  folder: string,
  variables: HlsVariables,
  budget: PackageBudget,
): Generator<HlsItem | undefined> {
  budget.spend('lines', entries.length);
  const base = { path: folder, raw: folder };
  for (const entry of entries) yield itemOf(entry, base, variables);
}

/** What a reference of a playlist or asset list means; undefined where it needs no file here. */
export function itemOfReference(
  text: string,
  rule: ReferenceRule,
  place: string,
  base: LocalReference,
): HlsItem | undefined {
  if (rule.external && isExternal(text)) return undefined;
  const target = resolveReference(text, base);
  if (isRefused(target)) {
    if (rule.need === 'hint') return undefined;
    return { problem: { code: target.code, place, text, reason: target.reason } };
  }
  const role = rule.role === 'by-extension' ? roleByExtension(target, rule) : rule.role;
  return { reference: { place, text, targets: [target], role, need: rule.need }, assetList: rule.assetList };
}

function itemOf(entry: PlaylistEntry, base: LocalReference, variables: HlsVariables): HlsItem | undefined {
  const place = `line ${entry.line}`;
  if ('problem' in entry) return { problem: { ...entry.problem, place } };
  try {
    if ('text' in entry)
      return itemOfReference(variables.substitute(entry.text, place), entry.rule, place, base);
    variables.define(entry.define, place);
    return undefined;
  } catch (error) {
    if (!(error instanceof ManifestError) || error.isFatal) throw error;
    return { problem: { code: error.code, place: error.place, reason: error.reason } };
  }
}

function roleByExtension(target: LocalReference, rule: ReferenceRule): FileRole {
  if (PLAYLIST_NAME.test(target.path)) return 'playlist';
  return rule.external ? 'other' : 'segment';
}
