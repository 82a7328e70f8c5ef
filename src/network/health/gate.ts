import { cancelledError } from '../errors.js';
import type { Call } from './call.js';
import type { Admission, Decisions, Ending, Outcome } from './decisions.js';
import type { HostHealth } from './host-health.js';

/** Time as the retrier sees it, replaced in tests. */
export interface Timers {
  /** Milliseconds, monotonic. */
  now(): number;
  /** Runs something once that many milliseconds have passed. @returns what calls it off */
  after(milliseconds: number, run: () => void): () => void;
}

/** A call ended without another attempt. */
export class CallEnded extends Error {
  constructor(
    readonly ending: Ending,
    /** Name of the host that ended it. */
    readonly host: string,
  ) {
    super('The call gets no further attempt.');
    this.name = 'CallEnded';
  }
}

interface Waiter {
  admit(admission: Admission): void;
  end(reason: CallEnded): void;
}

/** Calls wait here until the health of their host lets them go out or ends them. One timer serves all of them. */
export class Gate {
  private readonly waiters = new Map<Call, Waiter>();
  private readonly stops = new Map<Call, (reason: CallEnded) => void>();
  private wakeAt = Number.POSITIVE_INFINITY;
  private callOff = (): void => undefined;

  constructor(
    readonly name: string,
    readonly health: HostHealth,
    private readonly timers: Timers,
  ) {}

  /**
   * Waits until the call may begin an attempt.
   *
   * @param service named in the error of a call that was cancelled
   * @throws {CallEnded} when it may not any more
   * @throws {ServiceError} of the kind `cancelled` when the signal fires first
   */
  async admission(call: Call, service: string, signal: AbortSignal): Promise<Admission> {
    if (signal.aborted) throw cancelledError(service);
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.waiters.delete(call);
        signal.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        leave();
        reject(cancelledError(service));
      };
      this.waiters.set(call, {
        admit: (admission) => {
          leave();
          resolve(admission);
        },
        end: (reason) => {
          leave();
          reject(reason);
        },
      });
      signal.addEventListener('abort', onAbort, { once: true });
      this.health.wait(call);
      const decisions = this.health.decide(call);
      this.carryOut(decisions);
      if (decisions.wakeAt < this.wakeAt) this.wake(decisions.wakeAt);
    });
  }

  /**
   * An admitted call begins its attempt.
   *
   * @param stop ends the attempt where the call has ended
   */
  begin(call: Call, stop: (reason: CallEnded) => void): void {
    this.health.begin(call);
    this.stops.set(call, stop);
    if (this.health.isOutOfOrder) this.advance();
  }

  /** An attempt ended. @returns true when it asks for less load */
  report(call: Call, outcome: Outcome): boolean {
    this.stops.delete(call);
    const asksForLess = this.health.report(call, outcome);
    this.advance();
    return asksForLess;
  }

  /** Nobody can wait much longer for the call. */
  hurry(call: Call): void {
    this.health.hurry(call);
    this.advance();
  }

  /** The call has ended. */
  leave(call: Call): void {
    this.stops.delete(call);
    if (this.health.leave(call)) this.advance();
  }

  private advance(): void {
    const decisions = this.health.decide();
    this.carryOut(decisions);
    this.wake(decisions.wakeAt);
  }

  private carryOut({ admissions, endings }: Decisions): void {
    for (const admission of admissions) this.waiters.get(admission.call)?.admit(admission);
    for (const ending of endings) {
      const reason = new CallEnded(ending, this.name);
      this.waiters.get(ending.call)?.end(reason);
      this.stops.get(ending.call)?.(reason);
    }
  }

  private wake(at: number): void {
    this.callOff();
    this.wakeAt = at;
    this.callOff =
      at === Number.POSITIVE_INFINITY
        ? () => undefined
        : this.timers.after(Math.max(1, at - this.timers.now()), () => this.advance());
  }
}
