import { lstatSync } from 'node:fs';

/** A file that the globs matched. */
export interface FoundFile {
  /** Absolute path on disk. */
  file: string;
  /** Workspace-relative, with `/` on every system. */
  path: string;
}

/**
 * Files by their paths. They are found again under every name that the file system takes for theirs: Windows and
 * macOS ignore the case of names, and macOS the Unicode form of accents, too. Globs tell names as they are on disk,
 * while manifests and inputs name files as somebody wrote them.
 */
export class FoundFiles {
  readonly #byPath = new Map<string, FoundFile>();
  /** Files whose names some file system might take for the same. */
  readonly #alike = new Map<string, FoundFile[]>();

  constructor(files: Iterable<FoundFile> = []) {
    for (const file of files) this.add(file);
  }

  /** Adds a file, unless it is there already under some name. */
  add(found: FoundFile): void {
    if (this.at(found.path, found.file) !== undefined) return;
    this.#byPath.set(found.path, found);
    const alike = this.#alike.get(fold(found.path));
    if (alike) alike.push(found);
    else this.#alike.set(fold(found.path), [found]);
  }

  /**
   * The file that a path leads to, if it is one of these.
   * @param file the absolute path
   */
  at(path: string, file: string): FoundFile | undefined {
    const same = this.#byPath.get(path);
    if (same !== undefined) return same;
    const alike = this.#alike.get(fold(path));
    if (alike === undefined) return undefined;
    const entry = entryOf(file);
    return entry === undefined ? undefined : alike.find((found) => entryOf(found.file) === entry);
  }

  /** In the order in which they were added. */
  [Symbol.iterator](): Iterator<FoundFile> {
    return this.#byPath.values();
  }
}

/** What paths have in common where case and Unicode form are ignored; no less, though at times more. */
function fold(path: string): string {
  return path.normalize('NFD').toUpperCase();
}

/** What tells an entry of a folder from all others on disk; a link is not what it leads to. */
function entryOf(file: string): string | undefined {
  try {
    const { dev, ino } = lstatSync(file, { bigint: true });
    return `${dev} ${ino}`;
  } catch {
    // What can't be looked at is none of the files that were found, and is told where it is needed.
    return undefined;
  }
}
