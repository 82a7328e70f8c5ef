import { replaceFile } from './atomic-file.js';

/** A file and its digest. */
export interface Checksum {
  /** Workspace-relative, with `/` on every system. */
  path: string;
  /** 64 hex digits. */
  sha256: string;
}

/**
 * Writes digests of files as `sha256sum` does, all of them or nothing; `sha256sum -c` in the workspace checks them.
 *
 * @param path absolute path
 * @throws {Error} as {@link replaceFile} does
 */
export function writeChecksumsFile(path: string, checksums: Iterable<Checksum>): void {
  replaceFile(path, checksumsText(checksums));
}

/** The lines of a checksums file: in path order, each path once. */
export function checksumsText(checksums: Iterable<Checksum>): string {
  const byPath = new Map(Array.from(checksums, ({ path, sha256 }) => [path, sha256]));
  return [...byPath]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, sha256]) => lineOf(path, sha256))
    .join('');
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r' };

/**
 * A line of GNU coreutils: two spaces before the name, and a backslash before everything where the name has characters
 * that need one. A name of a single dash would stand for the standard input.
 */
function lineOf(path: string, sha256: string): string {
  const name = path === '-' ? './-' : path;
  const escaped = name.replace(/[\\\n\r]/g, (character) => ESCAPES[character] as string);
  return `${escaped === name ? '' : '\\'}${sha256}  ${escaped}\n`;
}
