import { availableParallelism } from 'node:os';
import type { ExpectedFile } from '../expected-file.js';
import { DigestThread, ThreadFailure, WORKER_SCRIPT } from './digest-thread.js';
import { FileDigester } from './file-digester.js';
import { Waiter } from './waiter.js';

/** Milliseconds after which threads that have nothing to do are ended. */
const IDLE = 1000;

/** Most threads, however many processors there are: each takes 11 MB, and eight are faster than disks. */
const MOST_THREADS = 8;

export interface DigestOptions {
  /** Most threads at a time; by default one for each processor that the process may use, and 8 at most. */
  threads?: number;
  /** Script of the threads. */
  script?: URL;
  /** Called once when threads can't be used and files are digested in the main thread instead. */
  onFallback?(reason: string): void;
}

/** A file that is being digested, or was. */
interface Job {
  file: ExpectedFile;
  /** The callers that wait for it, each with the index of the file among theirs. */
  waiting: { waiter: Waiter; index: number }[];
  outcome?: Outcome;
}

type Outcome = { digest: string } | { error: unknown };

/**
 * The SHA-256 of files, computed in worker threads, once for each file however many callers ask for it. Threads are
 * started when they are needed and ended when they are not, and they never keep the process alive without work.
 */
export class Digests {
  /** Callers with files that have not been handed out yet, highest priority first. */
  readonly #queue: Waiter[] = [];
  /** By absolute path. */
  readonly #jobs = new Map<string, Job>();
  readonly #running = new Map<Job, AbortController>();
  #threads: DigestThread[] = [];
  /** Set when threads can't be used. */
  #mainThread: FileDigester | undefined;
  #idle: NodeJS.Timeout | undefined;
  #isClosed = false;
  readonly #mostThreads: number;
  readonly #script: URL;
  readonly #onFallback: (reason: string) => void;

  constructor(options: DigestOptions = {}) {
    this.#mostThreads = options.threads ?? Math.min(availableParallelism(), MOST_THREADS);
    this.#script = options.script ?? WORKER_SCRIPT;
    this.#onFallback = options.onFallback ?? (() => undefined);
  }

  /**
   * The digests of some files, in the order of the files, as 64 hex digits each. Where one of them fails, the others
   * are not digested unless another caller wants them.
   *
   * @param priority higher goes first; among equals, what was asked for first
   * @throws {CodedError} `FileVanished`, `FileChanged` or `FileUnreadable`, of the first file that failed
   * @throws the signal's reason when it is aborted
   */
  async of(files: readonly ExpectedFile[], signal: AbortSignal, priority = 0): Promise<string[]> {
    signal.throwIfAborted();
    if (this.#isClosed) throw closedError();
    const waiter = new Waiter(files, priority);
    const onAbort = (): void => waiter.fail(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#enter(waiter);
    this.#dispatch();
    try {
      return await waiter.digests;
    } catch (error) {
      this.#leave(waiter);
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Ends everything at once; callers that still wait get an `AbortError`. */
  close(): void {
    this.#isClosed = true;
    const served = [...this.#running.keys()].flatMap(({ waiting }) => waiting.map(({ waiter }) => waiter));
    for (const waiter of new Set([...this.#queue, ...served])) {
      waiter.fail(closedError());
      this.#leave(waiter);
    }
    this.#endThreads();
  }

  #enter(waiter: Waiter): void {
    const before = this.#queue.findLastIndex(({ priority }) => priority >= waiter.priority);
    this.#queue.splice(before + 1, 0, waiter);
  }

  #leave(waiter: Waiter): void {
    const at = this.#queue.indexOf(waiter);
    if (at >= 0) this.#queue.splice(at, 1);
    for (const [job, stop] of this.#running) {
      job.waiting = job.waiting.filter((one) => one.waiter !== waiter);
      if (job.waiting.length > 0) continue;
      stop.abort();
      this.#running.delete(job);
      if (this.#jobs.get(job.file.file) === job) this.#jobs.delete(job.file.file);
    }
    if (this.#running.size === 0 && this.#queue.length === 0) this.#endThreads();
  }

  /** Gives threads what they have room for. */
  #dispatch(): void {
    clearTimeout(this.#idle);
    while (this.#hasRoom()) {
      const job = this.#nextJob();
      if (job === undefined) break;
      void this.#run(job);
    }
    if (this.#running.size > 0 || this.#threads.length === 0) return;
    this.#idle = setTimeout(() => this.#endThreads(), IDLE);
    this.#idle.unref();
  }

  #hasRoom(): boolean {
    if (this.#mainThread) return !this.#mainThread.isBusy;
    return this.#threads.length < this.#mostThreads || this.#threads.some(({ hasRoom }) => hasRoom);
  }

  /** The next file to digest. Callers that want one that is known or under way are served from that. */
  #nextJob(): Job | undefined {
    for (let waiter = this.#queue[0]; waiter !== undefined; waiter = this.#queue[0]) {
      const next = waiter.next();
      if (next === undefined) {
        this.#queue.shift();
        continue;
      }
      const { file, index } = next;
      const known = this.#jobs.get(file.file);
      if (known === undefined || known.file.size !== file.size || known.file.mtimeMs !== file.mtimeMs) {
        const job: Job = { file, waiting: [{ waiter, index }] };
        this.#jobs.set(file.file, job);
        return job;
      }
      if (known.outcome) give(known.outcome, waiter, index);
      else known.waiting.push({ waiter, index });
    }
    return undefined;
  }

  async #run(job: Job): Promise<void> {
    const stop = new AbortController();
    this.#running.set(job, stop);
    const outcome = await this.#digest(job.file, stop.signal).then(
      (digest) => ({ digest }),
      (error: unknown) => ({ error }),
    );
    // A job that was stopped is not among them any more.
    if (this.#running.delete(job)) {
      job.outcome = outcome;
      for (const { waiter, index } of job.waiting) give(outcome, waiter, index);
      job.waiting = [];
    }
    this.#dispatch();
  }

  async #digest(file: ExpectedFile, signal: AbortSignal): Promise<string> {
    try {
      if (this.#mainThread === undefined) return await this.#thread().digest(file, signal);
    } catch (error) {
      if (!(error instanceof ThreadFailure)) throw error;
      signal.throwIfAborted();
      this.#fallBack(error.message);
    }
    return await (this.#mainThread as FileDigester).digest(file, signal);
  }

  /** A thread that has room, started where there is none. */
  #thread(): DigestThread {
    const free = this.#threads.find(({ hasRoom }) => hasRoom);
    if (free) return free;
    const thread = new DigestThread(this.#script);
    this.#threads.push(thread);
    return thread;
  }

  #fallBack(reason: string): void {
    if (this.#mainThread) return;
    this.#mainThread = new FileDigester();
    this.#endThreads();
    this.#onFallback(reason);
  }

  #endThreads(): void {
    clearTimeout(this.#idle);
    for (const thread of this.#threads) thread.end();
    this.#threads = [];
  }
}

function give(outcome: Outcome, waiter: Waiter, index: number): void {
  if ('digest' in outcome) waiter.give(index, outcome.digest);
  else waiter.fail(outcome.error);
}

function closedError(): DOMException {
  return new DOMException('The digests were closed.', 'AbortError');
}
