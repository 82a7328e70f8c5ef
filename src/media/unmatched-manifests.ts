import { readdir, stat } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { isInside } from './files/disk.js';
import type { FoundFile, FoundFiles } from './files/found-files.js';
import { workspacePath } from './files/workspace-path.js';
import { namesOf } from './glob/pattern.js';
import { isManifest, PackageCache, resolvePackage } from './resolve-package.js';

/** Folders that are looked into, manifests that are read, and bytes of the largest one: this is for a warning only. */
const MAX_FOLDERS = 1000;
const MAX_MANIFESTS = 50;
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Warns of media that are parts of a package whose manifest no pattern matches: with `*.mp4` over fragmented MP4, each
 * segment would be a medium. Manifests are looked for beside the media and in the folders above them.
 *
 * @param media those that are files of their own
 * @param found all that the patterns match
 * @param workspace absolute path, above which nothing is looked for
 * @throws the signal's reason when it is aborted
 */
export async function warnOfParts(
  media: readonly FoundFile[],
  found: FoundFiles,
  workspace: string,
  signal: AbortSignal,
): Promise<string[]> {
  const cache = new PackageCache(signal);
  const alone = new Set(media.map(({ path }) => path));
  const packages: { manifest: string; parts: string[] }[] = [];
  const nested = new Set<string>();
  for (const file of await manifestsAround(media, found, workspace)) {
    if (nested.has(file)) continue;
    const manifest = workspacePath(file, workspace);
    const { files } = await resolvePackage(file, { displayPath: manifest, cache });
    for (const part of files) if (part.role === 'playlist') nested.add(part.file);
    const named = files.map((part) =>
      found.at(posix.join(posix.dirname(manifest), part.relative), part.file),
    );
    const parts = named.flatMap((part) => (part !== undefined && alone.has(part.path) ? [part.path] : []));
    packages.push({ manifest, parts });
  }
  // A master beside its renditions names all that they name.
  packages.sort((a, b) => b.parts.length - a.parts.length);
  return packages.flatMap(({ manifest, parts }) => {
    const left = parts.filter((path) => alone.delete(path));
    return left.length === 0 ? [] : [warningOf(manifest, left)];
  });
}

/** Manifests that no pattern matches, in the folders of some files and above them; the upper ones come first. */
async function manifestsAround(
  files: readonly FoundFile[],
  found: FoundFiles,
  workspace: string,
): Promise<string[]> {
  const folders = new Set<string>();
  for (const { file } of files) {
    let folder = dirname(file);
    while (!folders.has(folder) && folders.size < MAX_FOLDERS) {
      folders.add(folder);
      if (folder !== workspace && isInside(workspace, folder)) folder = dirname(folder);
    }
  }
  const manifests: string[] = [];
  for (const folder of folders) {
    // What can't be listed has no manifest that could be published.
    for (const name of await readdir(folder).catch(() => [])) {
      const file = join(folder, name);
      if (name.startsWith('.') || isManifest(name) === undefined) continue;
      if (found.at(workspacePath(file, workspace), file) !== undefined) continue;
      if (manifests.length < MAX_MANIFESTS && (await isSmall(file))) manifests.push(file);
    }
  }
  return manifests.sort((a, b) => namesOf(a).length - namesOf(b).length || (a < b ? -1 : 1));
}

async function isSmall(file: string): Promise<boolean> {
  try {
    return (await stat(file)).size <= MAX_BYTES;
  } catch {
    // Neither has a link that leads nowhere.
    return false;
  }
}

function warningOf(manifest: string, [first, ...others]: readonly string[]): string {
  const remedy = `Add ${manifest} to files to publish the package instead.`;
  return others.length === 0
    ? `${first} is a part of ${manifest}, which no pattern matches, and is published on its own. ${remedy}`
    : `${first} and ${others.length} more are parts of ${manifest}, which no pattern matches, and each is published on its own. ${remedy}`;
}
