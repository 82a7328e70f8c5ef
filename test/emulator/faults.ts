import { hostMatches } from './hosts.js';
import type { LoggedRequest, ServiceName } from './request-log.js';
import { checkSample, isPartial, type Sample, Sampler } from './sample.js';
import { checkSpan, type Span, Window } from './span.js';

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
  | { kind: 'html'; status?: number; early?: boolean; headers?: Record<string, string> }
  /** TCP reset before a byte of the body is read. */
  | { kind: 'reset-before' }
  /** The connection is closed in an orderly way instead, as by a server whose keep-alive time has just run out. */
  | { kind: 'close-before' }
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
  /** The request is served once the promise is fulfilled. */
  | { kind: 'wait'; until: Promise<unknown> }
  /** The body is read at this speed. */
  | { kind: 'throttle'; bytesPerSecond: number };

/** Which requests get an effect: those that meet every condition, while the span lasts. */
export interface FaultRule extends Span, Sample {
  service?: ServiceName | readonly ServiceName[];
  action?: string | readonly string[];
  /** Name in the Host header, or `*.` and its end. */
  host?: string;
  /** Number of the request in its connection, from 1: 2 hits connections that are used a second time. */
  requestOfConnection?: number;
  /** Further condition on the request; parameters of API requests are there, COS bodies are not. */
  match?: (request: LoggedRequest) => boolean;
  /** How many requests get it; 1 by default, or all when the rule has a time or a share. */
  times?: number | 'always';
  /** How many matching requests pass before it. */
  after?: number;
  /** A fixed effect, or one made for each request. */
  effect: Effect | ((request: LoggedRequest) => Effect | undefined);
}

function includes<Name extends string>(wanted: Name | readonly Name[] | undefined, name: Name): boolean {
  if (wanted === undefined) return true;
  return typeof wanted === 'string' ? wanted === name : wanted.includes(name);
}

/** True when a request meets the conditions of a rule. */
function matches(rule: FaultRule, request: LoggedRequest): boolean {
  if (!includes(rule.service, request.service) || !includes(rule.action, request.action)) return false;
  if (rule.host !== undefined && !hostMatches(rule.host, request.host)) return false;
  if (rule.requestOfConnection !== undefined && rule.requestOfConnection !== request.ordinal) return false;
  return rule.match?.(request) !== false;
}

function timesOf({ times, forMs, flap, ...sample }: FaultRule): number {
  if (times === 'always') return Number.POSITIVE_INFINITY;
  const many = forMs !== undefined || flap !== undefined || isPartial(sample);
  return times ?? (many ? Number.POSITIVE_INFINITY : 1);
}

/** A rule that was armed, and what it has done. */
export class ArmedFault {
  /** Requests that got the effect. */
  hits = 0;
  private toPass: number;
  private readonly times: number;
  private readonly sampler: Sampler;
  private readonly window: Window;
  private disarmed = false;

  constructor(
    readonly id: number,
    private readonly rule: FaultRule,
    armedAt: number,
  ) {
    checkSpan(rule);
    checkSample(rule);
    this.toPass = rule.after ?? 0;
    this.times = timesOf(rule);
    this.sampler = new Sampler(rule);
    this.window = new Window(rule, armedAt);
  }

  /** When its time began, by the emulator's clock; `undefined` before its first hit. */
  get beganAt(): number | undefined {
    return this.window.beganAt;
  }

  /** Lets every further request pass. */
  disarm(): void {
    this.disarmed = true;
  }

  /** True when it can hit nothing any more. */
  isOver(now: number): boolean {
    return this.disarmed || this.hits >= this.times || this.window.phase(now) === 'over';
  }

  /** The effect for a request; `undefined` when the rule lets it pass. */
  draw(request: LoggedRequest, now: number): Effect | undefined {
    if (this.isOver(now) || !this.window.isOpen(now) || !matches(this.rule, request)) return undefined;
    if (this.toPass > 0) {
      this.toPass -= 1;
      return undefined;
    }
    if (!this.sampler.draw()) return undefined;
    const { effect } = this.rule;
    const drawn = typeof effect === 'function' ? effect(request) : effect;
    if (drawn === undefined) return undefined;
    this.window.begin(now);
    this.hits += 1;
    return drawn;
  }
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
  private armed: ArmedFault[] = [];
  private sequence = 0;

  /** @param now milliseconds by which spans are counted */
  constructor(private readonly now: () => number = Date.now) {}

  /** Arms a rule. Raises a RangeError for one that means nothing. */
  add(rule: FaultRule): ArmedFault {
    this.sequence += 1;
    const fault = new ArmedFault(this.sequence, rule, this.now());
    this.armed.push(fault);
    return fault;
  }

  clear(): void {
    for (const fault of this.armed) fault.disarm();
    this.armed = [];
  }

  /** The effect for a request: that of the first rule that applies. The rules after it do not see the request. */
  draw(request: LoggedRequest): Effect | undefined {
    const now = this.now();
    this.armed = this.armed.filter((fault) => !fault.isOver(now));
    for (const fault of this.armed) {
      const effect = fault.draw(request, now);
      if (effect !== undefined) return effect;
    }
    return undefined;
  }
}
