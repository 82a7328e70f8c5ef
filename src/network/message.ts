import type { IncomingHttpHeaders } from 'node:http';

/**
 * The body of a request. It can be sent again: every call of `chunks` starts from the beginning, so
 * that a retry reads the bytes once more.
 */
export interface Body {
  /** Bytes. */
  readonly length: number;
  /** Yields the bytes in order; a chunk is valid until the next one is asked for. */
  chunks(): AsyncIterable<Buffer> | Iterable<Buffer>;
}

/** A body that is in memory already. */
export function bufferBody(bytes: Buffer): Body {
  return { length: bytes.length, chunks: () => (bytes.length > 0 ? [bytes] : []) };
}

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
  /** True when no connection may be used that has served another request. */
  newConnection?: boolean;
  /** How many times the usual wait for an answer the service may take; 1 by default. */
  answerTimeoutFactor?: number;
  /** Called each time the system took bytes of the body. */
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

/** RequestId in the headers of an answer, empty where there is none; the VOD API puts its own into the body. */
export function requestIdOf(answer: Answer): string {
  const header = answer.headers['x-cos-request-id'] ?? answer.headers['x-tc-requestid'];
  return typeof header === 'string' ? header : '';
}

/**
 * Milliseconds that a Retry-After header asks for, 0 when there is none. A time is compared with that of the
 * answer's own Date header: both are the sender's.
 *
 * @param now milliseconds since the epoch, for an answer without a Date
 */
export function retryAfterMs(answer: Answer, now = Date.now()): number {
  const { 'retry-after': value, date } = answer.headers;
  if (!value) return 0;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const until = Date.parse(value);
  const sent = Date.parse(date ?? '');
  return Number.isNaN(until) ? 0 : Math.max(0, until - (Number.isNaN(sent) ? now : sent));
}
