import { basename, dirname, posix } from 'node:path';
import { resolveDash } from './dash/resolve.js';
import { Disk } from './files/disk.js';
import type { Problem } from './files/problem.js';
import { PlaylistCache } from './hls/playlist-cache.js';
import { resolveHls } from './hls/resolve.js';
import { PackageBudget, RunBudget } from './package/budget.js';
import { PackageBuilder } from './package/builder.js';
import { faultOf } from './package/file-state.js';
import { LimitExceeded, ManifestError } from './package/manifest-error.js';
import { type PackageFile, SharedFiles } from './package/package-file.js';
import { TimeSlice } from './package/time-slice.js';

export type { PackageFile } from './package/package-file.js';

/** A manifest with everything that a player will fetch for it. */
export interface ResolvedPackage {
  kind: 'hls' | 'dash';
  /** Without the manifest itself; sorted by `relative`, each once. */
  files: readonly PackageFile[];
  warnings: string[];
  /** In the order of the manifests' lines, the first of them; empty for what can be published. */
  problems: Problem[];
  /** How many problems there are besides. */
  unlisted: number;
  /**
   * Manifests of which nothing is known that they name, the package's own or nested ones; as paths below the folder of
   * the package's manifest.
   */
  unread: ReadonlySet<string>;
}

/** What the packages of a run share. */
export class PackageCache {
  readonly budget = new RunBudget();
  readonly files = new SharedFiles();
  readonly slice: TimeSlice;
  readonly playlists: PlaylistCache;

  constructor(readonly signal?: AbortSignal) {
    this.slice = new TimeSlice(signal);
    this.playlists = new PlaylistCache(this.slice);
  }
}

/** The kind of package that a path is the manifest of, by its extension in any case. */
export function isManifest(path: string): 'hls' | 'dash' | undefined {
  const extension = posix.extname(path).toLowerCase();
  return extension === '.m3u8' ? 'hls' : extension === '.mpd' ? 'dash' : undefined;
}

/**
 * Finds the local files that a manifest names, directly or through other manifests, and checks that all
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
  const cache = options.cache ?? new PackageCache(options.signal);
  // What a package needed of the disk is forgotten with it.
  const disk = new Disk(cache.signal);
  const root = disk.root(dirname(manifest));
  cache.files.enter(root);
  const builder = new PackageBuilder({
    disk,
    root,
    manifest: basename(manifest),
    displayFolder: posix.dirname(options.displayPath),
    budget: new PackageBudget(cache.budget),
    slice: cache.slice,
    files: cache.files,
  });
  try {
    await checkManifest(builder);
    if (kind === 'hls') await resolveHls(builder, cache.playlists);
    else await resolveDash(builder);
    if (builder.files.size === 0 && builder.problems.length === 0) {
      throw new ManifestError('empty', 'names no file that exists, so there is nothing to publish');
    }
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    if (error instanceof LimitExceeded) builder.abandon(error);
    else builder.refuse(error, builder.manifest);
  }
  builder.finish();
  const files = [...builder.files.values()].sort((a, b) => (a.relative < b.relative ? -1 : 1));
  cache.files.keep(files);
  const { warnings, problems, unlisted, unread } = builder;
  return { kind, files, warnings, problems, unlisted, unread };
}

async function checkManifest(builder: PackageBuilder): Promise<void> {
  const { disk, root } = builder.context;
  const stats = (await disk.statAll(root, [builder.manifest])).get(builder.manifest) ?? { kind: 'missing' };
  const fault = faultOf(stats);
  if (fault === undefined) return;
  throw new ManifestError(fault.code, fault.code === 'missing' ? 'does not exist' : fault.reason);
}
