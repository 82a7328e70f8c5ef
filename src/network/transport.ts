import type { Agents } from './agent.js';
import { ServiceError } from './errors.js';
import { Exchange } from './exchange.js';
import { type Answer, type OutgoingRequest, requestIdOf } from './message.js';

/** Bytes of a body that doubles the wait for its answer; larger ones have no longer one. */
const LARGE_BODY = 16 * 1024 * 1024;

export interface TransportOptions {
  agents: Agents;
  /** Value of the User-Agent header. */
  userAgent: string;
  /** Milliseconds in which the system must take some bytes of a body, or a connection be made. */
  stallTimeoutMs: number;
  /** Milliseconds to wait for an answer, and for each further byte of it, once the body is sent. */
  answerTimeoutMs: number;
  /** Services, by their names in errors, whose endpoint the user gave. */
  givenEndpoints: ReadonlySet<string>;
  /** Called when a connection is not there after some seconds; it is waited for on. */
  onSlowConnection?(service: string, host: string): void;
  /** Called with one line per request when debug logging is on. */
  debug?(line: string): void;
}

/** Sends requests over HTTP/1.1, one at a time per connection. */
export class Transport {
  /** Bytes of bodies handed to the system since the start, repeats included. */
  bytesSent = 0;
  /** Hosts that have answered, whatever they said. */
  private readonly answered = new Set<string>();

  constructor(private readonly options: TransportOptions) {}

  /** True when the URL's host has answered a request of this run. */
  hasAnswered({ host }: URL): boolean {
    return this.answered.has(host);
  }

  /**
   * Sends one request and returns the whole answer, whatever its status.
   *
   * @throws {ServiceError} when there is no answer: connection, TLS, proxy, stall, cancel
   */
  async send(request: OutgoingRequest): Promise<Answer> {
    const { agents, userAgent, stallTimeoutMs, answerTimeoutMs, givenEndpoints, onSlowConnection, debug } =
      this.options;
    const { service, url } = request;
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
    // Of a large body much still lies in the buffers of the system when its last byte is taken.
    const factor = (request.answerTimeoutFactor ?? 1) + Math.min(1, (request.body?.length ?? 0) / LARGE_BODY);
    const times = { stallMs: stallTimeoutMs, answerMs: answerTimeoutMs * factor };
    try {
      const answer = await new Exchange(counting, agents, userAgent, times, givenEndpoints.has(service), () =>
        onSlowConnection?.(service, url.host),
      ).run();
      this.answered.add(request.url.host);
      if (debug) report(String(answer.status), (request.requestIdOf ?? requestIdOf)(answer));
      return answer;
    } catch (error) {
      report(error instanceof ServiceError ? error.code : 'failed', '');
      throw error;
    }
  }
}
