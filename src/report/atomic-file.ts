import { existsSync, mkdirSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { extensionOf, isKnownMediaType } from '../media/media-types.js';

/** Names that are devices in every folder of Windows. Node would make files of them that few programs can remove. */
const WINDOWS_DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/**
 * Finds out whether a file can be written before there is something to lose.
 *
 * @param path absolute path
 * @throws the error that writing it would throw
 */
export function checkWritable(path: string): void {
  const temporary = prepare(path);
  writeFileSync(temporary, '');
  unlinkSync(temporary);
}

/**
 * Writes a file, all of it or nothing: a reader never sees half of it. Folders are made.
 *
 * @param path absolute path
 * @throws the error of the file system, and one for a device, a folder or a media file, which must not be replaced
 */
export function replaceFile(path: string, text: string): void {
  const temporary = prepare(path);
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } catch (error) {
    // Not rmSync: before Node 24.13.1 it ends the process on Windows where a path has characters outside ASCII.
    if (existsSync(temporary)) unlinkSync(temporary);
    throw error;
  }
}

/** Makes the folder of a file that is to be written, and names the file that will be put into its place. */
function prepare(path: string): string {
  const device = process.platform === 'win32' && WINDOWS_DEVICE.test(basename(path));
  const existing = statSync(path, { throwIfNoEntry: false });
  if (device || existing?.isFile() === false) {
    throw new Error('there is a device or a folder of this name, not a file');
  }
  if (existing && isKnownMediaType(extensionOf(path))) {
    throw new Error('there is a media file of this name, which would be lost');
  }
  mkdirSync(dirname(path), { recursive: true });
  return `${path}.${process.pid}.tmp`;
}
