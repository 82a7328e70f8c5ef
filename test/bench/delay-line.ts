import type { Socket } from 'node:net';

/** What one direction of a connection does to the bytes that pass. */
export interface LineOptions {
  /** Milliseconds that a byte is on its way. */
  delayMs: number;
  /** Bytes per second that leave the sender; 0 for no limit. */
  bytesPerSecond: number;
  /** Bytes that may be on their way before the source is no longer read. */
  capBytes: number;
}

/** The time at which bytes leave a sender of limited rate, in milliseconds on any clock. */
export function departure(now: number, free: number, bytes: number, bytesPerSecond: number): number {
  const begin = Math.max(now, free);
  return bytesPerSecond === 0 ? begin : begin + (bytes / bytesPerSecond) * 1000;
}

interface Held {
  chunk: Buffer;
  due: number;
}

/**
 * Carries bytes from one socket to another with a delay and a rate. Chunks wait in one queue with one
 * timer: timers of different lengths fire out of order, and TLS would break.
 */
export class DelayLine {
  private readonly queue: Held[] = [];
  private held = 0;
  private free = 0;
  private timer: NodeJS.Timeout | undefined;
  private ended = false;

  constructor(
    private readonly source: Socket,
    private readonly sink: Socket,
    private readonly options: LineOptions,
  ) {
    source.on('data', (chunk: Buffer) => this.take(chunk));
    source.on('end', () => {
      this.ended = true;
      if (this.queue.length === 0) sink.end();
    });
    source.on('error', () => sink.destroy());
    source.on('close', () => {
      if (!this.ended) sink.destroy();
    });
  }

  private take(chunk: Buffer): void {
    const now = performance.now();
    const { bytesPerSecond, delayMs, capBytes } = this.options;
    this.free = departure(now, this.free, chunk.length, bytesPerSecond);
    this.queue.push({ chunk, due: this.free + delayMs });
    this.held += chunk.length;
    if (this.held >= capBytes) this.source.pause();
    this.arm(now);
  }

  private arm(now: number): void {
    const first = this.queue[0];
    if (first === undefined || this.timer !== undefined) return;
    this.timer = setTimeout(() => this.deliver(), Math.max(0, first.due - now));
  }

  /** Hands over what is due, with the next half millisecond's share, since timers are no finer than that. */
  private deliver(): void {
    this.timer = undefined;
    if (this.sink.destroyed) {
      this.source.destroy();
      return;
    }
    const now = performance.now();
    this.sink.cork();
    for (let first = this.queue[0]; first !== undefined && first.due <= now + 0.5; first = this.queue[0]) {
      const { length } = first.chunk;
      this.queue.shift();
      this.sink.write(first.chunk, () => this.release(length));
    }
    this.sink.uncork();
    if (this.queue.length > 0) this.arm(now);
    else if (this.ended) this.sink.end();
  }

  private release(bytes: number): void {
    this.held -= bytes;
    if (this.source.isPaused() && this.held < this.options.capBytes / 2) this.source.resume();
  }
}
