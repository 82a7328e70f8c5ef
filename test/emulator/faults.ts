import type { LoggedRequest, ServiceName } from './request-log.js';

/** The service refuses. The status is looked up by the code when it is left out. */
export interface ErrorEffect {
  kind: 'error';
  code: string;
  message?: string;
  status?: number;
  headers?: Record<string, string>;
}

/**
 * A refusal sent before the body is read; the connection stays open and unread. A client that takes it for a usable
 * one waits for ever, unless `close` tells it with `Connection: close`.
 */
export interface EarlyAnswer extends Omit<ErrorEffect, 'kind'> {
  kind: 'early-answer';
  close?: boolean;
}

/** What goes wrong with a request. Bodies are read and forgotten before an answer unless the effect says otherwise. */
export type Effect =
  | ErrorEffect
  /** A page of something between client and service; an early one does not wait for the body. */
  | { kind: 'html'; status?: number; early?: boolean }
  /** TCP reset before a byte of the body is read. */
  | { kind: 'reset-before' }
  /** TCP reset when that many bytes of the body have been read. */
  | { kind: 'reset-amid'; afterBytes: number }
  /** The request takes effect, then the connection is reset instead of an answer. */
  | { kind: 'reset-after' }
  /** The body is read, nothing takes effect, and the connection is reset. */
  | { kind: 'reset-after-unprocessed' }
  /** A black hole: after that many bytes (0 unless told) nothing is read and nothing is answered. */
  | { kind: 'stall'; afterBytes?: number }
  | EarlyAnswer
  /** The object is stored as it came, but the answer's x-cos-hash-crc64ecma is another. */
  | { kind: 'wrong-crc' }
  /** Status 200 with an error document as its body; nothing takes effect. */
  | { kind: '200-error'; code: string; message?: string }
  /** The head is sent at once, spaces follow while the service works, then the body. */
  | { kind: 'slow-complete'; spaces: number; intervalMs: number; withoutCrc?: boolean; code?: string }
  /** The request is served after a wait. */
  | { kind: 'delay'; ms: number }
  /** The body is read at this speed. */
  | { kind: 'throttle'; bytesPerSecond: number };

/** Which requests get an effect. */
export interface FaultRule {
  service?: ServiceName;
  action?: string;
  /** Further condition on the request; parameters of API requests are there, COS bodies are not. */
  match?: (request: LoggedRequest) => boolean;
  /** How many requests get it; 1 unless told. */
  times?: number | 'always';
  /** How many matching requests pass before it. */
  after?: number;
  /** A fixed effect, or one made for each request. */
  effect: Effect | ((request: LoggedRequest) => Effect | undefined);
}

interface ArmedRule {
  rule: FaultRule;
  toPass: number;
  left: number;
}

/** COS drops bodies that come too slowly. */
export const userNetworkTooSlow: ErrorEffect = {
  kind: 'error',
  code: 'UserNetworkTooSlow',
  message: 'Uploads are dropped due to slow network.',
};

/** COS asks for a lower rate. */
export const slowDown: ErrorEffect = {
  kind: 'error',
  code: 'SlowDown',
  message: 'Reduce your request rate.',
};

/** The API asks for a lower rate. */
export const requestLimitExceeded: ErrorEffect = {
  kind: 'error',
  code: 'RequestLimitExceeded',
  message: 'Your current request times exceeds the limit. Please retry later.',
};

/** The temporary certificate has run out. */
export const expiredCertificate: ErrorEffect = {
  kind: 'error',
  code: 'ExpiredToken',
  message: 'The provided token has expired.',
};

/** The faults that are waiting for their requests. */
export class Faults {
  private rules: ArmedRule[] = [];

  add(rule: FaultRule): void {
    this.rules.push({
      rule,
      toPass: rule.after ?? 0,
      left: rule.times === 'always' ? Number.POSITIVE_INFINITY : (rule.times ?? 1),
    });
  }

  clear(): void {
    this.rules = [];
  }

  /** The effect for a request: that of the first rule that applies. Uses up one of the rule's times. */
  draw(request: LoggedRequest): Effect | undefined {
    for (const armed of this.rules) {
      const { rule } = armed;
      if (rule.service !== undefined && rule.service !== request.service) continue;
      if (rule.action !== undefined && rule.action !== request.action) continue;
      if (armed.left <= 0 || rule.match?.(request) === false) continue;
      if (armed.toPass > 0) {
        armed.toPass -= 1;
        continue;
      }
      const effect = typeof rule.effect === 'function' ? rule.effect(request) : rule.effect;
      if (effect === undefined) continue;
      armed.left -= 1;
      return effect;
    }
    return undefined;
  }
}
