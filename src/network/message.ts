import type { IncomingHttpHeaders } from 'node:http';
import type { Body } from './body.js';

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

/** RequestId in the headers of an answer, empty where there is none; the VOD API puts its own into the body. */
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
