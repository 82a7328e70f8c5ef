import type { IncomingHttpHeaders } from 'node:http';
import type { Agents } from './agent.js';
import type { Body } from './body.js';
import { ServiceError } from './errors.js';
import { Exchange } from './exchange.js';

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
  /** How many times the usual wait for an answer the service may take; 1 unless told. */
  answerPatience?: number;
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
  /** Milliseconds to wait for an answer, and for each further byte of it, once the body is sent. */
  answerTimeoutMs: number;
  /** Told one line per request when debug logging is on. */
  debug?(line: string): void;
}

/** Sends requests over HTTP/1.1, one at a time per connection. */
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
    const { agents, userAgent, stallTimeoutMs, answerTimeoutMs, debug } = this.options;
    const started = performance.now();
    const report = (outcome: string, id: string): void => {
      const ms = Math.round(performance.now() - started);
      debug?.(
        `${request.service} ${request.method} ${request.url.host} ${outcome} ${ms} ms${id && ` RequestId ${id}`}`,
      );
    };
    const counting = {
      ...request,
      onSent: (bytes: number): void => {
        this.bytesSent += bytes;
        request.onSent?.(bytes);
      },
    };
    const times = { stallMs: stallTimeoutMs, answerMs: answerTimeoutMs * (request.answerPatience ?? 1) };
    try {
      const answer = await new Exchange(counting, agents, userAgent, times).run();
      if (debug) report(String(answer.status), (request.requestIdOf ?? requestIdOf)(answer));
      return answer;
    } catch (error) {
      report(error instanceof ServiceError ? error.code : 'failed', '');
      throw error;
    }
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
