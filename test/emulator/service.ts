import type { Call } from './call.js';
import type { ServiceName } from './request-log.js';
import type { ServiceError } from './service-error.js';

/** What a service answers. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
  /** Error code for the log, empty on success. */
  code: string;
  requestId: string;
  /** Sends the head at once, then this many spaces, one per interval, and then the body. */
  slow?: { spaces: number; intervalMs: number };
}

/** An emulated service. */
export interface Service {
  readonly name: ServiceName;
  /** Largest body that is read before the service is asked; 0 for services that stream bodies. */
  readonly payloadLimit: number;
  /** Milliseconds that every answer takes at least. */
  readonly latencyMs: number;
  /** Fills in the action of the log entry, and its parameters where the body holds them. */
  identify(call: Call): void;
  /** Handles a request. Throws a ServiceError to refuse it. */
  serve(call: Call): Promise<Answer>;
  /** Words a refusal as this service does. */
  refuse(error: ServiceError, call: Call): Answer;
}
