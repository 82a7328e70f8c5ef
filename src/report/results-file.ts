import type { MediumResult } from '../results.js';
import { replaceFile } from './atomic-file.js';

/**
 * Writes the results as JSON, all of them or nothing.
 *
 * @param path absolute path
 * @throws {Error} as {@link replaceFile} does
 */
export function writeResultsFile(path: string, results: readonly MediumResult[]): void {
  replaceFile(path, `${JSON.stringify(results, null, 2)}\n`);
}
