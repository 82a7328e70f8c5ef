import { constants, type Stats } from 'node:fs';
import { access, lstat, realpath, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { forEachOf } from '../for-each-of.js';

/** What is at a path below a manifest's folder. */
export type FileFacts =
  | { kind: 'file'; size: number; mtimeMs: number }
  | { kind: 'missing' | 'not-a-file' | 'symlink-escape' }
  | { kind: 'unreadable'; detail: string };

/** A manifest's folder: its path as given, and with symbolic links followed. */
export interface PackageRoot {
  folder: string;
  real: string;
}

interface Entry {
  facts: FileFacts;
  /** Where a symbolic link leads; absent for what is no link. */
  target?: string;
}

const READABLE_BY_ALL = 0o444;

/** Requests of the file system in flight at once; more only wait in libuv's four threads. */
const CONCURRENCY = 32;

/**
 * Looks at local files for the length of a run. Every file is asked for once, however many packages and
 * references name it, and every folder's real path is found once.
 */
export class PackageDisk {
  readonly #entries = new Map<string, Promise<Entry>>();
  readonly #folders = new Map<string, Promise<string | FileFacts>>();
  readonly #signal: AbortSignal | undefined;

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** A folder to look below; in one that does not exist every file is missing. */
  async root(folder: string): Promise<PackageRoot> {
    const real = await this.#folder(folder);
    return { folder, real: typeof real === 'string' ? real : folder };
  }

  /**
   * Facts of many paths below a root, by path; each is looked at once.
   * @param paths with `/`, without `.` and `..` segments; a `/` at the end asks for a folder
   * @throws the signal's reason when it is aborted
   */
  async survey(root: PackageRoot, paths: Iterable<string>): Promise<Map<string, FileFacts>> {
    const found = new Map<string, FileFacts>();
    await forEachOf([...new Set(paths)], CONCURRENCY, new AbortController(), async (path) => {
      this.#signal?.throwIfAborted();
      found.set(path, await this.#facts(root, path));
    });
    return found;
  }

  async #facts(root: PackageRoot, path: string): Promise<FileFacts> {
    const folderAsked = path === '' || path.endsWith('/');
    const file = join(root.folder, path);
    const absolute = folderAsked && file.endsWith(sep) && file.length > 1 ? file.slice(0, -1) : file;
    const folder = await this.#folder(path === '' ? absolute : dirname(absolute));
    if (typeof folder !== 'string') return folder;
    if (!isInside(root, folder)) return { kind: 'symlink-escape' };
    const { facts, target } = await this.#entry(absolute);
    if (target !== undefined && !isInside(root, target)) return { kind: 'symlink-escape' };
    return folderAsked && facts.kind === 'file' ? { kind: 'missing' } : facts;
  }

  #folder(path: string): Promise<string | FileFacts> {
    let known = this.#folders.get(path);
    if (known === undefined) {
      known = realpath(path).catch(factsOfError);
      this.#folders.set(path, known);
    }
    return known;
  }

  #entry(path: string): Promise<Entry> {
    let known = this.#entries.get(path);
    if (known === undefined) {
      known = inspect(path);
      this.#entries.set(path, known);
    }
    return known;
  }
}

async function inspect(path: string): Promise<Entry> {
  try {
    const own = await lstat(path);
    if (!own.isSymbolicLink()) return { facts: await factsOf(path, own) };
    const target = await realpath(path);
    return { facts: await factsOf(path, await stat(path)), target };
  } catch (error) {
    return { facts: factsOfError(error) };
  }
}

async function factsOf(path: string, stats: Stats): Promise<FileFacts> {
  if (!stats.isFile()) return { kind: 'not-a-file' };
  // What everybody may read needs no second request, which would double the time of a large package.
  if ((stats.mode & READABLE_BY_ALL) !== READABLE_BY_ALL) await access(path, constants.R_OK);
  return { kind: 'file', size: stats.size, mtimeMs: stats.mtimeMs };
}

function isInside(root: PackageRoot, real: string): boolean {
  return real === root.real || real.startsWith(root.real.endsWith(sep) ? root.real : root.real + sep);
}

/** Codes that mean that no file has this name: also a name too long, and a file where a folder should be. */
const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EINVAL']);

function factsOfError(error: unknown): FileFacts {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  if (typeof code !== 'string') throw error;
  return ABSENT.has(code) ? { kind: 'missing' } : { kind: 'unreadable', detail: code };
}
