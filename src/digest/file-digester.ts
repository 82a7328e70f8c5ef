import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { checkUnchanged, type ExpectedFile, fileChanged, fileFailure, READ_FLAGS } from '../expected-file.js';

/** Bytes that are read at once: few enough to still be in the processor's cache when they are hashed. */
const CHUNK_BYTES = 256 * 1024;

/** Longest time in milliseconds for which nothing else can happen in the thread. */
const SLICE = 10;

/**
 * Digests files one after another in the thread in which it was made.
 *
 * The system calls are synchronous, in short slices: that way worker threads do not compete with uploads for the
 * threads of libuv's pool, which the whole process shares.
 */
export class FileDigester {
  readonly #buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Whether it has something to do. */
  get isBusy(): boolean {
    return this.#waiting > 0;
  }

  /**
   * The SHA-256, in hex digits, of a file that is the one of the plan before and after.
   *
   * @throws {CodedError} `FileVanished`, `FileChanged` or `FileUnreadable`
   * @throws the signal's reason when it is aborted
   */
  async digest(expected: ExpectedFile, signal: AbortSignal): Promise<string> {
    this.#waiting++;
    const digest = this.#last.then(() => digestFile(expected, this.#buffer, signal));
    this.#last = Promise.allSettled([digest]);
    try {
      return await digest;
    } finally {
      this.#waiting--;
    }
  }
}

async function digestFile(expected: ExpectedFile, buffer: Buffer, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  let handle: number | undefined;
  try {
    handle = openSync(expected.file, READ_FLAGS);
    checkUnchanged(expected, fstatSync(handle));
    const digest = await digestBytes(handle, expected, buffer, signal);
    checkUnchanged(expected, fstatSync(handle));
    return digest;
  } catch (error) {
    signal.throwIfAborted();
    throw fileFailure(expected, error);
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

async function digestBytes(
  handle: number,
  expected: ExpectedFile,
  buffer: Buffer,
  signal: AbortSignal,
): Promise<string> {
  const hash = createHash('sha256');
  let sliceEnd = performance.now() + SLICE;
  for (let at = 0; at < expected.size; ) {
    const wanted = Math.min(buffer.length, expected.size - at);
    const bytesRead = readSync(handle, buffer, 0, wanted, at);
    if (bytesRead === 0) throw fileChanged(expected, at);
    hash.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
    if (performance.now() > sliceEnd) {
      await setImmediate();
      signal.throwIfAborted();
      sliceEnd = performance.now() + SLICE;
    }
  }
  return hash.digest('hex');
}
