import type { FolderRoot } from '../files/disk.js';
import type { PackageBudget } from './budget.js';
import type { FileRole } from './reference.js';

/** A file of a medium on disk, as it was when the plan was made. */
export interface PackageFile {
  /** Absolute path on disk. */
  readonly file: string;
  /**
   * Path below the manifest's folder with `/`, as the manifest names it, and the end of the object key: keys tell
   * upper from lower case, so players find the object also where the name on disk differs in case. Empty for the
   * media file, the manifest and the cover, whose keys the service chooses.
   */
  readonly relative: string;
  readonly role: FileRole;
  /** Bytes; a later difference fails the medium. */
  readonly size: number;
  /** Modification time in milliseconds. */
  readonly mtimeMs: number;
  /** Device and inode. */
  readonly identity?: string;
}

/**
 * The files of the packages of one folder, so that packages over the same segments hold each file once. Those of
 * another folder are forgotten: packages are resolved folder by folder.
 */
export class SharedFiles {
  #folder: string | undefined;
  readonly #files = new Map<string, PackageFile>();
  /** Files of the latest package, which are looked through only when another one of its folder comes. */
  #latest: Iterable<PackageFile> = [];

  /** Tells the folder of the next package. */
  enter({ folder }: FolderRoot): void {
    if (folder === this.#folder) for (const file of this.#latest) this.#files.set(file.relative, file);
    else this.#files.clear();
    this.#folder = folder;
    this.#latest = [];
  }

  /** Keeps the files of a package for the next ones of its folder. */
  keep(files: Iterable<PackageFile>): void {
    this.#latest = files;
  }

  /**
   * Returns the file, or an equal one that another package of the folder has.
   * @throws {LimitExceeded} `too-many` files
   */
  take(file: PackageFile, budget: PackageBudget): PackageFile {
    const known = this.#files.get(file.relative);
    if (known === undefined || !isSame(known, file)) {
      budget.spend('files', 1);
      return file;
    }
    budget.spendShared('files', 1);
    return known;
  }
}

function isSame(a: PackageFile, b: PackageFile): boolean {
  return a.role === b.role && a.size === b.size && a.mtimeMs === b.mtimeMs && a.identity === b.identity;
}
