import type { FollowedStat } from './disk.js';
import { LFS_POINTER_REASON } from './lfs-pointer.js';

/**
 * Something about a medium that keeps it from being published, found before anything was sent.
 * The message is a whole sentence for the user; it names the manifest and line where there is one.
 */
export interface Problem {
  /** A short kebab-case code, stable for scripts (`missing`, `traversal`, `empty` ...). */
  code: string;
  message: string;
}

/**
 * Why what is at a path can't be published; undefined where it can.
 * @param path workspace-relative, for the message
 */
export function problemOf(stat: FollowedStat, path: string): Problem | undefined {
  switch (stat.kind) {
    case 'file':
      return stat.size > 0
        ? undefined
        : { code: 'empty', message: `${path} is empty; there is nothing to publish.` };
    case 'missing':
      return stat.link
        ? { code: 'broken-link', message: `${path} is a symbolic link that leads nowhere.` }
        : {
            code: 'missing',
            message: `${path} can't be found under that name: it is gone, or its path is too long.`,
          };
    case 'not-a-file':
      return { code: 'not-a-file', message: `${path} is ${stat.what}, not a regular file.` };
    case 'lfs-pointer':
      return { code: 'lfs-pointer', message: `${path} ${LFS_POINTER_REASON}.` };
    case 'unreadable':
      return { code: 'unreadable', message: `${path} can't be read: ${reasonOf(stat.detail)}.` };
  }
}

/** What the code of an error of the file system means, where that is known. */
export function reasonOf(code: string): string {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'ENAMETOOLONG':
      return 'its path is too long';
    case 'ENOENT':
      return 'it is gone';
    default:
      return code;
  }
}
