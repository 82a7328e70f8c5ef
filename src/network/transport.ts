import {
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestPlain,
} from 'node:http';
import { request as requestTls } from 'node:https';
import type { Agents } from './agent.js';
import type { Body } from './body.js';
import { cancelledError, ServiceError } from './errors.js';
import { ProxyError } from './proxy.js';

/** A request, whole: headers are sent as they are, Content-Length is the body's. */
export interface OutgoingRequest {
  /** Name of the service for errors and the debug log, such as `COS`. */
  service: string;
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  url: URL;
  /** The path as it stands on the wire, already encoded; the URL's own path and query where absent. */
  path?: string;
  headers: Record<string, string>;
  body?: Body;
  signal: AbortSignal;
  /** Milliseconds to wait for the answer, and for each further byte of it, once the body is sent. */
  answerTimeoutMs?: number;
  /** Told each time bytes of the body were taken by the system. */
  onSent?(bytes: number): void;
  /** Finds the RequestId of an answer for the debug log, where a service has it in the body. */
  requestIdOf?(answer: Answer): string;
}

/** The answer of a service, whatever its status. */
export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface TransportOptions {
  agents: Agents;
  /** Value of the User-Agent header. */
  userAgent: string;
  /** Milliseconds in which the system must take some bytes of a body, or a connection be made. */
  stallTimeoutMs: number;
  /** Milliseconds to wait for an answer after the last byte, unless the request says otherwise. */
  answerTimeoutMs: number;
  /** Told one line per request when debug logging is on. */
  debug?(line: string): void;
}

/** An answer of a service is a small control message; anything longer is not from the service. */
const ANSWER_LIMIT = 4 * 1024 * 1024;

/** Milliseconds for the system to say that it took the last bytes, when the answer is there already. */
const FINISH_GRACE = 1000;

/**
 * Sends requests over HTTP/1.1, one at a time per connection.
 *
 * Back-pressure goes by write callbacks and not by `drain`: Node takes the socket's `drain` listener away
 * when an answer is complete, so a sender that waits for it would hang for ever on an early answer.
 */
export class Transport {
  /** Bytes of bodies handed to the system since the start, repeats included. */
  bytesSent = 0;

  constructor(private readonly options: TransportOptions) {}

  /**
   * Sends one request and returns the whole answer, whatever its status.
   *
   * @throws {ServiceError} when there is no answer: connection, TLS, proxy, stall, cancel
   */
  async send(request: OutgoingRequest): Promise<Answer> {
    const started = performance.now();
    const { debug } = this.options;
    const report = (outcome: string, id: string): void => {
      const ms = Math.round(performance.now() - started);
      debug?.(
        `${request.service} ${request.method} ${request.url.host} ${outcome} ${ms} ms${id && ` RequestId ${id}`}`,
      );
    };
    try {
      const answer = await this.exchange(request);
      if (debug) report(String(answer.status), (request.requestIdOf ?? requestIdOf)(answer));
      return answer;
    } catch (error) {
      report(error instanceof ServiceError ? error.code : 'failed', '');
      throw error;
    }
  }

