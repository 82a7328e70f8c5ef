import { homedir } from 'node:os';
import { isAbsolute, normalize, parse, resolve, sep } from 'node:path';
import { create } from '@actions/glob';
import { GLOBSTAR, Minimatch } from 'minimatch';
import { UserError } from '../../errors.js';
import { isInside } from '../files/disk.js';

const WINDOWS = process.platform === 'win32';

/** The part of a pattern that takes any one name: `*`, or what a `/` at the end of a pattern asks for. */
export const ANY = Symbol('*');

/** One part of a pattern; `GLOBSTAR` takes any number of names. */
export type Part = string | RegExp | typeof ANY | typeof GLOBSTAR;

/** One line of `files`. */
export interface Pattern {
  /** As it was written. */
  text: string;
  /** The same without the `!` of an exclusion. */
  glob: string;
  /** True for a line that begins with `!`. */
  excludes: boolean;
  /** The root of its file system: `/`, or a drive. */
  root: string;
  /** The names of the literal path that it begins with, the root of the file system first. */
  start: readonly string[];
  /**
   * What the names of a path have to match one after the other, the root of the file system first. The last part is
   * always `GLOBSTAR`: a pattern that matches a folder takes everything below it.
   */
  parts: readonly Part[];
  /** True for a path without wildcards. */
  literal: boolean;
  /** True where wildcards take names that begin with a dot. */
  dot: boolean;
  /** Index of the first part from which on everything below a folder matches. */
  tail: number;
}

/**
 * Reads a pattern as `@actions/glob` does, which also decides what is one. The options are its own, but that wildcards
 * take no hidden files. Exclusions do, since who excludes a folder means all of it.
 *
 * @param line without blanks around it, neither empty nor a comment
 * @param workspace absolute path that relative patterns start from
 * @param lenient true for a pattern that takes hidden files as well and ignores the case of names below the workspace
 * @throws {UserError} for what is not a pattern
 */
export async function readPattern(line: string, workspace: string, lenient = false): Promise<Pattern> {
  let glob = line;
  let excludes = false;
  while (glob.startsWith('!')) {
    excludes = !excludes;
    glob = glob.slice(1).trim();
  }
  const rooted = rootPattern(glob, workspace);
  const dot = excludes || lenient;
  try {
    const [start = ''] = (await create(rooted)).getSearchPaths();
    const parts = partsOf(rooted, { dot, nocase: WINDOWS || lenient });
    return {
      text: line,
      glob,
      excludes,
      root: WINDOWS ? parse(start).root.toUpperCase() : parse(start).root,
      start: namesOf(lenient && isInside(workspace, start) ? workspace : start),
      parts,
      literal: namesOf(start).length === namesOf(normalize(rooted)).length,
      dot,
      tail: tailOf(parts),
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`files: the pattern ${JSON.stringify(line)} could not be searched: ${reason}`);
  }
}

/** The names of an absolute path, the root of the file system first. */
export function namesOf(path: string): string[] {
  const names = path.split(sep);
  return names.at(-1) === '' ? names.slice(0, -1) : names;
}

/** The form of a name in which the names of a file system without case are compared. */
export function foldName(name: string): string {
  return WINDOWS ? name.toLowerCase() : name;
}

function partsOf(rooted: string, options: { dot: boolean; nocase: boolean }): Part[] {
  const slashed = WINDOWS ? rooted.replaceAll('\\', '/') : rooted;
  const { set, globParts } = new Minimatch(slashed, {
    ...options,
    nobrace: true,
    nocomment: true,
    noext: true,
    nonegate: true,
  });
  const written = globParts[0] ?? [];
  const parts: Part[] = (set[0] ?? []).map((part, index) => {
    if (typeof part === 'string') return foldName(part);
    return part !== GLOBSTAR && /^\*+$/.test(written[index] ?? '') ? ANY : part;
  });
  const onlyFolders = parts.at(-1) === '';
  while (parts.length > 1 && (parts.at(-1) === '' || parts.at(-1) === GLOBSTAR)) parts.pop();
  return onlyFolders ? [...parts, ANY, GLOBSTAR] : [...parts, GLOBSTAR];
}

function tailOf(parts: readonly Part[]): number {
  let tail = parts.length;
  for (let names = 0; tail > 0; tail -= 1) {
    const part = parts[tail - 1];
    if (part === ANY) names += 1;
    if (names > 1 || (part !== ANY && part !== GLOBSTAR)) break;
  }
  return tail;
}

/** Roots a pattern where it starts: in the workspace, in the home folder, or on the drive of the workspace. */
function rootPattern(pattern: string, workspace: string): string {
  if (/^~(?=[/\\]|$)/.test(pattern)) return escapePath(homedir()) + pattern.slice(1);
  const onDrive = WINDOWS && /^[/\\](?![/\\])/.test(pattern);
  if (onDrive) return parse(resolve(workspace)).root + pattern.slice(1);
  if (isAbsolute(pattern)) return pattern;
  const plain = pattern.replace(/^(\.[/\\])+/, '');
  const root = escapePath(resolve(workspace));
  return plain === '.' || plain === '' ? root : `${root}${sep}${plain}`;
}

/** A path as a pattern that matches nothing else, whatever signs are in it. */
export function escapePath(path: string): string {
  return (WINDOWS ? path : path.replaceAll('\\', '\\\\')).replace(/[[?*]/g, (sign) => `[${sign}]`);
}
