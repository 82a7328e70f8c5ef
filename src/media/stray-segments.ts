import { posix } from 'node:path';
import { extensionOf } from './media-types.js';

/** Types that are parts of packages; only `ts` is a medium of its own at times. */
const SEGMENT_TYPES = new Set(['m4s', 'cmfv', 'cmfa', 'cmft', 'ts', 'key', 'vtt', 'webvtt', 'm3u']);

/**
 * Files that must not become media because a manifest in their folder or above it is broken: what it would
 * have named is not known, and its segments would be published one by one.
 *
 * @param files paths that are left when the packages have taken theirs
 * @param broken paths of refused manifests
 * @returns the files by the manifest that is to blame
 */
export function straySegments(files: readonly string[], broken: readonly string[]): Map<string, string[]> {
  const manifests = new Map(broken.map((path) => [posix.dirname(path), path]));
  const strays = new Map<string, string[]>();
  for (const path of files) {
    if (!SEGMENT_TYPES.has(extensionOf(path))) continue;
    const manifest = nearest(path, manifests);
    if (manifest === undefined) continue;
    const others = strays.get(manifest);
    if (others) others.push(path);
    else strays.set(manifest, [path]);
  }
  return strays;
}

function nearest(path: string, manifests: ReadonlyMap<string, string>): string | undefined {
  for (let folder = posix.dirname(path); ; folder = posix.dirname(folder)) {
    const manifest = manifests.get(folder);
    if (manifest !== undefined || folder === posix.dirname(folder)) return manifest;
  }
}
