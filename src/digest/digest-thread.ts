import { Worker } from 'node:worker_threads';
import { CodedError } from '../errors.js';
import type { ExpectedFile } from '../expected-file.js';
import type { DigestAnswer, DigestRequest } from './digest-worker.js';

/**
 * A thread is given files until this many bytes are in front of it, so that it goes from one small file to the next
 * without waiting for the main thread.
 */
const AHEAD_BYTES = 4 * 1024 * 1024;
/** What a file costs besides its bytes, as bytes: opening it, and two messages. */
const FILE_COST = 64 * 1024;

/**
 * The script of the threads, beside this file or beside the bundle. Only because the URL of this module stands by
 * itself does ncc leave it alone; otherwise it would put the script into dist/ without what the script imports.
 */
const here = import.meta.url;
export const WORKER_SCRIPT = new URL('./digest-worker.js', here);

/** A thread could not be started or has ended, which says nothing about the files that it was given. */
export class ThreadFailure extends Error {}

interface Pending {
  signal: AbortSignal;
  resolve(digest: string): void;
  reject(error: unknown): void;
}

/** A worker thread that digests files. It keeps the process alive only while it has something to do. */
export class DigestThread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  /** Bytes in front of it, with a surcharge for each file. */
  #load = 0;
  #lastId = 0;
  #failure: ThreadFailure | undefined;

  /** @throws {ThreadFailure} where the process may not start threads; other reasons are met by the first file */
  constructor(script: URL) {
    this.#worker = start(script);
    this.#worker.unref();
    this.#worker.on('message', (answer: DigestAnswer) => this.#settle(answer));
    this.#worker.on('error', (error) => this.#fail(String(error)));
    this.#worker.on('exit', (code) => this.#fail(`the thread ended with ${code}`));
  }

  /** Whether it would soon have nothing to do without another file. */
  get hasRoom(): boolean {
    return this.#load < AHEAD_BYTES;
  }

  /**
   * The SHA-256 of a file in hex digits. Files are digested in the order in which they are given.
   *
   * @throws {CodedError} what is wrong with the file
   * @throws the signal's reason when it is aborted
   * @throws {ThreadFailure} what is wrong with the thread
   */
  async digest({ file, path, size, mtimeMs, identity }: ExpectedFile, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    if (this.#failure) throw this.#failure;
    const id = ++this.#lastId;
    const cost = size + FILE_COST;
    const onAbort = (): void => this.#send({ stop: id });
    signal.addEventListener('abort', onAbort, { once: true });
    this.#load += cost;
    this.#worker.ref();
    try {
      return await new Promise((resolve, reject) => {
        this.#pending.set(id, { signal, resolve, reject });
        this.#send({ id, file: { file, path, size, mtimeMs, ...(identity ? { identity } : {}) } });
      });
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#load -= cost;
    }
  }

  /** Ends the thread at once. */
  end(): void {
    this.#fail('the thread was ended');
    void this.#worker.terminate();
  }

  #send(request: DigestRequest): void {
    this.#worker.postMessage(request);
  }

  #settle(answer: DigestAnswer): void {
    const pending = this.#pending.get(answer.id);
    if (pending === undefined) return;
    this.#pending.delete(answer.id);
    if (this.#pending.size === 0) this.#worker.unref();
    if ('digest' in answer) pending.resolve(answer.digest);
    else if ('code' in answer) pending.reject(new CodedError(answer.code, answer.message));
    else pending.reject(pending.signal.reason);
  }

  #fail(reason: string): void {
    this.#failure ??= new ThreadFailure(reason);
    for (const { reject } of this.#pending.values()) reject(this.#failure);
    this.#pending.clear();
    this.#worker.unref();
  }
}

function start(script: URL): Worker {
  try {
    // The thread gets neither Node's options, which may load modules, nor the environment, which holds secrets.
    return new Worker(script, { name: 'digest', execArgv: [], env: {} });
  } catch (error) {
    throw new ThreadFailure(String(error));
  }
}
