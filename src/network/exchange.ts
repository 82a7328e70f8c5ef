import {
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
  request as requestPlain,
} from 'node:http';
import { request as requestTls } from 'node:https';
import type { Socket } from 'node:net';
import { CodedError } from '../errors.js';
import type { Agents, PoolRequest } from './agent.js';
import { connectionFailure, type RequestProgress } from './connection-failure.js';
import { cancelledError, ServiceError } from './errors.js';
import type { Answer, OutgoingRequest } from './message.js';

/** Times to wait in one exchange, in milliseconds. */
export interface ExchangeTimes {
  /** For some bytes of the body to be taken, or the connection to be made. */
  stallMs: number;
  /** For the answer, and for each further byte of it, once the body is sent. */
  answerMs: number;
}

/** An answer of a service is a small control message; anything longer is not from the service. */
const ANSWER_LIMIT = 4 * 1024 * 1024;
/** A socket as Node has it; the types leave out what only sockets of TLS have, true until their handshake is done. */
type HandshakingSocket = Socket & { readonly secureConnecting?: boolean };
/** How many times the wait for an answer the whole of it may take, however steadily its bytes come. */
const WHOLE_ANSWER_FACTOR = 3;
/** Milliseconds in which connections usually come about, over an ocean and through a proxy, too. */
const SLOW_CONNECTION = 4000;
/** Milliseconds for the system to say that it took the last bytes, when the answer is there already. */
const FINISH_GRACE = 1000;

/**
 * One request and its answer on one connection.
 *
 * Back-pressure goes by write callbacks and not by `drain`: Node takes the socket's `drain` listener away
 * when an answer is complete, so a sender that waits for it would hang for ever on an early answer.
 */
export class Exchange {
  private outgoing: ClientRequest | undefined;
  private incoming: IncomingMessage | undefined;
  private resolve!: (answer: Answer) => void;
  private reject!: (error: CodedError) => void;
  private watchdog: NodeJS.Timeout | undefined;
  /** Speaks up when no connection comes about. */
  private notice: NodeJS.Timeout | undefined;
  /** Ends an answer that goes on and on. */
  private limit: NodeJS.Timeout | undefined;
  private settled = false;
  private connected = false;
  /** The last byte was given to the connection, whether the system has taken it or not. */
  private handedOver = false;
  /** The answer, once it is whole. */
  private whole: Answer | undefined;
  /** Ends the wait for the system to take a chunk. */
  private wake = (): void => undefined;
  /** Gives up the tunnel that is being opened: a request without a connection takes none down with it. */
  private abandonTunnel = (): void => undefined;
  private readonly onAbort = (): void => this.fail(cancelledError(this.request.service));

  constructor(
    private readonly request: OutgoingRequest,
    private readonly agents: Agents,
    private readonly userAgent: string,
    private readonly times: ExchangeTimes,
    /** True when the user gave the endpoint. */
    private readonly isGiven: boolean,
    /** Called when the connection is not there after some seconds; it is waited for on. */
    private readonly onSlowConnection: () => void,
  ) {}

