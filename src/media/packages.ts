import { basename, dirname, join, posix } from 'node:path';
import { absorb } from './absorb.js';
import { Disk } from './files/disk.js';
import type { FoundFile, FoundFiles } from './files/found-files.js';
import { hlsItems } from './hls/references.js';
import { HlsVariables } from './hls/variables.js';
import { PackageBudget } from './package/budget.js';
import { LimitExceeded, ManifestError } from './package/manifest-error.js';
import {
  isManifest,
  PackageCache,
  type PackageFile,
  type ResolvedPackage,
  resolvePackage,
} from './resolve-package.js';

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
export async function resolvePackages(found: FoundFiles, signal: AbortSignal): Promise<Packages> {
  const cache = new PackageCache(signal);
  const matched = new MatchedFiles(found);
  const files = [...found];
  const manifests = files.filter(({ path }) => isManifest(path) !== undefined);
  const byPath = new Map(manifests.map((manifest) => [manifest.path, manifest]));
  const named = new Map<string, string[]>();
  for (const manifest of manifests)
    named.set(manifest.path, await playlistsNamedBy(manifest, cache, matched));

  const paths = files.map(({ path }) => path);
  const resolved = new Map<string, ResolvedPackage>();
  const references = new Map<string, string[]>();
  let wanted = absorb([...byPath.keys()], named);
  // What the playlists name at first sight is not all: one can be named through another that was not
  // matched, or through a variable. So the packages themselves decide what is left to resolve.
  while (wanted.length > 0) {
    for (const path of byFolder(wanted)) {
      const { file } = byPath.get(path) as FoundFile;
      const result = await resolvePackage(file, { displayPath: path, cache });
      resolved.set(path, result);
      references.set(
        path,
        result.files.map((named) => matched.pathOf(path, named)),
      );
    }
    wanted = absorb(paths, references).filter((path) => byPath.has(path) && !resolved.has(path));
  }
  const media = new Set(absorb(paths, references));
  return {
    packages: new Map([...resolved].filter(([path]) => media.has(path))),
    absorbed: new Set(paths.filter((path) => !media.has(path))),
  };
}

/** Paths so that those of one folder follow each other. */
function byFolder(paths: readonly string[]): string[] {
  const folders = new Map<string, string[]>();
  for (const path of paths) {
    const folder = posix.dirname(path);
    const others = folders.get(folder);
    if (others) others.push(path);
    else folders.set(folder, [path]);
  }
  return [...folders.values()].flat();
}

/** The matched files, under every name by which a package may name them. */
class MatchedFiles {
  readonly #files: FoundFiles;
  /** Packages of one folder share their files. */
  readonly #paths = new WeakMap<PackageFile, string>();

  constructor(files: FoundFiles) {
    this.#files = files;
  }

  /** Workspace-relative path of a file of a package; the one by which it was matched, if it was. */
  pathOf(manifest: string, file: PackageFile): string {
    const known = this.#paths.get(file) ?? this.besides(manifest, file.relative, file.file);
    this.#paths.set(file, known);
    return known;
  }

  /** The same for what is named relative to a manifest. */
  besides(manifest: string, relative: string, file: string): string {
    const path = posix.join(posix.dirname(manifest), relative);
    return this.#files.at(path, file)?.path ?? path;
  }
}

/** Workspace-relative paths of the playlists that a playlist names, under every name they may have. */
async function playlistsNamedBy(
  { file, path }: FoundFile,
  cache: PackageCache,
  matched: MatchedFiles,
): Promise<string[]> {
  if (isManifest(path) !== 'hls') return [];
  const disk = new Disk(cache.signal);
  const name = basename(file);
  const stats = (await disk.statAll(disk.root(dirname(file)), [name])).get(name);
  if (stats?.kind !== 'file') return [];
  const budget = new PackageBudget(cache.budget);
  const names = new Set<string>();
  try {
    const playlist = await cache.playlists.read(file, budget);
    if (playlist instanceof ManifestError) return [];
    for (const item of hlsItems(playlist, '', new HlsVariables(new Map(), budget), budget)) {
      if (item === undefined || !('reference' in item) || item.reference.role !== 'playlist') continue;
      budget.spend('references', 1);
      for (const target of item.reference.targets) names.add(target.path).add(target.raw);
    }
  } catch (error) {
    // Whatever is too much for it at first sight is so again, and told, when the package is resolved.
    if (!(error instanceof LimitExceeded)) throw error;
  }
  return [...names].map((name) => matched.besides(path, name, join(dirname(file), name)));
}
