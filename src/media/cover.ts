import { resolve } from 'node:path';
import type { Disk, FollowedStat } from './files/disk.js';
import type { FoundFiles } from './files/found-files.js';
import { isBelowGit } from './files/git-folder.js';
import { workspacePath } from './files/workspace-path.js';
import { expand, type Template } from './template.js';

/** The cover of a medium, or what was looked for. */
export interface CoverSearch {
  /** Workspace-relative path of the cover, as the globs tell it where they match it; absent when no candidate exists. */
  path?: string;
  file?: string;
  stat?: FollowedStat;
  /** What was tried in vain, in order: workspace-relative paths, and why where it is not that nothing is there. */
  tried: string[];
}

/** Where covers are looked for. */
export interface CoverSettings {
  /** Absolute path that templates start from. */
  workspace: string;
  /** What the globs matched. */
  found: FoundFiles;
  disk: Disk;
}

/**
 * Finds the cover of a medium: the first candidate that exists. A file is never its own cover, so that
 * covers which the globs match too don't stand in their own way.
 */
export async function findCover(
  templates: readonly Template[],
  path: string,
  { workspace, found, disk }: CoverSettings,
): Promise<CoverSearch> {
  const tried: string[] = [];
  for (const template of templates) {
    const file = resolve(workspace, expand(template, path));
    const candidate = workspacePath(file, workspace);
    if (candidate === path) continue;
    const stat = await disk.stat(file);
    // A link that leads nowhere is reported as it is; a candidate that is not there at all is passed over.
    if (stat.kind === 'not-a-file' || (stat.kind === 'missing' && !stat.link)) {
      tried.push(candidate);
      continue;
    }
    if (isBelowGit(disk.realOf(file), disk.root(workspace).real)) {
      tried.push(`${candidate} (in .git, from which nothing is published)`);
      continue;
    }
    const known = found.at(candidate, file)?.path ?? candidate;
    if (known !== path) return { path: known, file, stat, tried };
  }
  return { tried };
}

/**
 * Which of the media are no media of their own because they are the cover of another one.
 *
 * A cover may in turn have a cover by the same template (`a.jpg` for `b.jpg`). Only the cover of what
 * stays a medium is absorbed; in a circle the first in path order stays.
 *
 * @param covers path of the cover by path of the medium, in path order
 */
export function absorbedCovers(covers: ReadonlyMap<string, string>, paths: readonly string[]): Set<string> {
  const matched = new Set(paths);
  const mediaByCover = new Map<string, number>();
  for (const [medium, cover] of covers) {
    if (matched.has(medium) && matched.has(cover))
      mediaByCover.set(cover, (mediaByCover.get(cover) ?? 0) + 1);
  }
  const absorbed = new Set<string>();
  const decided = new Set<string>();
  const decide = (first: string): void => {
    let path: string | undefined = first;
    while (path !== undefined && !decided.has(path)) {
      decided.add(path);
      const cover = covers.get(path);
      if (cover === undefined || !matched.has(cover)) return;
      // A cover that was decided on as a medium is in a circle, and stays: its own cover has no other wearer.
      if (!absorbed.has(path) && !decided.has(cover)) absorbed.add(cover);
      const left = (mediaByCover.get(cover) ?? 0) - 1;
      mediaByCover.set(cover, left);
      path = left === 0 || absorbed.has(cover) ? cover : undefined;
    }
  };
  for (const path of paths) if (!mediaByCover.has(path)) decide(path);
  // What is left wears covers in a circle.
  for (const path of paths) if (!decided.has(path)) decide(path);
  return absorbed;
}
