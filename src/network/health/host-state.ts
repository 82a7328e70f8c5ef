import { Attribution } from './attribution.js';
import { type Entry, type Failure, type Flight, LONGEST_PAUSE, type Moment, pauseAfter } from './call.js';
import type { HealthEvent } from './decisions.js';
import { Outage } from './outage.js';
import { Reopening } from './reopening.js';
import type { Traffic } from './traffic.js';

/** Milliseconds: bytes or answers of others that are no older show that a stall is congestion. */
const RECENT = 5000;
/** Milliseconds: what is over sooner is rather a host that often fails than one that was out of order. */
const BRIEF = 1000;

export interface HostStateOptions {
  /** Names the host in events. */
  name: string;
  /** Tries of a call, the first included: so many failures of its own end it. */
  maxAttempts: number;
  /** Milliseconds that the host may be out of order. */
  outageTimeoutMs: number;
  /** Milliseconds, monotonic. */
  now(): number;
  /** A random number in [0, 1). */
  random(): number;
  onEvent(event: HealthEvent): void;
}

/**
 * Whether a host is in order. Where undecided failures of different requests follow each other, five of them or as many
 * as are in flight, it is out of order, and they cost nothing. The first sign of life opens it again, for half of what
 * was in flight before.
 */
export class HostState {
  readonly attribution: Attribution;
  private current: Outage | undefined;
  private reopening: Reopening | undefined;
  /** When the latest outage ended. */
  private backAt: Moment = { order: 0, at: Number.NEGATIVE_INFINITY };
  /** In flight when the first of the undecided failures came. */
  private inFlightBefore = 0;
  private answeredAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly options: HostStateOptions,
    private readonly traffic: Traffic,
  ) {
    this.attribution = new Attribution(options.maxAttempts);
  }

  /** The outage that the host is in. */
  get outage(): Outage | undefined {
    return this.current;
  }

  /** How many more calls may go out while the host is in order. */
  get room(): number {
    return this.reopening?.room(this.traffic) ?? Number.POSITIVE_INFINITY;
  }

  /**
   * When the outage has lasted as long as it may, in milliseconds: bytes of attempts that are still moving begin the
   * time anew.
   */
  get deadline(): number {
    if (this.current === undefined) return Number.POSITIVE_INFINITY;
    return Math.max(this.current.began.at, this.traffic.latestMove) + this.options.outageTimeoutMs;
  }

  /** When to look at the state again while calls wait or are under way, in milliseconds. */
  get nextLookAt(): number {
    return this.current?.announceAt ?? this.reopening?.nextLookAt ?? Number.POSITIVE_INFINITY;
  }

  /** The service answered an attempt. */
  answered(entry: Entry, flight: Flight, now: number): void {
    const { attribution, current: outage } = this;
    this.answeredAt = now;
    entry.failuresInRow = 0;
    attribution.answered(entry, flight, now);
    this.reopening?.answered();
    const closedBy = outage?.cause.failure.fault;
    if (outage && closedBy && attribution.follows(flight, outage.began, closedBy, now)) {
      this.reopen(outage, entry, now);
    }
  }

  /**
   * An attempt failed, and it is open why.
   *
   * @returns true when the reason is congestion
   */
  failed(entry: Entry, flight: Flight, failure: Failure, now: number): boolean {
    // It was under way in the outage that is over.
    if (flight.begun.order < this.backAt.order) return false;
    entry.failuresInRow++;
    this.reopening?.beginRound(now);
    if (this.current) {
      this.current.failed(entry, now);
      return false;
    }
    const { attribution, traffic } = this;
    const { fault, retryAfterMs } = failure;
    if (attribution.accusers.length === 0) this.inFlightBefore = traffic.inFlight.size + 1;
    const isCongestion = fault === 'stall' && this.isRecentlyAlive(now);
    const isSuspect = attribution.isSuspect(entry, fault);
    const at = traffic.moment();
    attribution.failed(entry, at, fault, !isCongestion && !isSuspect);
    const pause = pauseAfter(entry.failuresInRow, this.options.random);
    entry.restsUntil = now + Math.max(pause, Math.min(LONGEST_PAUSE, retryAfterMs));
    if (isSuspect && attribution.isAlone(entry, traffic.all)) {
      // Nothing can be compared with it, so it pays for its failures; but not for two within five seconds.
      attribution.charge(entry, fault);
      attribution.absolve(entry);
      entry.restsUntil = now + LONGEST_PAUSE;
    } else if (attribution.isAccused(traffic.inFlight)) this.close(at, failure);
    return isCongestion;
  }

  /** An attempt ended without saying anything of the host. */
  withdrawn(entry: Entry): void {
    this.current?.withdrawn(entry);
  }

  /** A call has ended. */
  forget(entry: Entry): void {
    this.attribution.absolve(entry);
    this.withdrawn(entry);
  }

  /** Does what is due: announces an outage, gives it up, widens a reopening. @returns true when others may go or end */
  advance(now: number): boolean {
    const { current, reopening, traffic } = this;
    if (current) return this.look(current, now);
    const isWider = reopening?.widen(traffic, now) ?? false;
    if (reopening?.isOver) this.reopening = undefined;
    return isWider;
  }

  /** Calls that go out as probes now. */
  probes(outage: Outage, now: number): readonly Entry[] {
    return outage.send(this.traffic.waiting, (entry) => this.attribution.isSuspect(entry), now);
  }

  private isRecentlyAlive(now: number): boolean {
    return now - this.answeredAt < RECENT || now - this.traffic.latestMove < RECENT;
  }

  private close(at: Moment, failure: Failure): void {
    const { attribution, traffic, inFlightBefore, options } = this;
    const { accusers: accused } = attribution;
    const isConfirmed = accused.length > 1 && !attribution.hasWitness(traffic.inFlight);
    this.current = new Outage({ failure, at, accused, isConfirmed, inFlightBefore }, options.random);
    this.reopening = undefined;
    attribution.absolveAll();
    traffic.recall();
  }

  private reopen(outage: Outage, witness: Entry, now: number): void {
    const { attribution, traffic, options } = this;
    this.current = undefined;
    this.backAt = traffic.moment();
    this.reopening = new Reopening(this.backAt, outage.opensFor, outage.cause.inFlightBefore);
    for (const entry of traffic.all) {
      if (entry.failuresInRow === 0) continue;
      entry.restsUntil = now;
      entry.failuresInRow = 0;
      if (now - outage.began.at < BRIEF) attribution.failedBriefly(entry);
    }
    for (const blamed of outage.blamedBy(witness)) {
      attribution.charge(blamed, outage.cause.failure.fault);
      blamed.restsUntil = now + pauseAfter(blamed.call.ownFailures, options.random);
    }
    if (outage.wasAnnounced) this.tell('back', outage);
  }

  /** Calls that come after an outage was given up wait for one of them to look. */
  private look(outage: Outage, now: number): boolean {
    const { traffic } = this;
    if (now < this.deadline) {
      if (now >= outage.announceAt) {
        this.tell(outage.announce(now) ? 'out-of-order' : 'still-out-of-order', outage);
      }
      return false;
    }
    const isFirst = outage.givenUp === undefined;
    if (isFirst) this.tell('given-up', outage);
    if (!outage.haveProbesShownNothing(now) && !isFirst) return false;
    outage.givenUp = traffic.moment();
    return true;
  }

  private tell(kind: HealthEvent['kind'], { began, cause, probing }: Outage): void {
    const { name, now, onEvent } = this.options;
    const waiting = this.traffic.waiting.size + probing;
    onEvent({ kind, name, error: cause.failure.error, lastedMs: now() - began.at, waiting });
  }
}
