import { basename, dirname, posix } from 'node:path';
import { resolveDash } from './dash/resolve.js';
import { Disk } from './files/disk.js';
import { LFS_POINTER_REASON } from './files/lfs-pointer.js';
import type { Problem } from './files/problem.js';
import { PlaylistCache, resolveHls } from './hls/resolve.js';
import { PackageBuilder, type PackageFile } from './package/builder.js';
import { ManifestError } from './package/manifest-error.js';

export type { PackageFile } from './package/builder.js';

/** A manifest with everything that a player will fetch for it. */
export interface ResolvedPackage {
  kind: 'hls' | 'dash';
  /** Without the manifest itself; sorted by `relative`, each once. */
  files: PackageFile[];
  warnings: string[];
  /** In the order of the manifests' lines, at most the first 20,000; empty for what can be published. */
  problems: Problem[];
}

/** What the packages of a run share: files that were looked at and playlists that were read. */
export class PackageCache {
  readonly disk: Disk;
  readonly playlists = new PlaylistCache();

  constructor(signal?: AbortSignal) {
    this.disk = new Disk(signal);
  }
}

/** The kind of package that a path is the manifest of, by its extension in any case. */
export function isManifest(path: string): 'hls' | 'dash' | undefined {
  const extension = posix.extname(path).toLowerCase();
  return extension === '.m3u8' ? 'hls' : extension === '.mpd' ? 'dash' : undefined;
}

/**
 * Finds the local files that a manifest names, directly or through other playlists, and checks that all
 * of them can be published. What is wrong with the package is in the result; nothing is thrown for it.
 * @param manifest absolute path
 * @param options.displayPath path below the workspace with `/`, for messages
 * @throws the signal's reason when it is aborted
 */
export async function resolvePackage(
  manifest: string,
  options: { displayPath: string; cache?: PackageCache; signal?: AbortSignal },
): Promise<ResolvedPackage> {
  const kind = isManifest(manifest);
  if (kind === undefined) throw new TypeError(`${manifest} is no manifest`);
  const { disk, playlists } = options.cache ?? new PackageCache(options.signal);
  const root = disk.root(dirname(manifest));
  const displayFolder = posix.dirname(options.displayPath);
  const builder = new PackageBuilder(disk, root, basename(manifest), displayFolder);
  try {
    await checkManifest(builder);
    if (kind === 'hls') await resolveHls(builder, playlists);
    else await resolveDash(builder);
    if (builder.files.size === 0 && builder.problems.length === 0) {
      throw new ManifestError('empty', 'names no file that exists, so there is nothing to publish');
    }
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    builder.refuse(error, builder.manifest);
  }
  builder.finish();
  const files = [...builder.files.values()].sort((a, b) => (a.relative < b.relative ? -1 : 1));
  const { warnings, problems } = builder;
  return { kind, files, warnings, problems };
}

async function checkManifest(builder: PackageBuilder): Promise<void> {
  const facts = (await builder.disk.statAll(builder.root, [builder.manifest])).get(builder.manifest);
  switch (facts?.kind) {
    case 'file':
      return;
    case 'not-a-file':
      throw new ManifestError('not-a-file', 'is no regular file');
    case 'lfs-pointer':
      throw new ManifestError('lfs-pointer', LFS_POINTER_REASON);
    case 'symlink-escape':
      throw new ManifestError('symlink-escape', 'is a symbolic link that leads out of its folder');
    case 'unreadable':
      throw new ManifestError('unreadable', `cannot be read: ${facts.detail}`);
    default:
      throw new ManifestError('missing', 'does not exist');
  }
}
