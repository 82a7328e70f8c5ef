import { accessSync, closeSync, constants, openSync } from 'node:fs';
import { access, open } from 'node:fs/promises';

/**
 * Whether a file may be read is told by the system's own check, except on Windows: there the check passes for every
 * file that exists, and only opening one shows that it is locked or denied.
 */
const MUST_OPEN = process.platform === 'win32';

/** Bits of a file's mode with which everybody may read it, so that nothing else has to be asked. */
const READABLE_BY_ALL = 0o444;

/** @throws the error of the file system for a file that can't be read */
export async function checkReadable(file: string): Promise<void> {
  if (MUST_OPEN) await (await open(file)).close();
  else await access(file, constants.R_OK);
}

/**
 * The same without waiting.
 *
 * @param mode the file's, which often answers it
 */
export function checkReadableSync(file: string, mode: number): void {
  if (MUST_OPEN) closeSync(openSync(file, 'r'));
  else if ((mode & READABLE_BY_ALL) !== READABLE_BY_ALL) accessSync(file, constants.R_OK);
}
