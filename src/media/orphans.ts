import { dirname, join, posix } from 'node:path';
import type { FoundFile } from './files/found-files.js';
import type { Problem } from './files/problem.js';
import { isPartType, mayBeSegment, typeOf } from './package/file-types.js';
import { TimeSlice } from './package/time-slice.js';
import { type Claim, PartIndex } from './part-index.js';
import { isManifest, type ResolvedPackage } from './resolve-package.js';

/**
 * Finds the files that must not become media because they may belong to a package that is broken: to segments that it
 * names beyond what was looked at, and to all that a manifest would have named that can't be read.
 *
 * What a manifest names is looked for in its text, so that a film beside a broken package is not mistaken for a part
 * of it. Where there is no text (a file that is missing, unreadable, empty), what lies beside and below and looks like
 * a segment is held back, and playlists below an HLS manifest that are not multivariant ones.
 *
 * @param files those that are left when the packages have taken theirs, in path order
 * @param packages by the paths of their manifests
 * @returns the manifest that is to blame, by the path of the file
 * @throws the signal's reason when it is aborted
 */
export async function findOrphans(
  files: readonly FoundFile[],
  packages: ReadonlyMap<string, ResolvedPackage>,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const orphans = new Map<string, string>();
  const broken = files.filter(({ path }) => (packages.get(path)?.problems.length ?? 0) > 0);
  if (broken.length === 0) return orphans;
  const index = new PartIndex(signal);
  for (const manifest of broken) {
    signal.throwIfAborted();
    await indexPackage(index, manifest, packages.get(manifest.path) as ResolvedPackage);
  }
  const slice = new TimeSlice(signal);
  for (const { path, problem } of files) {
    // What can't be published anyway is better refused for its own reason.
    if (problem !== undefined) continue;
    const resolved = packages.get(path);
    if (resolved !== undefined && resolved.problems.length > 0) continue;
    const claim = resolved ? claimOfPackage(index, path, resolved) : claimOfFile(index, path);
    if (claim !== undefined) orphans.set(path, claim);
    if (slice.isOver) await slice.next();
  }
  return orphans;
}

/** Why a file is not published that may belong to a package which can't be. */
export function withheldBy(manifest: string, path: string): Problem {
  const message =
    `${path} may be a part of ${manifest}, which can't be published, and so is not published on its own. ` +
    'Mend that package; or, if this is a medium of its own, match it by a pattern that leaves that manifest out.';
  return { code: 'withheld', message };
}

async function indexPackage(
  index: PartIndex,
  { file, path }: FoundFile,
  resolved: ResolvedPackage,
): Promise<void> {
  const folder = posix.dirname(path);
  const name = posix.basename(path);
  const texts = new Set<string>();
  index.addBroken(path);
  const nested = resolved.files.filter(({ role }) => role === 'playlist').map(({ relative }) => relative);
  for (const relative of [name, ...nested]) {
    if (resolved.unread.has(relative)) continue;
    const kind = isManifest(relative) ?? resolved.kind;
    const text = { file: join(dirname(file), relative), path: posix.join(folder, relative), kind };
    if (!(await index.addText(text, path, texts))) index.addUnread(text.path, path, false);
  }
  for (const relative of resolved.unread) {
    const mayBeMultivariant = relative === name && resolved.kind === 'hls';
    index.addUnread(posix.join(folder, relative), path, mayBeMultivariant);
  }
}

function claimOfFile(index: PartIndex, path: string): Claim | undefined {
  if (isPartType(path)) return index.brokenAbove(path) ?? index.namedBy(path);
  const named = index.namedBy(path);
  if (named !== undefined || !mayBeSegment(path)) return named;
  return index.unreadAround(path, typeOf(path) === 'ts');
}

/** A package of its own is one unless a broken manifest names it, or may be the multivariant playlist above it. */
function claimOfPackage(index: PartIndex, path: string, { kind, files }: ResolvedPackage): Claim | undefined {
  const named = index.exactlyNamedBy(path);
  if (named !== undefined || kind === 'dash') return named;
  return files.some(({ role }) => role === 'playlist') ? undefined : index.unreadHlsAbove(path);
}
