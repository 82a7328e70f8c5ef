import { closeSync, constants, existsSync, lstatSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tree } from './lay-out.js';

/*
 * What the file system of the tests can do. The reasons are for the `skip` of single tests: false where there
 * is nothing in the way.
 */

const WINDOWS = process.platform === 'win32';

/** Why no symbolic links can be made: Windows lets only administrators and developer mode make them. */
export const noSymlinks: string | false =
  WINDOWS && !probe(linkIsMade) && 'this account may make no symbolic links';

/** Why no named pipe can be made in a folder. */
export const noPipes: string | false = WINDOWS && 'Windows has no named pipes in folders';

/** Why nobody can keep others from reading a file by having it open. */
export const noLocks: string | false = !WINDOWS && 'an open file can be read by all here';

/** Opens a file so that nobody else can, on Windows; returns what closes it. */
export function lock(file: string): () => void {
  const UV_FS_O_EXLOCK = 0x10000000;
  const handle = openSync(file, constants.O_RDWR | UV_FS_O_EXLOCK);
  return () => closeSync(handle);
}

/** Why names that differ in case are names of two files. */
export const caseCounts: string | false =
  !probe((folder) => sameName(folder, 'a', 'A')) && 'the file system tells upper from lower case';

/** Why names that differ in their Unicode form are names of two files. */
export const formCounts: string | false =
  !probe((folder) => sameName(folder, 'e\u0301', '\u00e9')) && 'the file system tells é from e with an accent';

/** Why a file can't have a name, or a path with `/`, here. */
export function refusesName(path: string): string | false {
  if (!WINDOWS) return false;
  const refused = path.split('/').some((name) => /[<>:"|?*\\\p{Cc}]|[. ]$/u.test(name) && !/^\.\.?$/.test(name));
  return refused && `Windows takes no name like ${JSON.stringify(path)}`;
}

/** Why a tree can't be laid out here. */
export function refusesTree(tree: Tree): string | false {
  for (const [name, entry] of Object.entries(tree)) {
    const links = typeof entry === 'object' && 'symlink' in entry;
    const pipes = typeof entry === 'object' && 'fifo' in entry;
    const reason = refusesName(name) || (links && noSymlinks) || (pipes && noPipes);
    if (reason) return reason;
  }
  return false;
}

function probe(question: (folder: string) => boolean): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'probe-'));
  try {
    return question(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function linkIsMade(folder: string): boolean {
  const link = join(folder, 'link');
  try {
    symlinkSync('target', link);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return false;
    throw error;
  }
  return lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function sameName(folder: string, name: string, other: string): boolean {
  writeFileSync(join(folder, name), '');
  return existsSync(join(folder, other));
}
