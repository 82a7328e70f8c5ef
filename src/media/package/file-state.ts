import type { FileStat } from '../files/disk.js';
import { LFS_POINTER_REASON } from '../files/lfs-pointer.js';

/** Why a file can't be a part of a package, as a problem code and a predicate of the file. */
export interface FileFault {
  code: string;
  reason: string;
}

/** What keeps that which is at a path from being published; undefined where nothing does. */
export function faultOf(stats: FileStat): FileFault | undefined {
  switch (stats.kind) {
    case 'file':
      return stats.size === 0 ? { code: 'empty', reason: 'is an empty file' } : undefined;
    case 'missing':
      return {
        code: stats.kind,
        reason: 'does not exist: add the file or take the reference out of the manifest',
      };
    case 'not-a-file':
      return {
        code: stats.kind,
        reason: 'is a folder or a special file where a regular file is needed',
      };
    case 'lfs-pointer':
      return { code: stats.kind, reason: LFS_POINTER_REASON };
    case 'symlink-escape':
      return {
        code: stats.kind,
        reason: 'is a symbolic link, or below one, that leads out of the folder of the manifest',
      };
    case 'unreadable':
      return { code: stats.kind, reason: `cannot be read: ${stats.detail}` };
  }
}
