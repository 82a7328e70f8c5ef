import { type Call, type Entry, pauseAfter } from './call.js';
import type { Admission, Decisions, Ending, Outcome } from './decisions.js';
import { HostState, type HostStateOptions } from './host-state.js';
import { PROBE_HOLDS_BACK } from './outage.js';
import { Throttling } from './throttling.js';
import { Traffic } from './traffic.js';

/** The longest wait that a service is granted by its Retry-After header, in milliseconds. */
const LONGEST_RETRY_AFTER = 120_000;
/** Milliseconds that a hurried call may wait for a host that is out of order. */
const HURRIED_WAIT = 60_000;
const NEVER = Number.POSITIVE_INFINITY;

/**
 * The health of one host, or of one action of an API: which calls may go out, and which have failed for good. It has
 * no timers; whoever drives it asks it to {@link decide} after each event and at the time that it named last.
 */
export class HostHealth {
  private readonly traffic: Traffic;
  private readonly state: HostState;
  private readonly throttling = new Throttling();

  constructor(private readonly options: HostStateOptions) {
    this.traffic = new Traffic(options.now);
    this.state = new HostState(options, this.traffic);
  }

  get isOutOfOrder(): boolean {
    return this.state.outage !== undefined;
  }

  /** A call begins. Until it leaves, it waits and goes out, once or more. */
  join(call: Call): void {
    this.traffic.join(call);
  }

  /** A call has ended. @returns true when that changes something for the others, or when none waits any more */
  leave(call: Call): boolean {
    const entry = this.traffic.entryOf(call);
    const wasUnderWay = entry.state === 'admitted' || entry.state === 'inFlight';
    this.traffic.leave(entry);
    this.throttling.forget(entry);
    this.state.forget(entry);
    return wasUnderWay || this.traffic.waiting.size === 0;
  }

  /** A call waits for its next attempt. */
  wait(call: Call): void {
    this.traffic.wait(this.traffic.entryOf(call));
  }

  /** True when a call may begin an attempt; it may not any more when the host went out of order meanwhile. */
  isAdmitted(call: Call): boolean {
    return this.traffic.entryOf(call).state === 'admitted';
  }

  /** True when a call has used up its tries. */
  isExhausted(call: Call): boolean {
    return this.state.attribution.isExhausted(call);
  }

  /** Milliseconds that a call rests before its next attempt, if the host stays as it is. */
  restOf(call: Call): number {
    return Math.max(0, this.traffic.entryOf(call).restsUntil - this.options.now());
  }

  /** An admitted call begins its attempt. */
  begin(call: Call): void {
    this.traffic.begin(this.traffic.entryOf(call));
  }

  /** Bytes of an attempt moved. */
  moved(call: Call): void {
    this.traffic.moved(this.traffic.entryOf(call));
  }

  /** Nobody can wait much longer for the call: it ends when the host has been out of order for another minute. */
  hurry(call: Call): void {
    this.traffic.entryOf(call).hurriedAt ??= this.options.now();
  }

  /**
   * An attempt ended.
   *
   * @returns true when it asks for less load: a refusal for speed, or a stall while others move
   */
  report(call: Call, outcome: Outcome): boolean {
    const { state, throttling, traffic } = this;
    const entry = traffic.entryOf(call);
    const { flight } = entry;
    traffic.settle(entry);
    if (flight === undefined) return false;
    const now = this.options.now();
    switch (outcome.kind) {
      case 'answered':
        state.answered(entry, flight, now);
        state.attribution.succeeded(entry);
        this.accepted(entry);
        return false;
      case 'flawed':
        state.answered(entry, flight, now);
        state.attribution.charge(entry, 'answer');
        this.accepted(entry);
        this.rest(entry, call.ownFailures, 0);
        return false;
      case 'throttled':
        state.answered(entry, flight, now);
        this.rest(entry, throttling.refused(entry, now), outcome.retryAfterMs);
        return true;
      case 'failed':
        return state.failed(entry, flight, outcome.failure, now);
      case 'withdrawn':
        state.withdrawn(entry);
        return false;
    }
  }

