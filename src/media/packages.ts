import { basename, dirname, join, posix } from 'node:path';
import { absorb } from './absorb.js';
import type { FoundFile, FoundFiles } from './files/found-files.js';
import { hlsReferences } from './hls/references.js';
import { ManifestError } from './package/manifest-error.js';
import { isManifest, PackageCache, type ResolvedPackage, resolvePackage } from './resolve-package.js';

/** The packages among the matched files. */
export interface Packages {
  /** Those that are media, by the path of their manifest. */
  packages: Map<string, ResolvedPackage>;
  /** Paths of matched files that belong to a package, nested playlists among them. */
  absorbed: Set<string>;
}

/**
 * Resolves the manifests among the matched files that are media of their own. Playlists that another one
 * names are only read, not resolved, so that the time grows with the number of files and references.
 * @throws the signal's reason when it is aborted
 */
export async function resolvePackages(matched: FoundFiles, signal: AbortSignal): Promise<Packages> {
  const cache = new PackageCache(signal);
  const files = [...matched];
  const manifests = files.filter(({ path }) => isManifest(path) !== undefined);
  const found = new Map(manifests.map((manifest) => [manifest.path, manifest]));
  const named = new Map<string, string[]>();
  for (const manifest of manifests)
    named.set(manifest.path, await playlistsNamedBy(manifest, cache, matched));

  const paths = files.map(({ path }) => path);
  const resolved = new Map<string, ResolvedPackage>();
  const references = new Map<string, string[]>();
  let wanted = absorb([...found.keys()], named);
  // What the playlists name at first sight is not all: one can be named through another that was not
  // matched, or through a variable. So the packages themselves decide what is left to resolve.
  while (wanted.length > 0) {
    for (const path of wanted) {
      const { file } = found.get(path) as FoundFile;
      const result = await resolvePackage(file, { displayPath: path, cache });
      resolved.set(path, result);
      references.set(path, filesOf(path, result, matched));
    }
    wanted = absorb(paths, references).filter((path) => found.has(path) && !resolved.has(path));
  }
  const media = new Set(absorb(paths, references));
  return {
    packages: new Map([...resolved].filter(([path]) => media.has(path))),
    absorbed: new Set(paths.filter((path) => !media.has(path))),
  };
}

/** Workspace-relative paths of the playlists that a playlist names, under every name they may have. */
async function playlistsNamedBy(
  { file, path }: FoundFile,
  cache: PackageCache,
  matched: FoundFiles,
): Promise<string[]> {
  if (isManifest(path) !== 'hls') return [];
  const root = cache.disk.root(dirname(file));
  const name = basename(file);
  const facts = (await cache.disk.statAll(root, [name])).get(name);
  const lines = facts?.kind === 'file' ? await cache.playlists.read(file) : [];
  if (lines instanceof ManifestError) return [];
  try {
    return hlsReferences(lines, '', new Map()).items.flatMap((item) =>
      'reference' in item && item.reference.role === 'playlist'
        ? item.reference.targets.flatMap((target) =>
            [target.path, target.raw].map((name) => besides(path, name, join(dirname(file), name), matched)),
          )
        : [],
    );
  } catch (error) {
    if (error instanceof ManifestError) return [];
    throw error;
  }
}

function filesOf(manifest: string, { files }: ResolvedPackage, matched: FoundFiles): string[] {
  return files.map(({ file, relative }) => besides(manifest, relative, file, matched));
}

/** Workspace-relative path of a file that is named relative to a manifest; the one by which it was matched, if it was. */
function besides(manifest: string, relative: string, file: string, matched: FoundFiles): string {
  const path = posix.join(posix.dirname(manifest), relative);
  return matched.at(path, file)?.path ?? path;
}
