import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { LoggedRequest } from './request-log.js';
import type { Answer } from './service.js';
import { ServiceError } from './service-error.js';

/** The client or the emulator ended the connection before the exchange was over. Nothing can be answered. */
export class ConnectionGone extends Error {
  constructor() {
    super('The connection is gone.');
    this.name = 'ConnectionGone';
  }
}

/** Something that takes the bytes of a body as they come. */
export interface Sink {
  update(chunk: Buffer): unknown;
}

/** One request and what can be done with its connection. */
export class Call {
  /** Body of an API request, read before the service is asked. */
  payload: Buffer = Buffer.alloc(0);
  /** Called once, when this many body bytes have arrived. */
  trap: { afterBytes: number; spring: () => void } | undefined;
  /** Limit of the speed at which the body is read; 0 for none. */
  bytesPerSecond = 0;
  /** Milliseconds without a byte of the body after which the request is refused. */
  bodyIdleMs = 60_000;
  /** Called when the call is left hanging, since nobody works on it any more. */
  onHold: () => void = () => undefined;
  private consumed = false;
  private stalled = false;
  /** Settles when an outage that keeps the connection silent is over; `undefined` when there is none. */
  private frozen: { thawed: Promise<void>; thaw: () => void } | undefined;

  constructor(
    readonly entry: LoggedRequest,
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    /** The TCP connection below TLS. */
    private readonly socket: Socket,
  ) {}

  /** True when the connection can no longer carry an answer. */
  get gone(): boolean {
    return this.request.socket.destroyed;
  }

  /** Ends the connection with a TCP reset. */
  reset(): void {
    this.entry.outcome = 'reset';
    this.socket.resetAndDestroy();
    this.request.socket.destroy();
  }

  /** Ends the connection without an answer, but in order: the client sees its end and no reset. */
  close(): void {
    this.entry.outcome = 'closed';
    this.request.socket.end();
  }

  /** Stops reading the connection for good. Its end is not noticed either, as with a real black hole. */
  stall(): void {
    this.stalled = true;
    this.fallSilent();
  }

  /** Stops reading and answering until {@link thaw}. */
  freeze(): void {
    if (this.frozen !== undefined) return;
    let thaw = (): void => undefined;
    const thawed = new Promise<void>((resolve) => {
      thaw = resolve;
    });
    this.frozen = { thawed, thaw };
    this.blame('silence');
    this.fallSilent();
  }

  /** Notes the kind of the fault or outage that the request met first. */
  blame(kind: string): void {
    if (this.entry.fault === '') this.entry.fault = kind;
  }

  /** Goes on where {@link freeze} stopped. */
  thaw(): void {
    if (this.frozen === undefined) return;
    const { thaw } = this.frozen;
    this.frozen = undefined;
    thaw();
    if (this.stalled) return;
    if (this.entry.outcome === 'silent') this.entry.outcome = 'pending';
    // Before somebody listens, the bytes would be lost.
    if (this.consumed) this.request.resume();
  }

  /** Waits for the end of an outage that keeps the connection silent. False when the connection ended first. */
  async thawed(): Promise<boolean> {
    const { socket } = this.request;
    while (this.frozen !== undefined && !this.gone) {
      const { thawed } = this.frozen;
      await new Promise<void>((resolve) => {
        const done = (): void => {
          socket.off('close', done);
          resolve();
        };
        socket.once('close', done);
        void thawed.then(done);
      });
    }
    return !this.gone;
  }

  private fallSilent(): void {
    this.request.pause();
    if (this.entry.outcome === 'pending') this.entry.outcome = 'silent';
    this.onHold();
  }

  /** Does nothing more with the connection until the client or the emulator ends it. */
  async hold(): Promise<void> {
    this.stall();
    if (this.gone) return;
    await new Promise<void>((resolve) => this.request.socket.once('close', () => resolve()));
  }

  /** Waits; returns early when the connection ends. */
  async pause(milliseconds: number): Promise<void> {
    if (milliseconds <= 0 || this.gone) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.request.socket.off('close', done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.request.socket.once('close', done);
    });
  }

  /** Waits for something to happen. Throws {@link ConnectionGone} when the connection ends first. */
  async waitFor(event: Promise<unknown>): Promise<void> {
    let onClose = (): void => undefined;
    const closed = new Promise<void>((resolve) => {
      onClose = resolve;
      this.request.socket.once('close', onClose);
    });
    if (!this.gone) await Promise.race([event, closed]);
    this.request.socket.off('close', onClose);
    if (this.gone) throw new ConnectionGone();
  }

  /** Writes an answer past Node's HTTP server, which would read the rest of the body once it has answered. */
  answerEarly(answer: Answer): void {
    const headers = { ...answer.headers, 'Content-Length': String(Buffer.byteLength(answer.body)) };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? 'Unknown'}\r\n${lines.join('')}\r\n`;
    this.request.socket.write(this.request.method === 'HEAD' ? head : head + answer.body);
    this.entry.status = answer.status;
    this.entry.code = answer.code;
    this.entry.requestId = answer.requestId;
    this.entry.outcome = 'refused';
  }

  /** Reads the body to its end into a sink and returns its length. Throws {@link ConnectionGone}. */
  receive(sink: Sink): Promise<number> {
    this.consumed = true;
    const { request, entry } = this;
    return new Promise<number>((resolve, reject) => {
      const watchdog = setTimeout(() => {
        if (this.frozen !== undefined) {
          watchdog.refresh();
          return;
        }
        stop();
        reject(new ServiceError('RequestTimeout', 'Your socket connection was idle for too long.'));
      }, this.bodyIdleMs);
      const stop = (): void => {
        clearTimeout(watchdog);
        request.off('data', onData).off('end', onEnd).off('close', onClose);
      };
      const onData = (chunk: Buffer): void => {
        watchdog.refresh();
        entry.bytes += chunk.length;
        sink.update(chunk);
        if (this.trap !== undefined && entry.bytes >= this.trap.afterBytes) {
          const { spring } = this.trap;
          this.trap = undefined;
          clearTimeout(watchdog);
          spring();
        } else if (this.bytesPerSecond > 0) {
          request.pause();
          setTimeout(() => this.frozen ?? request.resume(), (chunk.length / this.bytesPerSecond) * 1000);
        }
      };
      const onEnd = (): void => {
        stop();
        resolve(entry.bytes);
      };
      const onClose = (): void => {
        stop();
        reject(new ConnectionGone());
      };
      request.on('data', onData).on('end', onEnd).on('close', onClose);
      // It may have been frozen before somebody listened.
      if (this.frozen === undefined) request.resume();
    });
  }

  /** Reads what is left of the body and forgets it. */
  async drain(): Promise<void> {
    if (!this.consumed) await this.receive({ update: () => undefined });
  }

  /** Reads the whole body into memory. Throws {@link ConnectionGone}, and a ServiceError above the limit. */
  async readAll(limit: number): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let size = 0;
    await this.receive({
      update: (chunk) => {
        size += chunk.length;
        if (size <= limit) chunks.push(chunk);
      },
    });
    if (size > limit) throw new ServiceError('InvalidRequest', `The body is larger than ${limit} bytes.`);
    return Buffer.concat(chunks);
  }
}