  /**
   * What follows from all that was reported: which calls go out, and which end.
   *
   * @param newcomer the call that has begun to wait, where nothing else has happened since the last decisions
   */
  decide(newcomer?: Call): Decisions {
    const now = this.options.now();
    const { state, traffic } = this;
    const isAnyAsked = state.advance(now) || newcomer === undefined;
    const asked = isAnyAsked ? [...traffic.waiting] : [traffic.entryOf(newcomer)];
    const endings = this.endings(asked, now);
    const { outage } = state;
    const admitted = outage ? state.probes(outage, now) : this.rested(asked, now);
    const admissions = admitted.map((entry): Admission => {
      traffic.admit(entry);
      return { call: entry.call, isProbe: outage !== undefined, goesFirst: this.throttling.goesFirst(entry) };
    });
    return { admissions, endings, wakeAt: this.wakeAt(asked, now) };
  }

  /** A request was accepted, which may make it a try of another one that was refused for speed too often. */
  private accepted(entry: Entry): void {
    for (const other of this.throttling.accepted(entry)) other.call.ownFailures++;
  }

  /** Calls that may go out while the host is in order. */
  private rested(asked: readonly Entry[], now: number): readonly Entry[] {
    const { room } = this.state;
    return asked.filter(({ state, restsUntil }) => state === 'waiting' && restsUntil <= now).slice(0, room);
  }

  private endings(asked: readonly Entry[], now: number): Ending[] {
    const { state, traffic, options } = this;
    const { outage, deadline } = state;
    // What has not left can't have been carried out, and may be stopped.
    const unsent = outage?.givenUp ? traffic.unsentFor(PROBE_HOLDS_BACK) : [];
    const endings: Ending[] = [];
    for (const entry of [...asked, ...unsent]) {
      const { call } = entry;
      const isExhausted = entry.state === 'waiting' && this.isExhausted(call);
      const endsAt = this.endsAt(entry, deadline);
      if (!isExhausted && endsAt > now) continue;
      const since = outage?.began.at ?? endsAt - options.outageTimeoutMs;
      const lastedMs = isExhausted ? undefined : now - since;
      endings.push({ call, lastedMs, error: outage?.cause.failure.error });
      traffic.settle(entry);
    }
    return endings;
  }

  /** When a call ends if no request gets through until then. */
  private endsAt(entry: Entry, deadline: number): number {
    const { outage } = this.state;
    if (outage) {
      if (outage.givenUp && entry.joined.order > outage.givenUp.order) return NEVER;
      return Math.min(deadline, Math.max(entry.hurriedAt ?? NEVER, outage.began.at) + HURRIED_WAIT);
    }
    const since = Math.min(entry.undecided?.since.at ?? NEVER, this.throttling.sinceFor(entry) ?? NEVER);
    return since + this.options.outageTimeoutMs;
  }

  private wakeAt(asked: readonly Entry[], now: number): number {
    const { state, traffic } = this;
    const { outage, deadline } = state;
    const times: number[] = [];
    if (traffic.waiting.size > 0) {
      times.push(state.nextLookAt, deadline);
      if (outage) times.push(outage.nextProbesAt(traffic.waiting, now));
    }
    if (outage) {
      for (const { flight } of traffic.inFlight) {
        if (flight) times.push(state.nextLookAt, deadline, flight.begun.at + PROBE_HOLDS_BACK);
      }
    }
    for (const entry of asked) {
      if (entry.state !== 'waiting') continue;
      times.push(this.endsAt(entry, deadline));
      if (!outage) times.push(entry.restsUntil);
    }
    return times.reduce((next, at) => (at > now && at < next ? at : next), NEVER);
  }

  private rest(entry: Entry, failures: number, retryAfterMs: number): void {
    const { now, random } = this.options;
    const pause = pauseAfter(failures, random);
    entry.restsUntil = now() + Math.max(pause, Math.min(LONGEST_RETRY_AFTER, retryAfterMs));
  }
}
