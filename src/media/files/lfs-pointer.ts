import { closeSync, constants, openSync, readSync } from 'node:fs';

/** The first line of a pointer (Git LFS, docs/spec.md). */
const FIRST_LINE = 'version https://git-lfs.github.com/spec/v1';

/** Bytes of the largest pointer that Git LFS reads. */
const MAX_SIZE = 1024;

/** What a Git LFS pointer is, and how to get the file that it stands for, as a predicate. */
export const LFS_POINTER_REASON =
  'is a Git LFS pointer, not the file itself: set "lfs: true" on actions/checkout, or run git lfs pull';

/**
 * True for a file that stands for one in Git LFS, as checkouts have them that did not ask for the real ones.
 * Only files that are small enough to be a pointer are read.
 * @param file absolute path of a regular file
 * @param size bytes of it
 * @throws the error of the file system
 */
export function isLfsPointer(file: string, size: number): boolean {
  if (size < FIRST_LINE.length || size > MAX_SIZE) return false;
  const handle = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const bytes = Buffer.alloc(FIRST_LINE.length + 1);
    const length = readSync(handle, bytes, 0, bytes.length, 0);
    return /^[^\r\n]*/.exec(bytes.toString('latin1', 0, length))?.[0] === FIRST_LINE;
  } finally {
    closeSync(handle);
  }
}
