import type { Stats } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import type { Problem } from './problem.js';
import { checkReadable } from './readable.js';

/** A regular file that can be read and has something in it, or why it can't be published. */
export type Inspection = { size: number; mtimeMs: number } | Problem;

/** Looks at a file before anything is sent. */
export async function inspectFile(file: string, path: string): Promise<Inspection> {
  let found: Stats;
  try {
    found = await stat(file);
    if (!found.isFile()) {
      return { code: 'not-a-file', message: `${path} is ${nameOf(found)}, not a regular file.` };
    }
    await checkReadable(file);
  } catch (error) {
    return explain(file, path, error as NodeJS.ErrnoException);
  }
  if (found.size === 0) return { code: 'empty', message: `${path} is empty; there is nothing to publish.` };
  return { size: found.size, mtimeMs: found.mtimeMs };
}

async function explain(file: string, path: string, error: NodeJS.ErrnoException): Promise<Problem> {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'ELOOP') {
    const link = await lstat(file).then(
      (entry) => entry.isSymbolicLink(),
      () => false,
    );
    return link
      ? { code: 'broken-link', message: `${path} is a symbolic link that leads nowhere.` }
      : {
          code: 'missing',
          message: `${path} can't be found under that name: it is gone, or its name is not UTF-8.`,
        };
  }
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    return { code: 'unreadable', message: `${path} can't be read: permission denied.` };
  }
  return { code: 'unreadable', message: `${path} can't be read: ${error.message}.` };
}

function nameOf(found: Stats): string {
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a named pipe';
  if (found.isSocket()) return 'a socket';
  return 'a device';
}
