import type { Dirent } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { isInside } from '../files/disk.js';
import { isBelowGit } from '../files/git-folder.js';
import { joinRaw, type RawPath, textOf } from './file-name.js';
import { MatchState } from './match-state.js';
import { foldName, namesOf, type Pattern } from './pattern.js';

/** A file that patterns match: whatever is not a folder, a link that leads nowhere included. */
export interface Match {
  /** Absolute path. Where `raw` is not text, it shows bytes that are not UTF-8 as `\xHH`. */
  file: string;
  raw: RawPath;
  /** The path with the links to its folder followed. */
  place: string;
  /** Where the file is a link: what it leads to. Absent as well for links that lead nowhere. */
  target?: string;
  /** True for a link, and for what was found by following one below the workspace. */
  linked: boolean;
  /** Patterns that match it and that no later exclusion takes it from. */
  patterns: number[];
}

/** A folder that could not be searched, or a link that could not be followed. */
export interface Unsearched {
  path: string;
  /** Code of the error of the file system. */
  code: string;
  /** True where a pattern names the folder itself. */
  named: boolean;
}

/** What a search came to. Patterns are known by their indices. */
export interface Findings {
  /** In no particular order. */
  matches: Match[];
  /** Patterns that include files and matched some that no later exclusion took. */
  found: Set<number>;
  /** Exclusions that took something from a pattern before them. */
  effective: Set<number>;
  /** Exclusions that match what patterns after them match. */
  early: Set<number>;
  unsearched: Unsearched[];
  /** Links to folders that were searched under another path, and where those lie with all links followed. */
  repeated: { path: string; real: string }[];
  /** Links that match, or lead to a folder below which something might, and that were not followed into `.git`. */
  barred: string[];
}

interface Folder {
  path: string;
  raw: RawPath;
  /** The path with links followed. */
  real: string;
  state: MatchState;
  linked: boolean;
  /** True in `.git`. */
  barred: boolean;
}

type Kind = Pick<Dirent, 'isDirectory' | 'isSymbolicLink'>;

interface Entry {
  /** As text, like the name of a {@link Match}. */
  name: string;
  raw: RawPath;
  /** Or the code of the error where the system does not say. */
  kind: Kind | string;
  /** The path with links followed and the name as it is on disk, where the listing does not have it. */
  real?: string;
}

/** Codes that mean that nothing is there, or nothing any more. */
const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EINVAL']);

/**
 * Finds what patterns match, in one walk for all of them. Links to folders are followed; a folder is searched once for
 * the same patterns, however many links lead to it. Nothing in `.git` is found, and folders that an exclusion takes as
 * a whole are not looked at. Nothing is thrown for what can't be looked at.
 *
 * @param workspace absolute path
 * @param folders how many are looked at before the search is given up
 */
export async function search(
  patterns: readonly Pattern[],
  workspace: string,
  folders = Number.POSITIVE_INFINITY,
): Promise<Findings> {
  const walk = new Walk(patterns, workspace, await realpath(workspace).catch(() => workspace));
  await walk.through(folders);
  return walk.findings;
}

class Walk {
  readonly findings: Findings = {
    matches: [],
    found: new Set(),
    effective: new Set(),
    early: new Set(),
    unsearched: [],
    repeated: [],
    barred: [],
  };
  readonly #patterns: readonly Pattern[];
  readonly #workspace: string;
  readonly #realWorkspace: string;
  readonly #excludes: boolean;
  readonly #folders: Folder[];
  /** Folders behind links, for when no others are left: files are found by their own paths first. */
  readonly #linked: Folder[] = [];
  readonly #searched = new Set<string>();

