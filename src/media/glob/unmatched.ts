import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { doubtOf } from './doubt.js';
import { MatchState } from './match-state.js';
import { escapePath, namesOf, type Pattern, readPattern } from './pattern.js';
import { search } from './search.js';

/** Folders that are looked at to find out why patterns match nothing. */
const MAX_FOLDERS = 5000;

/** Patterns for which the disk is searched again. */
const MAX_SEARCHED = 20;

/**
 * Says of patterns that they match nothing, and why, as far as that can be guessed: what they would match if case and
 * dots did not count, a sign that looks wrong, a folder that is not there.
 * @param workspace absolute path
 * @param shown the workspace-relative form of an absolute path
 * @returns a sentence for each pattern
 */
export async function explainUnmatched(
  patterns: readonly Pattern[],
  workspace: string,
  shown: (path: string) => string,
): Promise<string[]> {
  const nearby = await nearMisses(patterns.slice(0, MAX_SEARCHED), workspace);
  return patterns.map((pattern, index) => {
    const near = nearby[index];
    const reason =
      reasonOfGit(pattern) ??
      reasonOfName(pattern, workspace) ??
      (near === undefined ? undefined : reasonOfNearMiss(pattern, near, shown)) ??
      reasonOfSign(pattern, workspace) ??
      reasonOfStart(pattern, shown);
    return `"${pattern.text}" matches no file${reason === undefined ? '' : `: ${reason}`}.`;
  });
}

/** For each pattern the first file that it would match if neither case nor dots counted. */
async function nearMisses(patterns: readonly Pattern[], workspace: string): Promise<(string | undefined)[]> {
  const lenient = await Promise.all(patterns.map(({ glob }) => readPattern(glob, workspace, true)));
  const { matches } = await search(lenient, workspace, MAX_FOLDERS);
  const files = matches.sort((a, b) => (a.file < b.file ? -1 : 1));
  return patterns.map((_, index) => files.find((match) => match.patterns.includes(index))?.file);
}

function reasonOfGit({ glob }: Pattern): string | undefined {
  return /(?:^|[\\/])\.git(?:[\\/]|$)/i.test(glob) ? 'nothing is published from .git' : undefined;
}

/** Brackets and other signs in a file's name are signs of a pattern as well. */
function reasonOfName({ glob }: Pattern, workspace: string): string | undefined {
  if (escapePath(glob) === glob || !existsSync(resolve(workspace, glob))) return undefined;
  return `its signs match other names than the one that it is; write ${escapePath(glob)}`;
}

function reasonOfNearMiss(pattern: Pattern, near: string, shown: (path: string) => string): string {
  const names = namesOf(near);
  if (names.reduce((state, name) => state.after(name), MatchState.before([pattern])).matching.length > 0) {
    return `exclusions below it take all that it matches, such as ${shown(near)}`;
  }
  return names.slice(pattern.start.length).some((name) => name.startsWith('.'))
    ? `what it could match is hidden, such as ${shown(near)}, and only a part that begins with a dot matches that`
    : `upper and lower case count, and there is ${shown(near)}`;
}

function reasonOfSign({ glob }: Pattern, workspace: string): string | undefined {
  const doubt = doubtOf(glob, workspace);
  return doubt === undefined ? undefined : `it ${doubt}`;
}

/** The first folder on the way to where the wildcards begin that is not there. */
function reasonOfStart({ root, start }: Pattern, shown: (path: string) => string): string | undefined {
  const folders = start.map((_, index) => join(root, ...start.slice(1, index + 1)));
  const missing = folders.find((folder) => !existsSync(folder));
  return missing === undefined ? undefined : `there is no ${shown(missing)}`;
}
