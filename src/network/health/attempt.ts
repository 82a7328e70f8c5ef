import { ServiceError } from '../errors.js';
import type { Call, Fault } from './call.js';
import type { Admission, Outcome } from './decisions.js';
import type { CallEnded, Gate } from './gate.js';

/** What a failure means for the call and its hosts. */
export type FailureClass =
  | Fault
  /** The service's last word: it answered, and a repeat gives the same answer. */
  | 'refused'
  /** A repeat can't help, and the failure says nothing of the service: the run was stopped, a file is gone. */
  | 'hopeless'
  /** The service answered, and the reason was removed meanwhile, as a wrong clock is: the repeat costs nothing. */
  | 'corrected'
  /** The service answered, and what went wrong is this attempt's own, as a damaged body is. */
  | 'flawed'
  /** The service refuses more requests for now. */
  | 'throttled'
  /** A connection that was used before died before any answer, which says nothing of the service. */
  | 'stale-connection';

/** One attempt of a call. */
export interface Attempt {
  /** Fires when the run is stopped, and when the call ends while the request hangs. */
  readonly signal: AbortSignal;
  /** True when it looks whether the host is back, so that the slot that it needs must not wait for others. */
  readonly isProbe: boolean;
  /** True after one refusal for speed: it goes before others that wait for the same slots. */
  readonly goesFirst: boolean;
  /** True when no connection may be used that served another request before. */
  readonly needsNewConnection: boolean;
  /** True once {@link send} failed in a way that asks for fewer requests at once. */
  readonly asksForLess: boolean;
  /**
   * Sends the request: to be called once, when the attempt has got what the request needs, such as a slot. What it
   * throws must leave the attempt as it is; anything else that leaves the attempt is the end of the call.
   */
  send<T>(exchange: () => Promise<T>): Promise<T>;
  /** Bytes of the body moved. */
  moved(): void;
}

/** The host went out of order between an attempt's admission and its start. */
export class HeldBack extends Error {}

/** An attempt that reports to the gates of its call. */
export class GatedAttempt implements Attempt {
  readonly isProbe: boolean;
  readonly goesFirst: boolean;
  asksForLess = false;
  /** How the exchange failed. */
  failure: { error: ServiceError; class: FailureClass } | undefined;
  /** Set where the call ended meanwhile. */
  ended: CallEnded | undefined;
  private readonly stop = new AbortController();

  /** @param gates that of the action, where there is one, and that of the host */
  constructor(
    private readonly call: Call,
    private readonly gates: readonly Gate[],
    admissions: readonly Admission[],
    readonly needsNewConnection: boolean,
    private readonly classify: (error: ServiceError) => FailureClass,
  ) {
    this.isProbe = admissions.some(({ isProbe }) => isProbe);
    this.goesFirst = admissions.some(({ goesFirst }) => goesFirst);
  }

  get signal(): AbortSignal {
    return this.stop.signal;
  }

  /** Runs the attempt until it ends, or until the signal stops it. */
  async run<T>(attempt: (attempt: Attempt) => Promise<T>, signal: AbortSignal): Promise<T> {
    const onAbort = (): void => this.stop.abort(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await attempt(this);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async send<T>(exchange: () => Promise<T>): Promise<T> {
    const { call, gates } = this;
    if (!gates.every(({ health }) => health.isAdmitted(call))) throw new HeldBack();
    for (const gate of gates) {
      gate.begin(call, (reason) => {
        this.ended = reason;
        this.stop.abort(reason);
      });
    }
    try {
      const result = await exchange();
      this.report({ kind: 'answered' }, { kind: 'answered' });
      return result;
    } catch (error) {
      // Before a slot is given back, or the next request would go out without knowing of this failure.
      this.fail(error);
      throw error;
    }
  }

  moved(): void {
    for (const { health } of this.gates) health.moved(this.call);
  }

  private fail(error: unknown): void {
    if (!(error instanceof ServiceError)) {
      this.report({ kind: 'withdrawn' }, { kind: 'withdrawn' });
      return;
    }
    let kind = this.classify(error);
    // On a new connection it says as much as any other failure.
    if (kind === 'stale-connection' && this.needsNewConnection) kind = 'connection';
    this.failure = { error, class: kind };
    const { retryAfterMs } = error;
    switch (kind) {
      case 'unreached':
      case 'connection':
      case 'stall':
        this.report({ kind: 'withdrawn' }, { kind: 'failed', failure: { fault: kind, error, retryAfterMs } });
        break;
      case 'answer':
        this.report({ kind: 'failed', failure: { fault: kind, error, retryAfterMs } }, { kind: 'answered' });
        break;
      case 'throttled':
        this.report({ kind: 'throttled', retryAfterMs }, { kind: 'answered' });
        break;
      case 'flawed':
        this.report({ kind: 'flawed' }, { kind: 'answered' });
        break;
      case 'refused':
      case 'corrected':
        this.report({ kind: 'answered' }, { kind: 'answered' });
        break;
      case 'hopeless':
      case 'stale-connection':
        this.report({ kind: 'withdrawn' }, { kind: 'withdrawn' });
    }
  }

  /** Reports the answer to the action's gate and the connection to the host's; a gate that is both gets what counts. */
  private report(ofAnswer: Outcome, ofConnection: Outcome): void {
    const { call, gates } = this;
    const [first, second] = gates;
    const both = ofConnection.kind === 'failed' ? ofConnection : ofAnswer;
    const firstAsks = first?.report(call, second ? ofAnswer : both) ?? false;
    const secondAsks = second?.report(call, ofConnection) ?? false;
    this.asksForLess = firstAsks || secondAsks;
  }
}
