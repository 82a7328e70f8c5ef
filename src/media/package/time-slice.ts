import { setImmediate } from 'node:timers/promises';

/** Longest time in milliseconds for which other work waits while manifests are read. */
const SLICE = 20;

/**
 * Lets timers, signals and other work have their turn during long computations. Asked often, it costs little:
 * `if (slice.isOver) await slice.next()`.
 */
export class TimeSlice {
  #end = performance.now() + SLICE;
  readonly #signal: AbortSignal | undefined;

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  get isOver(): boolean {
    return performance.now() > this.#end;
  }

  /** @throws the signal's reason when it is aborted */
  async next(): Promise<void> {
    await setImmediate();
    this.#signal?.throwIfAborted();
    this.#end = performance.now() + SLICE;
  }
}