  constructor(patterns: readonly Pattern[], workspace: string, realWorkspace: string) {
    this.#patterns = patterns;
    this.#workspace = workspace;
    this.#realWorkspace = realWorkspace;
    this.#excludes = patterns.some(({ excludes }) => excludes);
    const before = MatchState.before(patterns);
    this.#folders = [...new Set(patterns.map(({ root }) => root))].flatMap((root) => {
      const state = namesOf(root).reduce((reached, name) => reached.after(name), before).below;
      const folder = { path: root, raw: root, real: root, linked: false, barred: false };
      return state === undefined ? [] : [{ ...folder, state }];
    });
  }

  async through(folders: number): Promise<void> {
    for (let folder = this.#next(); folder !== undefined; folder = this.#next()) {
      if (this.#searched.size >= folders) return;
      const { path, real, state } = folder;
      const key = `${real}\n${state.key}`;
      if (this.#searched.has(key)) this.findings.repeated.push({ path, real });
      else for (const entry of await this.#entriesOf(folder)) await this.#visit(folder, entry);
      this.#searched.add(key);
    }
  }

  #next(): Folder | undefined {
    return this.#folders.pop() ?? this.#linked.shift();
  }

  /** What a folder has of what is asked for. */
  async #entriesOf({ path, raw, state }: Folder): Promise<Iterable<Entry>> {
    const entries = new Map<string, Entry>();
    if (state.needsListing) {
      try {
        for (const entry of await list(raw)) entries.set(entry.name, entry);
      } catch (error) {
        this.#pass(path, codeOf(error));
      }
    }
    const listed = new Set([...entries.keys()].map(foldName));
    for (const name of state.literalNames) {
      // A file system without case may have what its listing names in another way.
      if (listed.has(foldName(name))) continue;
      const entry = await lookUp(joinRaw(raw, name), name);
      if (entry !== undefined) entries.set(name, entry);
    }
    return entries.values();
  }

  async #visit(folder: Folder, { name, raw, kind, real = join(folder.real, name) }: Entry): Promise<void> {
    const path = join(folder.path, name);
    const state = folder.state.after(name);
    const matching = state.matching;
    if (this.#excludes) this.#noteExclusions(state, matching, kind);
    const excluded = Math.max(-1, ...matching.filter((index) => this.#patterns[index]?.excludes));
    const found = matching.filter((index) => index > excluded);
    const below = state.below;
    const barred = (folder.barred || name.toLowerCase() === '.git') && path !== this.#workspace;
    if ((found.length === 0 && below === undefined) || (barred && !isInside(path, this.#workspace))) return;

    const linked = folder.linked && path !== this.#workspace;
    const entry = { path, raw, real, linked };
    if (typeof kind === 'string') {
      if (found.length > 0) this.#add(entry, found);
      else this.#pass(path, kind);
    } else if (kind.isSymbolicLink()) {
      await this.#follow(entry, found, below);
    } else if (!kind.isDirectory()) {
      this.#add(entry, found);
    } else if (below !== undefined) {
      this.#folders.push({ ...entry, state: below, barred });
    }
  }

  async #follow(
    entry: Omit<Folder, 'state' | 'barred'>,
    found: number[],
    below: MatchState | undefined,
  ): Promise<void> {
    const { path, raw } = entry;
    const linked = path !== this.#workspace;
    try {
      const isFolder = (await stat(raw)).isDirectory();
      const real = await realpath(raw);
      if (isBelowGit(real, this.#realWorkspace)) this.findings.barred.push(path);
      else if (!isFolder) this.#add({ ...entry, linked }, found, real);
      else if (below !== undefined)
        this.#linked.push({ ...entry, real, linked, state: below, barred: false });
    } catch (error) {
      const code = codeOf(error);
      // A link that leads nowhere is a file that can't be read where it matches, and nothing where it does not.
      if (found.length > 0) this.#add({ ...entry, linked }, found);
      else if (!ABSENT.has(code)) this.#pass(path, code);
    }
  }

  #add(
    { path, raw, real, linked }: Omit<Folder, 'state' | 'barred'>,
    found: number[],
    target?: string,
  ): void {
    if (found.length === 0) return;
    for (const index of found) this.findings.found.add(index);
    this.findings.matches.push({
      file: path,
      raw,
      place: real,
      linked,
      patterns: found,
      ...(target === undefined ? {} : { target }),
    });
  }

  /** Passes over what can't be looked at. */
  #pass(path: string, code: string): void {
    const names = namesOf(path).join(sep);
    const naming = [...this.#patterns.keys()].filter((index) => {
      const { excludes, start, tail } = this.#patterns[index] as Pattern;
      return !excludes && tail <= start.length && start.join(sep) === names;
    });
    for (const index of naming) this.findings.found.add(index);
    this.findings.unsearched.push({ path, code, named: naming.length > 0 });
  }

  #noteExclusions(state: MatchState, matching: readonly number[], kind: Kind | string): void {
    const isFile = typeof kind === 'string' || !(kind.isDirectory() || kind.isSymbolicLink());
    const excludes = (index: number): boolean => this.#patterns[index]?.excludes === true;
    const taken = matching.filter((index) => !excludes(index));
    const taking = [
      ...matching.filter(excludes).map((index) => ({ index, from: taken })),
      ...(isFile ? [] : state.closing.map((index) => ({ index, from: state.open }))),
    ];
    for (const { index, from } of taking) {
      if (from.some((other) => other < index)) this.findings.effective.add(index);
      else if (from.length > 0) this.findings.early.add(index);
    }
  }
}

async function list(folder: RawPath): Promise<Entry[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  if (entries.every(({ name }) => !name.includes('\ufffd'))) {
    return entries.map((kind) => ({ name: kind.name, raw: joinRaw(folder, kind.name), kind }));
  }
  const bytes = await readdir(folder, { withFileTypes: true, encoding: 'buffer' });
  return bytes.map((kind) => {
    const text = kind.name.toString();
    const isText = Buffer.from(text).equals(kind.name);
    return isText
      ? { name: text, raw: joinRaw(folder, text), kind }
      : { name: textOf(kind.name), raw: joinRaw(folder, kind.name), kind };
  });
}

/** What is in a folder under a name that its listing does not have, if anything. */
async function lookUp(raw: RawPath, name: string): Promise<Entry | undefined> {
  try {
    const kind = await lstat(raw);
    return kind.isSymbolicLink() ? { name, raw, kind } : { name, raw, kind, real: await realpath(raw) };
  } catch (error) {
    const code = codeOf(error);
    return ABSENT.has(code) ? undefined : { name, raw, kind: code };
  }
}

function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  if (typeof code !== 'string') throw error;
  return code;
}
