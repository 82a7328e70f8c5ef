import { isInside } from './disk.js';

const IN_GIT = /[\\/]\.git(?:[\\/]|$)/i;

/** Where git-annex keeps the files that a working tree has links to. */
const ANNEXED = /[\\/]\.git[\\/](?:.+[\\/])?annex[\\/]objects[\\/]/i;

/**
 * True for what lies in `.git`, where nothing is published from: `.git/config` has held the job's token. The files of
 * git-annex, which are kept there and linked to, don't count.
 * @param path absolute path with links followed
 * @param workspace likewise; what is above it says nothing about the files in it
 */
export function isBelowGit(path: string, workspace: string): boolean {
  const below = isInside(workspace, path) ? path.slice(workspace.length) : path;
  return IN_GIT.test(below) && !ANNEXED.test(below);
}
