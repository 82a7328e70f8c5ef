import {
  accessSync,
  closeSync,
  constants,
  lstatSync,
  openSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { identityOf } from '../../expected-file.js';
import { isLfsPointer } from './lfs-pointer.js';

/** What is at a path, with links followed: a regular file that can be read, or why there is none. */
export type FollowedStat =
  | { kind: 'file'; size: number; mtimeMs: number; identity: string }
  /** `link` where a symbolic link of this name leads nowhere. */
  | { kind: 'missing'; link?: true }
  /** `what` is a noun with its article. */
  | { kind: 'not-a-file'; what: string }
  | { kind: 'lfs-pointer' }
  | { kind: 'unreadable'; detail: string };

/** The same below a folder that no link may lead out of. */
export type FileStat = FollowedStat | { kind: 'symlink-escape' };

/** A folder to look below: its path as given, and with symbolic links followed. */
export interface FolderRoot {
  folder: string;
  real: string;
}

interface Entry {
  stat: FollowedStat;
  /** Where a symbolic link leads; absent for what is no link. */
  target?: string;
}

const WINDOWS = process.platform === 'win32';

/** A name that can't be a file's: on Windows, what follows a colon is a stream of the file before it. */
const NO_FILE = WINDOWS ? /:/ : undefined;

/** Longest time in milliseconds for which other work waits while files are looked at. */
const SLICE = 10;

/**
 * Looks at local files. Every file is asked for once, however many packages and references name it, and every folder's
 * real path is found once.
 *
 * The system calls are synchronous, in short slices: each takes a few microseconds, and the way through
 * the thread pool ten times that, which is most of the time of planning a package of many segments.
 */
export class Disk {
  readonly #entries = new Map<string, Entry>();
  readonly #folders = new Map<string, string | FollowedStat>();
  readonly #signal: AbortSignal | undefined;
  #sliceEnd = 0;

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /**
   * What is at an absolute path, with links followed wherever they lead.
   * @throws the signal's reason when it is aborted
   */
  async stat(file: string): Promise<FollowedStat> {
    await this.#pause();
    return NO_FILE?.test(basename(file)) ? { kind: 'missing' } : this.#entry(file).stat;
  }

  /** A folder to look below; in one that does not exist every file is missing. */
  root(folder: string): FolderRoot {
    const real = this.#folder(folder);
    return { folder, real: typeof real === 'string' ? real : folder };
  }

  /**
   * What is at many paths below a root, by path; links must not lead out of the root.
   * @param paths with `/`, without `.` and `..` segments; a `/` at the end asks for a folder
   * @throws the signal's reason when it is aborted
   */
  async statAll(root: FolderRoot, paths: Iterable<string>): Promise<Map<string, FileStat>> {
    const found = new Map<string, FileStat>();
    for (const path of new Set(paths)) {
      if (performance.now() >= this.#sliceEnd) await this.#pause();
      found.set(path, this.#statBelow(root, path));
    }
    return found;
  }

  /** The path of an entry with the links to its folder followed, though not the entry itself. */
  placeOf(file: string): string {
    const folder = this.#folder(dirname(file));
    return typeof folder === 'string' ? join(folder, basename(file)) : file;
  }

  /** The path of a file with links followed. */
  realOf(file: string): string {
    return this.#entry(file).target ?? this.placeOf(file);
  }

  /**
   * Where a file really lies whose path is inside a folder, when links lead out of it; undefined when they don't, and
   * for paths outside, which somebody has named on purpose.
   * @param file absolute path of a file that exists
   */
  targetOutside(folder: string, file: string): string | undefined {
    const real = this.realOf(file);
    return isInside(folder, file) && !isInside(this.root(folder).real, real) ? real : undefined;
  }

  /** Lets other work have its turn when it has waited for long enough. */
  async #pause(): Promise<void> {
    this.#signal?.throwIfAborted();
    if (performance.now() < this.#sliceEnd) return;
    await setImmediate();
    this.#signal?.throwIfAborted();
    this.#sliceEnd = performance.now() + SLICE;
  }

  #statBelow(root: FolderRoot, path: string): FileStat {
    if (NO_FILE?.test(path)) return { kind: 'missing' };
    const folderAsked = path === '' || path.endsWith('/');
    const file = join(root.folder, path);
    const absolute = folderAsked && file.endsWith(sep) && file.length > 1 ? file.slice(0, -1) : file;
    const folder = this.#folder(path === '' ? absolute : dirname(absolute));
    if (typeof folder !== 'string') return folder;
    if (!isInside(root.real, folder)) return { kind: 'symlink-escape' };
    const { stat, target } = this.#entry(absolute);
    if (target !== undefined && !isInside(root.real, target)) return { kind: 'symlink-escape' };
    return folderAsked && stat.kind === 'file' ? { kind: 'missing' } : stat;
  }

  #folder(path: string): string | FollowedStat {
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

function realFolder(path: string): string | FollowedStat {
  try {
    return realpathSync.native(path);
  } catch (error) {
    return statOfError(error);
  }
}

function inspect(path: string): Entry {
  let link = false;
  try {
    const own = lstatSync(path, { throwIfNoEntry: false });
    if (own === undefined) return { stat: { kind: 'missing' } };
    link = own.isSymbolicLink();
    if (!link) return { stat: statOf(path, own) };
    const target = realpathSync.native(path);
    return { stat: statOf(path, statSync(path)), target };
  } catch (error) {
    const stat = statOfError(error);
    return { stat: link && stat.kind === 'missing' ? { ...stat, link } : stat };
  }
}

function statOf(path: string, stats: Stats): FollowedStat {
  if (!stats.isFile()) return { kind: 'not-a-file', what: nounOf(stats) };
  checkReadable(path, stats.mode);
  if (isLfsPointer(path, stats.size)) return { kind: 'lfs-pointer' };
  return { kind: 'file', size: stats.size, mtimeMs: stats.mtimeMs, identity: identityOf(stats) };
}

/** Bits of a file's mode with which everybody may read it, so that nothing else has to be asked. */
const READABLE_BY_ALL = 0o444;

/**
 * Whether a file may be read is told by the system's own check, except on Windows: there the check passes for every
 * file that exists, and only opening one shows that it is locked or denied.
 */
function checkReadable(file: string, mode: number): void {
  if (WINDOWS) closeSync(openSync(file, 'r'));
  else if ((mode & READABLE_BY_ALL) !== READABLE_BY_ALL) accessSync(file, constants.R_OK);
}

function nounOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a named pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

/** True for a folder itself and what lies below it, by their absolute paths alone. */
export function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** Codes that mean that no file has this name: also a name too long, and a file where a folder should be. */
const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EINVAL']);

function statOfError(error: unknown): FollowedStat {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  if (typeof code !== 'string') throw error;
  return ABSENT.has(code) ? { kind: 'missing' } : { kind: 'unreadable', detail: code };
}
