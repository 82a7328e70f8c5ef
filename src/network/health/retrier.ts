import { ServiceError } from '../errors.js';
import { type Attempt, type FailureClass, GatedAttempt, HeldBack } from './attempt.js';
import { Call } from './call.js';
import type { Admission, HealthEvent } from './decisions.js';
import { CallEnded, Gate, type Timers } from './gate.js';
import { HostHealth } from './host-health.js';

/** What is called, and for whom. */
export interface CallRequest {
  /** Names the call in the log, such as `PUT videos/a.mp4`. */
  what: string;
  /** Name of the service for errors, such as `COS`. */
  service: string;
  /** The host by which failures of connections are kept, and answers too unless there is an action. */
  host: string;
  /** The action of an API by which answers are kept. */
  action?: string;
  /** Bytes of the body: of the calls that wait for a host the smallest goes out to look. */
  size: number;
  /** Ends the call at once. */
  signal: AbortSignal;
  /** Fires when nobody can wait much longer: then the call waits for a host out of order for a minute at most. */
  hurry?: AbortSignal;
}

export interface RetrierOptions {
  /** Tries of a call, the first included, counting failures that are its own. */
  maxAttempts: number;
  /** Milliseconds that a host may be out of order. */
  outageTimeoutMs: number;
  classify(error: ServiceError): FailureClass;
  onEvent(event: HealthEvent): void;
  /** Called when an attempt failed, its host is not out of order, and the call rests before the next one. */
  onRetry(what: string, error: ServiceError, pauseMs: number): void;
  timers?: Timers;
  /** A random number in [0, 1), replaced in tests. */
  random?: () => number;
}

/** Corrections after which a call is repeated: it may have been sent just before another one's correction. */
const MOST_CORRECTIONS = 2;

const SYSTEM_TIMERS: Timers = {
  now: () => performance.now(),
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};

/**
 * Runs calls until they succeed or have failed for good. Failures of a host are waited out, as long as outage-timeout
 * allows, and cost no tries; failures that are a call's own are counted.
 */
export class Retrier {
  private readonly gates = new Map<string, Gate>();

  constructor(private readonly options: RetrierOptions) {}

  /**
   * Runs a call. While it waits it holds nothing: what an attempt needs, it gets for itself and gives back before it
   * ends.
   *
   * @throws {ServiceError} the last failure; where nothing got through to the host for too long, it says so
   */
  async run<T>(request: CallRequest, attempt: (attempt: Attempt) => Promise<T>): Promise<T> {
    const { host, action, hurry } = request;
    const call = new Call(request.size);
    // The action's comes first: a call that waits there must not hold what the host grants to other actions.
    const names = action === undefined ? [host] : [`${action} at ${host}`, host];
    const gates = names.map((name) => this.gate(name));
    for (const { health } of gates) health.join(call);
    const onHurry = (): void => {
      for (const gate of gates) gate.hurry(call);
    };
    if (hurry?.aborted) onHurry();
    hurry?.addEventListener('abort', onHurry, { once: true });
    try {
      return await this.repeat(request, call, gates, attempt);
    } finally {
      hurry?.removeEventListener('abort', onHurry);
      for (const gate of gates) gate.leave(call);
    }
  }

  private async repeat<T>(
    { what, service, signal }: CallRequest,
    call: Call,
    gates: readonly Gate[],
    attempt: (attempt: Attempt) => Promise<T>,
  ): Promise<T> {
    const { classify, onRetry } = this.options;
    const admissions = new Map<Gate, Admission>();
    let last: ServiceError | undefined;
    let corrections = 0;
    let needsNewConnection = false;
    for (;;) {
      try {
        for (const gate of gates) {
          if (gate.health.isAdmitted(call)) continue;
          admissions.set(gate, await gate.admission(call, service, signal));
        }
      } catch (error) {
        throw error instanceof CallEnded ? failureOf(error, last) : error;
      }
      const current = new GatedAttempt(call, gates, [...admissions.values()], needsNewConnection, classify);
      try {
        return await current.run(attempt, signal);
      } catch (error) {
        if (current.ended) throw failureOf(current.ended, last);
        if (error instanceof HeldBack) continue;
        const { failure } = current;
        // What did not come of the exchange is no failure of a service.
        if (failure === undefined || failure.error !== error) throw error;
        if (failure.class === 'refused' || failure.class === 'hopeless') throw error;
        if (failure.class === 'corrected' && corrections++ >= MOST_CORRECTIONS) throw error;
        last = failure.error;
        needsNewConnection = failure.class === 'stale-connection';
        const isOver = signal.aborted || gates.some(({ health }) => health.isExhausted(call));
        if (isOver || gates.some(({ health }) => health.isOutOfOrder)) continue;
        onRetry(what, last, Math.max(...gates.map(({ health }) => health.restOf(call))));
      }
    }
  }

  private gate(name: string): Gate {
    const known = this.gates.get(name);
    if (known) return known;
    const { timers = SYSTEM_TIMERS, random = Math.random, ...options } = this.options;
    const { maxAttempts, outageTimeoutMs, onEvent } = options;
    const now = (): number => timers.now();
    const health = new HostHealth({ name, maxAttempts, outageTimeoutMs, now, random, onEvent });
    const gate = new Gate(name, health, timers);
    this.gates.set(name, gate);
    return gate;
  }
}

/** The failure that a call ends with: its own last one, or that of the host where it never went out. */
function failureOf({ ending, host }: CallEnded, last: ServiceError | undefined): Error {
  const error = last ?? ending.error;
  if (error === undefined) return new Error('A call ended without a failure.');
  if (ending.lastedMs === undefined) return error;
  const { service, code, message, kind, requestId, status, retryAfterMs, unanswered, unreached } = error;
  return new ServiceError(service, {
    code,
    message: `Gave up after ${inWords(ending.lastedMs)} without an answer from ${host}. The last failure was: ${message}`,
    kind,
    requestId,
    status,
    retryAfterMs,
    // A request that was not sent can't have been carried out.
    unanswered: last !== undefined && unanswered,
    unreached,
  });
}

function inWords(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
