import { lstatSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { checkReadableSync } from './readable.js';

/** What is at a path below a manifest's folder. */
export type FileStat =
  | { kind: 'file'; size: number; mtimeMs: number }
  | { kind: 'missing' | 'not-a-file' | 'symlink-escape' }
  | { kind: 'unreadable'; detail: string };

/** A manifest's folder: its path as given, and with symbolic links followed. */
export interface PackageRoot {
  folder: string;
  real: string;
}

interface Entry {
  facts: FileStat;
  /** Where a symbolic link leads; absent for what is no link. */
  target?: string;
}

/** A name that can't be a file's: on Windows, what follows a colon is a stream of the file before it. */
const NO_FILE = process.platform === 'win32' ? /:/ : undefined;

/** Longest time in milliseconds for which other work waits while files are looked at. */
const SLICE = 10;

/**
 * Looks at local files for the length of a run. Every file is asked for once, however many packages and
 * references name it, and every folder's real path is found once.
 *
 * The system calls are synchronous, in short slices: each takes a few microseconds, and the way through
 * the thread pool ten times that, which is most of the time of planning a package of many segments.
 */
export class PackageDisk {
  readonly #entries = new Map<string, Entry>();
  readonly #folders = new Map<string, string | FileStat>();
  readonly #signal: AbortSignal | undefined;

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** A folder to look below; in one that does not exist every file is missing. */
  root(folder: string): PackageRoot {
    const real = this.#folder(folder);
    return { folder, real: typeof real === 'string' ? real : folder };
  }

  /**
   * Facts of many paths below a root, by path; each is looked at once.
   * @param paths with `/`, without `.` and `..` segments; a `/` at the end asks for a folder
   * @throws the signal's reason when it is aborted
   */
  async statAll(root: PackageRoot, paths: Iterable<string>): Promise<Map<string, FileStat>> {
    const found = new Map<string, FileStat>();
    this.#signal?.throwIfAborted();
    let end = performance.now() + SLICE;
    for (const path of new Set(paths)) {
      if (performance.now() > end) {
        await setImmediate();
        this.#signal?.throwIfAborted();
        end = performance.now() + SLICE;
      }
      found.set(path, this.#facts(root, path));
    }
    return found;
  }

  #facts(root: PackageRoot, path: string): FileStat {
    if (NO_FILE?.test(path)) return { kind: 'missing' };
    const folderAsked = path === '' || path.endsWith('/');
    const file = join(root.folder, path);
    const absolute = folderAsked && file.endsWith(sep) && file.length > 1 ? file.slice(0, -1) : file;
    const folder = this.#folder(path === '' ? absolute : dirname(absolute));
    if (typeof folder !== 'string') return folder;
    if (!isInside(root, folder)) return { kind: 'symlink-escape' };
    const { facts, target } = this.#entry(absolute);
    if (target !== undefined && !isInside(root, target)) return { kind: 'symlink-escape' };
    return folderAsked && facts.kind === 'file' ? { kind: 'missing' } : facts;
  }

  #folder(path: string): string | FileStat {
    let known = this.#folders.get(path);
    if (known === undefined) {
      known = realFolder(path);
      this.#folders.set(path, known);
    }
    return known;
  }

  #entry(path: string): Entry {
    let known = this.#entries.get(path);
    if (known === undefined) {
      known = inspect(path);
      this.#entries.set(path, known);
    }
    return known;
  }
}

function realFolder(path: string): string | FileStat {
  try {
    return realpathSync.native(path);
  } catch (error) {
    return factsOfError(error);
  }
}

function inspect(path: string): Entry {
  try {
    const own = lstatSync(path, { throwIfNoEntry: false });
    if (own === undefined) return { facts: { kind: 'missing' } };
    if (!own.isSymbolicLink()) return { facts: factsOf(path, own) };
    const target = realpathSync.native(path);
    return { facts: factsOf(path, statSync(path)), target };
  } catch (error) {
    return { facts: factsOfError(error) };
  }
}

function factsOf(path: string, stats: Stats): FileStat {
  if (!stats.isFile()) return { kind: 'not-a-file' };
  checkReadableSync(path, stats.mode);
  return { kind: 'file', size: stats.size, mtimeMs: stats.mtimeMs };
}

function isInside(root: PackageRoot, real: string): boolean {
  return real === root.real || real.startsWith(root.real.endsWith(sep) ? root.real : root.real + sep);
}

/** Codes that mean that no file has this name: also a name too long, and a file where a folder should be. */
const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EINVAL']);

function factsOfError(error: unknown): FileStat {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  if (typeof code !== 'string') throw error;
  return ABSENT.has(code) ? { kind: 'missing' } : { kind: 'unreadable', detail: code };
}
