import { realpathSync } from 'node:fs';
import { Disk } from './disk.js';
import type { Problem } from './problem.js';

/** A file that the globs matched. */
export interface FoundFile {
  /** Absolute path on disk. */
  file: string;
  /** Workspace-relative, with `/` on every system. */
  path: string;
  /** What makes it the same file as another one: its path with links followed. Absent where no links lead to it. */
  real?: string;
  /** Why it can't be published, where the search itself has shown that. */
  problem?: Problem;
}

/**
 * Files by their paths, each real file once. They are found again under every name that leads to them: through links
 * to their folder, and under names that the file system takes for theirs. Windows and macOS ignore the case of names,
 * and macOS the Unicode form of accents, too. Globs tell names as they are on disk, while manifests and inputs name
 * files as somebody wrote them.
 */
export class FoundFiles {
  /** Paths that were found besides and lead to files that were found before them, with the paths of those. */
  readonly repeated = new Map<string, string>();
  readonly #byPath = new Map<string, FoundFile>();
  /** Files whose real paths some file system might take for the same. */
  readonly #alike = new Map<string, FoundFile[]>();
  readonly #disk = new Disk();

  /** @param files of several that are the same, the one before the others is kept */
  constructor(files: Iterable<FoundFile> = []) {
    for (const file of files) this.#add(file);
  }

  /**
   * The file that a path leads to, if it is one of these.
   * @param file the absolute path
   */
  at(path: string, file: string): FoundFile | undefined {
    const same = this.#byPath.get(this.repeated.get(path) ?? path);
    if (same !== undefined) return same;
    const place = this.#disk.placeOf(file);
    const alike = this.#alike.get(fold(place)) ?? [];
    const found = alike.find((other) => realOf(other) === place);
    if (found !== undefined || alike.length === 0) return found;
    const real = nameOnDisk(file);
    return alike.find((other) => realOf(other) === real);
  }

  get size(): number {
    return this.#byPath.size;
  }

  /** In path order. */
  [Symbol.iterator](): Iterator<FoundFile> {
    return [...this.#byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1)).values();
  }

  #add(file: FoundFile): void {
    const key = fold(realOf(file));
    const alike = this.#alike.get(key) ?? [];
    const same = alike.find((other) => realOf(other) === realOf(file));
    if (same !== undefined) {
      if (same.path !== file.path) this.repeated.set(file.path, same.path);
      return;
    }
    // Two names that are not UTF-8 may be shown alike.
    if (this.#byPath.has(file.path)) return;
    this.#byPath.set(file.path, file);
    this.#alike.set(key, [...alike, file]);
  }
}

function realOf({ file, real = file }: FoundFile): string {
  return real;
}

/** What paths have in common where case and Unicode form are ignored; no less, though at times more. */
function fold(path: string): string {
  return path.normalize('NFD').toUpperCase();
}

/** The path of a file with links followed, and its names as they are on disk. */
function nameOnDisk(file: string): string | undefined {
  try {
    return realpathSync.native(file);
  } catch {
    // What can't be looked at is none of the files that were found, and is reported where it is needed.
    return undefined;
  }
}
