import { lstat, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { create } from '@actions/glob';
import { UserError } from '../errors.js';
import { type FoundFile, FoundFiles } from './files/found-files.js';
import { extensionOf, isKnownMediaType } from './media-types.js';

export interface Discovery {
  /** Sorted by path, each once, under the first name that it was found by; links that lead nowhere are among them. */
  files: FoundFile[];
  /** Patterns that include files and matched none. */
  unmatched: string[];
}

/**
 * Finds the files that the globs match.
 *
 * Each including pattern is searched with the exclusions that follow it. The union is what all of them
 * give together (a file counts when the last pattern that matches it includes it), and shows which
 * patterns matched nothing.
 *
 * @param globs one a line; `!` excludes, `#` starts a comment; relative to the workspace
 * @throws {UserError} for a pattern that is refused and for a folder that can't be read
 */
export async function discover(globs: string, workspace: string): Promise<Discovery> {
  const lines = globs
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const found = new FoundFiles();
  const unmatched: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.startsWith('!')) continue;
    const exclusions = lines.slice(index + 1).filter((other) => other.startsWith('!'));
    const files = await search([line, ...exclusions], workspace, line);
    if (files.length === 0) unmatched.push(line);
    for (const file of files) found.add({ file, path: workspacePath(file, workspace) });
  }
  const files = [...found].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return { files, unmatched };
}

/** The path of a file relative to the workspace, with `/`. */
export function workspacePath(file: string, workspace: string): string {
  return relative(workspace, file).split(sep).join('/');
}

async function search(patterns: string[], workspace: string, named: string): Promise<string[]> {
  const rooted = patterns.map((pattern) => rootPattern(pattern, workspace)).join('\n');
  const run = async (options: { followSymbolicLinks: boolean; omitBrokenSymbolicLinks: boolean }) => {
    const globber = await create(rooted, { ...options, matchDirectories: false });
    return globber.glob();
  };
  try {
    try {
      return await run({ followSymbolicLinks: true, omitBrokenSymbolicLinks: false });
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes('broken symbolic link')) throw error;
      // The search stops at the first broken link, whether it matches or not. Searched once more without
      // following links, those that do match show up and get an error of their own.
      const whole = await run({ followSymbolicLinks: true, omitBrokenSymbolicLinks: true });
      const unfollowed = await run({ followSymbolicLinks: false, omitBrokenSymbolicLinks: true }).catch(
        mediumWithoutName,
      );
      const broken = await Promise.all(
        unfollowed.map(async (file) => ((await isBroken(file)) ? [file] : [])),
      );
      return [...whole, ...broken.flat()];
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`files: the pattern ${JSON.stringify(named)} could not be searched: ${reason}`);
  }
}

/** A name that is not UTF-8 ends every search; where it looks like a medium it is one that can't be published. */
function mediumWithoutName(error: NodeJS.ErrnoException): string[] {
  if (error.code !== 'ENOENT' || error.path === undefined) throw error;
  return isKnownMediaType(extensionOf(error.path)) ? [error.path] : [];
}

async function isBroken(file: string): Promise<boolean> {
  try {
    if (!(await lstat(file)).isSymbolicLink()) return false;
    await stat(file);
    return false;
  } catch {
    // Whatever the reason is, it will be told when the file is looked at.
    return true;
  }
}

/** Roots a relative pattern in the workspace, whose own name may hold characters that globs know. */
function rootPattern(pattern: string, workspace: string): string {
  if (pattern.startsWith('!')) return `!${rootPattern(pattern.slice(1).trim(), workspace)}`;
  if (isAbsolute(pattern) || pattern.startsWith('~')) return pattern;
  const plain = pattern.replace(/^(\.[/\\])+/, '');
  const root = resolve(workspace);
  const escaped = (process.platform === 'win32' ? root : root.replaceAll('\\', '\\\\')).replace(
    /[[?*]/g,
    (char) => `[${char}]`,
  );
  return plain === '.' || plain === '' ? escaped : `${escaped}${sep}${plain}`;
}
