import type { ExpectedFile } from '../expected-file.js';

/** A caller that waits for the digests of some files. */
export class Waiter {
  /** In the order of the files. */
  readonly digests: Promise<string[]>;
  readonly #found: string[];
  #missing: number;
  #next = 0;
  #resolve!: (digests: string[]) => void;
  #reject!: (error: unknown) => void;

  constructor(
    private readonly files: readonly ExpectedFile[],
    readonly priority: number,
  ) {
    this.digests = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#found = new Array(files.length);
    this.#missing = files.length;
    if (files.length === 0) this.#resolve([]);
  }

  /** The next file that is to be digested, and its place among the files; undefined when all were handed out. */
  next(): { file: ExpectedFile; index: number } | undefined {
    const file = this.files[this.#next];
    return file === undefined ? undefined : { file, index: this.#next++ };
  }

  /** One of the digests; the last missing one ends the wait. */
  give(index: number, digest: string): void {
    this.#found[index] = digest;
    this.#missing--;
    if (this.#missing === 0) this.#resolve(this.#found);
  }

  /** Ends the wait. */
  fail(error: unknown): void {
    this.#reject(error);
  }
}