  private exchange(request: OutgoingRequest): Promise<Answer> {
    const { service, signal, url, body } = request;
    const { agents, stallTimeoutMs } = this.options;
    const answerTimeoutMs = request.answerTimeoutMs ?? this.options.answerTimeoutMs;
    if (signal.aborted) return Promise.reject(cancelledError(service));

    return new Promise((resolve, reject) => {
      let outgoing: ClientRequest | undefined;
      let answer: IncomingMessage | undefined;
      let sentAll = false;
      let handedOver = false;
      let connected = false;
      let settled = false;
      let concludeWhole: (() => void) | undefined;
      let wake = (): void => undefined;

      const settle = (outcome: Answer | ServiceError): void => {
        if (settled) return;
        settled = true;
        clearTimeout(watchdog);
        signal.removeEventListener('abort', onAbort);
        wake();
        if (outcome instanceof ServiceError) {
          outgoing?.destroy();
          reject(outcome);
        } else {
          // An answer that came before the whole body was taken leaves the connection in the middle of a
          // request: it can't serve another one.
          if (!outgoing?.writableFinished) outgoing?.destroy();
          resolve(outcome);
        }
      };
      const fail = (error: Error): void => {
        if (settled) return;
        // The answer is whole; what became of the connection afterwards does not matter to it.
        if (concludeWhole) {
          concludeWhole();
          return;
        }
        // Where one connection died its idle siblings are likely dead, too; a retry must not burn its tries on them.
        agents.dropIdle(url);
        settle(
          error instanceof ServiceError
            ? error
            : connectionFailure(service, url, error, handedOver && connected),
        );
      };
      const onStall = (): void => {
        const what = sentAll
          ? `no answer in ${answerTimeoutMs / 1000} s`
          : `no byte taken in ${stallTimeoutMs / 1000} s`;
        fail(
          new ServiceError(service, {
            code: 'Stalled',
            message: `The connection to ${url.host} stalled: ${what}.`,
            kind: 'transient',
            unanswered: handedOver && connected,
          }),
        );
      };
      let watchdog = setTimeout(onStall, stallTimeoutMs);
      const watchAnswer = (): void => {
        clearTimeout(watchdog);
        if (!settled) watchdog = setTimeout(onStall, answerTimeoutMs);
      };
      const onAbort = (): void => settle(cancelledError(service));
      signal.addEventListener('abort', onAbort, { once: true });

      const open = url.protocol === 'https:' ? requestTls : requestPlain;
      outgoing = open({
        agent: agents.for(url),
        method: request.method,
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port || (url.protocol === 'https:' ? 443 : 80),
        path: request.path ?? `${url.pathname}${url.search}`,
        headers: {
          Host: url.host,
          'User-Agent': this.options.userAgent,
          ...request.headers,
          'Content-Length': String(body?.length ?? 0),
        },
      });
      outgoing.on('socket', (socket) => {
        if (!socket.connecting) connected = true;
        else
          socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
            connected = true;
          });
      });
      outgoing.on('error', fail);
      // A reset between the answer's header and its end shows only here.
      outgoing.on('close', () =>
        fail(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' })),
      );
      outgoing.on('response', (incoming) => {
        answer = incoming;
        wake();
        watchAnswer();
        const chunks: Buffer[] = [];
        let length = 0;
        incoming.on('data', (chunk: Buffer) => {
          watchdog.refresh();
          length += chunk.length;
          if (length > ANSWER_LIMIT) fail(new Error(`the answer is over ${ANSWER_LIMIT} bytes`));
          else chunks.push(chunk);
        });
        incoming.on('error', fail);
        incoming.on('end', () => {
          const whole = () =>
            settle({
              status: incoming.statusCode ?? 0,
              headers: incoming.headers,
              body: Buffer.concat(chunks),
            });
          // Node frees the connection once the request is finished, too, which it may hear of a moment after
          // the answer; a next request that started in between would open another connection.
          if (outgoing?.writableFinished || !handedOver) whole();
          else {
            concludeWhole = whole;
            clearTimeout(watchdog);
            watchdog = setTimeout(whole, FINISH_GRACE);
            outgoing?.once('finish', whole);
          }
        });
      });

      const pump = async (sink: ClientRequest): Promise<void> => {
        let left = body?.length ?? 0;
        if (body && left > 0) {
          for await (const chunk of body.chunks()) {
            if (settled || answer) return;
            left -= chunk.length;
            const last = left === 0;
            handedOver = last;
            await new Promise<void>((taken) => {
              wake = taken;
              if (last) sink.end(chunk, taken);
              else sink.write(chunk, () => taken());
            });
            if (settled) return;
            this.bytesSent += chunk.length;
            request.onSent?.(chunk.length);
            watchdog.refresh();
            if (last) break;
          }
          if (left > 0 && !answer && !settled) throw new Error(`the body ended ${left} bytes early`);
        } else {
          handedOver = true;
          await new Promise<void>((taken) => {
            wake = taken;
            sink.end(taken);
          });
        }
        if (left > 0) return;
        sentAll = true;
        if (!answer && !settled) watchAnswer();
      };
      pump(outgoing).catch(fail);
    });
  }
}

/** RequestId of an answer of COS; the VOD API puts its own into the body. */
export function requestIdOf(answer: Answer): string {
  const header = answer.headers['x-cos-request-id'] ?? answer.headers['x-tc-requestid'];
  return typeof header === 'string' ? header : '';
}

/** Milliseconds that a Retry-After header asks for, 0 when there is none. */
export function retryAfterMs(answer: Answer, now: number): number {
  const value = answer.headers['retry-after'];
  if (!value) return 0;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const time = Date.parse(value);
  return Number.isNaN(time) ? 0 : Math.max(0, time - now);
}

/** Certificates that will not become valid by trying again. */
const CERTIFICATE_CODES =
  /^(CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH)/;

function connectionFailure(service: string, url: URL, error: Error, unanswered: boolean): ServiceError {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'ConnectionFailed';
  if (error instanceof ProxyError) {
    return new ServiceError(service, {
      code,
      message: error.message,
      kind: error.transient ? 'transient' : 'final',
    });
  }
  const failure = (message: string, final: boolean): ServiceError =>
    new ServiceError(service, {
      code,
      message,
      kind: final ? 'final' : 'transient',
      unanswered,
    });
  if (code === 'ENOTFOUND')
    return failure(`There is no host named ${url.hostname}; check the endpoint's spelling.`, true);
  if (code === 'EAI_AGAIN')
    return failure(`The name ${url.hostname} could not be resolved right now.`, false);
  if (CERTIFICATE_CODES.test(code)) {
    return failure(
      `The TLS certificate of ${url.host} is not trusted (${error.message}); for a private CA set NODE_EXTRA_CA_CERTS.`,
      true,
    );
  }
  return failure(`The connection to ${url.host} failed: ${error.message}.`, false);
}