  /**
   * Carries the exchange out, once.
   *
   * @throws {ServiceError} when there is no whole answer
   */
  run(): Promise<Answer> {
    const { signal, service } = this.request;
    if (signal.aborted) return Promise.reject(cancelledError(service));
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
      signal.addEventListener('abort', this.onAbort, { once: true });
      this.watch(this.times.stallMs);
      this.notice = setTimeout(() => {
        if (!this.connected) this.onSlowConnection();
      }, SLOW_CONNECTION);
      if (this.request.newConnection) this.agents.dropIdle(this.request.url);
      try {
        this.outgoing = this.open();
      } catch (error) {
        // Node refuses what can't stand in a header.
        this.fail(error as Error);
        return;
      }
      this.pump(this.outgoing).catch((error: Error) => this.fail(error));
    });
  }

  private open(): ClientRequest {
    const { url, method, path, headers, body } = this.request;
    const secure = url.protocol === 'https:';
    const options: RequestOptions & PoolRequest = {
      agent: this.agents.for(url),
      method,
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port || (secure ? 443 : 80),
      path: path ?? `${url.pathname}${url.search}`,
      headers: {
        Host: url.host,
        'User-Agent': this.userAgent,
        ...headers,
        'Content-Length': String(body?.length ?? 0),
      },
      onTunnel: (abandon) => {
        this.abandonTunnel = abandon;
      },
    };
    const outgoing = (secure ? requestTls : requestPlain)(options);
    const onConnected = (): void => {
      this.connected = true;
    };
    outgoing.on('socket', (socket) => {
      // Over a tunnel the socket is there before its handshake, and nothing has left until that is done.
      const { connecting, secureConnecting } = socket as HandshakingSocket;
      if (!connecting && !secureConnecting) onConnected();
      else socket.once(secure ? 'secureConnect' : 'connect', onConnected);
    });
    outgoing.on('response', (incoming) => this.receive(incoming));
    outgoing.on('error', (error) => this.fail(error));
    // A reset between the answer's header and its end shows only here.
    outgoing.on('close', () =>
      this.fail(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' })),
    );
    return outgoing;
  }

  private async pump(outgoing: ClientRequest): Promise<void> {
    const { body, onSent } = this.request;
    let left = body?.length ?? 0;
    if (left === 0) {
      this.handedOver = true;
      await this.taken((done) => outgoing.end(done));
    } else {
      for await (const chunk of body?.chunks() ?? []) {
        if (this.settled || this.incoming) return;
        left -= chunk.length;
        this.handedOver = left === 0;
        await this.taken((done) =>
          left === 0 ? outgoing.end(chunk, done) : outgoing.write(chunk, () => done()),
        );
        if (this.settled) return;
        onSent?.(chunk.length);
        this.watchdog?.refresh();
        if (left === 0) break;
      }
      if (left > 0 && !this.incoming) throw new Error(`the body ended ${left} bytes early`);
    }
    if (left === 0 && !this.settled && !this.incoming) this.watch(this.times.answerMs);
  }

  /** Waits until the system has taken what `write` gives it, or nobody waits for that any more. */
  private taken(write: (done: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
      write(resolve);
    });
  }

  private receive(incoming: IncomingMessage): void {
    this.incoming = incoming;
    this.wake();
    this.watch(this.times.answerMs);
    const longest = this.times.answerMs * WHOLE_ANSWER_FACTOR;
    this.limit = setTimeout(() => this.stalled(`the answer did not end in ${inSeconds(longest)}`), longest);
    const chunks: Buffer[] = [];
    let length = 0;
    incoming.on('data', (chunk: Buffer) => {
      this.watchdog?.refresh();
      length += chunk.length;
      if (length > ANSWER_LIMIT) this.fail(new Error(`the answer is over ${ANSWER_LIMIT} bytes`));
      else chunks.push(chunk);
    });
    incoming.on('error', (error) => this.fail(error));
    incoming.on('end', () => {
      const { statusCode = 0, headers } = incoming;
      this.whole = { status: statusCode, headers, body: Buffer.concat(chunks) };
      clearTimeout(this.limit);
      this.finish();
    });
  }

  /**
   * The answer is whole. Node frees the connection once the request is finished, too, which it may hear of a
   * moment after the answer: a next request that started in between would open another connection.
   */
  private finish(): void {
    const { outgoing, handedOver } = this;
    if (!handedOver || outgoing?.writableFinished) {
      this.settle();
      return;
    }
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => this.settle(), FINISH_GRACE);
    outgoing?.once('finish', () => this.settle());
  }

  private watch(milliseconds: number): void {
    clearTimeout(this.watchdog);
    if (!this.settled) this.watchdog = setTimeout(() => this.stall(), milliseconds);
  }

  private stall(): void {
    const { stallMs, answerMs } = this.times;
    const what = !this.connected
      ? `no connection in ${inSeconds(stallMs)}`
      : this.handedOver
        ? `no answer in ${inSeconds(answerMs)}`
        : `no byte taken in ${inSeconds(stallMs)}`;
    this.stalled(what);
  }

  private stalled(what: string): void {
    const { service, url } = this.request;
    this.fail(
      new ServiceError(service, {
        code: 'Stalled',
        message: `The connection to ${url.host} stalled: ${what}.`,
        kind: 'transient',
        ...this.progress(),
        // Silence is not how a connection ends that was closed meanwhile.
        stale: false,
      }),
    );
  }

  private progress(): RequestProgress {
    const { connected, handedOver, outgoing, incoming } = this;
    // A request that Node refuses to make has not even tried.
    return {
      unanswered: handedOver && connected,
      unreached: outgoing !== undefined && !connected,
      stale: outgoing?.reusedSocket === true && incoming === undefined,
    };
  }

  private fail(error: Error): void {
    if (this.settled) return;
    // The answer is whole; what became of the connection afterwards does not matter to it.
    if (this.whole) {
      this.settle();
      return;
    }
    const { service, url } = this.request;
    const failure =
      error instanceof CodedError
        ? error
        : connectionFailure(service, url, error, this.progress(), this.isGiven);
    // Where one connection died its idle siblings are likely dead, too; a retry must not burn its tries on them.
    if (failure instanceof ServiceError && failure.kind === 'transient') this.agents.dropIdle(url);
    this.settle(failure);
  }

  private settle(failure?: CodedError): void {
    if (this.settled) return;
    this.settled = true;
    clearTimeout(this.watchdog);
    clearTimeout(this.limit);
    clearTimeout(this.notice);
    this.request.signal.removeEventListener('abort', this.onAbort);
    this.wake();
    // An answer that came before the whole body was taken leaves the connection in the middle of a request:
    // it can't serve another one.
    if (failure || !this.outgoing?.writableFinished) this.outgoing?.destroy();
    this.abandonTunnel();
    if (failure) this.reject(failure);
    else this.resolve(this.whole as Answer);
  }
}

function inSeconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 10) / 100} s`;
}
