import { constants, type Stats } from 'node:fs';
import { CodedError } from './errors.js';

/** What was known of a file when the plan was made. */
export interface ExpectedFile {
  /** Absolute path. */
  file: string;
  /** Name for messages. */
  path: string;
  /** Bytes. */
  size: number;
  /** Modification time in milliseconds. */
  mtimeMs: number;
  /** What tells it from all other files on this machine, see {@link identityOf}; not compared where it is absent. */
  identity?: string;
}

/** Flags to open a file with: a named pipe that took its place must not hold up the process until somebody writes to it. */
export const READ_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Checks that a file is still the one of the plan.
 *
 * @throws {CodedError} `FileChanged`
 */
export function checkUnchanged(expected: ExpectedFile, now: Stats): void {
  const { size, mtimeMs, identity = identityOf(now) } = expected;
  const isSame = now.size === size && now.mtimeMs === mtimeMs && identityOf(now) === identity;
  if (!now.isFile() || !isSame) throw fileChanged(expected, now.size);
}

/** Device and inode: another file, or a link to one, has others, although its size and times may be the same. */
export function identityOf({ dev, ino }: Pick<Stats, 'dev' | 'ino'>): string {
  return `${dev}:${ino}`;
}

/** The file is not the one of the plan any more; `size` is how many bytes it has now. */
export function fileChanged(expected: ExpectedFile, size: number): CodedError {
  const what =
    size === expected.size ? 'it was written again' : `it had ${expected.size} bytes and has ${size} now`;
  return new CodedError(
    'FileChanged',
    `${expected.path} changed after the plan was made: ${what}. Publish it when nothing writes to it any more.`,
  );
}

/** An error of the file system as `FileVanished` or `FileUnreadable`; what has a code of its own already stays as it is. */
export function fileFailure({ path }: ExpectedFile, error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = error instanceof Error ? error.message : String(error);
  return code === 'ENOENT'
    ? new CodedError('FileVanished', `${path} was there when the plan was made and is gone now.`)
    : new CodedError('FileUnreadable', `${path} can't be read: ${reason}.`);
}
