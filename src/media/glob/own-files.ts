import { open, realpath } from 'node:fs/promises';
import { extname } from 'node:path';
import { Disk } from '../files/disk.js';
import type { FoundFile } from '../files/found-files.js';

/** How a results file begins: with the first fields of its first medium (results.schema.json). */
const RESULTS = /^\[\s*\{\s*"path":\s*"(?:[^"\\]|\\.)*",\s*"kind":\s*"(?:file|hls|dash)",\s*"status":\s*"/;

/** Bytes of a JSON file that are looked at; a path takes no more than a few thousand. */
const HEAD = 32 * 1024;

/**
 * The files that this action writes, among those that patterns match: what this run is going to write, and the results
 * files of earlier steps and runs, whatever their names are.
 */
export class OwnFiles {
  readonly #paths: ReadonlySet<string>;
  readonly #disk = new Disk();

  private constructor(paths: ReadonlySet<string>) {
    this.#paths = paths;
  }

  /** @param paths absolute paths of what the run is going to write */
  static async of(paths: readonly string[]): Promise<OwnFiles> {
    const real = await Promise.all(paths.map((path) => realpath(path).catch(() => path)));
    return new OwnFiles(new Set([...paths, ...real]));
  }

  async has({ file, real = file }: FoundFile): Promise<boolean> {
    // A file is written under a name of its own and then renamed; a process that was killed may have left that.
    const isOwn = [file, real].some((path) => this.#paths.has(path.replace(/\.\d+\.tmp$/, '')));
    return isOwn || (extname(file).toLowerCase() === '.json' && (await this.#isResultsFile(file)));
  }

  async #isResultsFile(file: string): Promise<boolean> {
    if ((await this.#disk.stat(file)).kind !== 'file') return false;
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD), 0, HEAD, 0);
      return RESULTS.test(buffer.toString('utf8', 0, bytesRead));
    } finally {
      await handle.close();
    }
  }
}
