import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { MediumResult } from '../results.js';

/**
 * Writes the results as JSON, all of them or nothing: a reader never sees half a file. Folders are made.
 *
 * @param path absolute path
 * @throws the error of the file system
 */
export function writeResultsFile(path: string, results: readonly MediumResult[]): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, `${JSON.stringify(results, null, 2)}\n`);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
