import { posix } from 'node:path';
import { extensionOf } from './media-types.js';

/** Types that are parts of packages; only `ts` is a medium of its own at times. */
const SEGMENT_TYPES = new Set(['m4s', 'cmfv', 'cmfa', 'cmft', 'ts', 'key', 'vtt', 'webvtt', 'm3u']);

/** A manifest that can't be published. */
export interface BrokenManifest {
  path: string;
  /** True when not even what it names could be read. */
  unread: boolean;
}

/**
 * Files that must not become media because a manifest in their folder or above it is broken: what it would
 * have named is not known, and its segments would be published one by one. Below one that could not be
 * read at all, that goes for playlists, too, which may well be its renditions.
 *
 * @param files paths that are left when the packages have taken theirs
 * @returns the files by the manifest that is to blame
 */
export function findOrphans(
  files: readonly string[],
  broken: readonly BrokenManifest[],
): Map<string, string[]> {
  const byFolder = (manifests: readonly BrokenManifest[]) =>
    new Map(manifests.map(({ path }) => [posix.dirname(path), path]));
  const all = byFolder(broken);
  const unread = byFolder(broken.filter((manifest) => manifest.unread));
  const orphans = new Map<string, string[]>();
  for (const path of files) {
    const type = extensionOf(path);
    const folder = posix.dirname(path);
    const manifest = SEGMENT_TYPES.has(type)
      ? nearest(folder, all)
      : type === 'm3u8' && folder !== posix.dirname(folder)
        ? nearest(posix.dirname(folder), unread)
        : undefined;
    if (manifest === undefined) continue;
    const others = orphans.get(manifest);
    if (others) others.push(path);
    else orphans.set(manifest, [path]);
  }
  return orphans;
}

/** The manifest in a folder or the nearest one above it. */
function nearest(start: string, manifests: ReadonlyMap<string, string>): string | undefined {
  for (let folder = start; ; folder = posix.dirname(folder)) {
    const manifest = manifests.get(folder);
    if (manifest !== undefined || folder === posix.dirname(folder)) return manifest;
  }
}
