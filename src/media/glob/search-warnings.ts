import { posix } from 'node:path';
import type { FoundFiles } from '../files/found-files.js';
import { reasonOf } from '../files/problem.js';
import { workspacePath } from '../files/workspace-path.js';
import { doubtOf } from './doubt.js';
import type { Pattern } from './pattern.js';
import type { Findings } from './search.js';

/** Paths that one warning names; of more it has the number. */
const MAX_NAMED = 10;

/** Characters of a path that a warning shows. */
const MAX_PATH = 300;

/** A pattern with a part that begins with a dot, `.` and `..` aside. */
const NAMES_HIDDEN = /(?:^!*\s*|[/\\])\.(?!\.?(?:[/\\]|$))/;

/**
 * What a search came upon that its user should know: what it could not look at, and exclusions without effect.
 * @param workspace absolute path
 */
export function searchWarnings(
  { unsearched, barred, effective, early }: Findings,
  patterns: readonly Pattern[],
  files: FoundFiles,
  workspace: string,
): string[] {
  const shown = (path: string): string => workspacePath(path, workspace) || '.';
  const byReason = new Map<string, string[]>();
  for (const { path, code } of unsearched.filter(({ named }) => !named)) {
    const reason = reasonOf(code);
    if (!byReason.get(reason)?.push(shown(path))) byReason.set(reason, [shown(path)]);
  }
  const warnings = [...byReason].map(
    ([reason, paths]) =>
      `Could not search ${listOf(paths.sort())}: ${reason}. Files there are not published.`,
  );
  if (barred.length > 0) {
    warnings.push(
      `Left out ${listOf(barred.map(shown).sort())}: by links into .git, from which nothing is published.`,
    );
  }
  if (files.size === 0) return warnings;
  for (const [index, { text, glob, excludes }] of patterns.entries()) {
    // What is hidden is left out anyway, and to exclude it is a good habit.
    if (!excludes || effective.has(index) || NAMES_HIDDEN.test(text)) continue;
    const doubt = doubtOf(glob, workspace);
    const reason = early.has(index)
      ? 'it stands above the patterns that match what it names. Write it below them'
      : doubt === undefined
        ? 'it excludes nothing that the patterns above it match. Check its spelling'
        : `it ${doubt}`;
    warnings.push(`files: the exclusion "${text}" has no effect: ${reason}.`);
  }
  return warnings;
}

/** What is to be said of paths by which files were found that are in the plan under another path. */
export function repetitionWarnings(repeated: ReadonlyMap<string, string>): string[] {
  if (repeated.size === 0) return [];
  const byFolders = new Map<string, string[]>();
  for (const [path, other] of repeated) {
    const isSameName = posix.basename(path) === posix.basename(other);
    const folders = isSameName ? `${posix.dirname(path)} (${posix.dirname(other)})` : '';
    const file = `${path} (${other})`;
    if (!byFolders.get(folders)?.push(file)) byFolders.set(folders, [file]);
  }
  // Where a link leads to a folder, the names in it say nothing more.
  const pairs = [...byFolders].flatMap(([folders, files]) =>
    folders === '' || files.length === 1 ? files : [folders],
  );
  const paths = listOf(pairs.sort());
  return [`By links, files are found under several paths, and count once: ${paths}.`];
}

/** Paths in a sentence. */
function listOf(paths: readonly string[]): string {
  const named = paths
    .slice(0, MAX_NAMED)
    .map((path) => (path.length > MAX_PATH ? `${path.slice(0, MAX_PATH)}…` : path));
  const more = paths.length - named.length;
  return named.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
