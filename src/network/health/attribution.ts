import type { Call, Entry, Fault, Flight, Moment } from './call.js';
import { FailureRate } from './failure-rate.js';

/** Requests with undecided failures that accuse a host enough, however many are in flight. */
const MOST_ACCUSERS = 5;

/**
 * Whose failures the failures are, a request's own or the host's. A failure is undecided until another request's
 * sign of life follows it; then it is the request's own, one of its tries, however often it failed until then. Nothing
 * that was heard before a failure counts: a host may go down right after a success.
 */
export class Attribution {
  private readonly undecided = new Set<Entry>();
  private readonly rate = new FailureRate();
  /** The least time from the last byte of a request to its answer, in milliseconds. */
  private fastestAnswer = Number.POSITIVE_INFINITY;

  /** @param maxAttempts tries of a call on a host that rarely fails */
  constructor(private readonly maxAttempts: number) {}

  /** Requests whose undecided failures accuse the host. */
  get accusers(): Entry[] {
    return [...this.undecided].filter(({ undecided }) => undecided?.accusesHost);
  }

  /** An attempt failed, and it is open why. */
  failed(entry: Entry, at: Moment, fault: Fault, accusesHost: boolean): void {
    const before = entry.undecided;
    entry.undecided = {
      since: before?.since ?? at,
      fault,
      accusesHost: accusesHost || (before?.accusesHost ?? false),
    };
    this.undecided.add(entry);
  }

  /** The service answered a request, which decides the failures before it. */
  answered(entry: Entry, flight: Flight, now: number): void {
    this.fastestAnswer = Math.min(this.fastestAnswer, now - (flight.movedAt ?? flight.begun.at));
    this.absolve(entry);
    for (const other of this.undecided) {
      const { undecided } = other;
      if (undecided === undefined || !this.follows(flight, undecided.since, undecided.fault, now)) continue;
      this.charge(other, undecided.fault);
      this.absolve(other);
    }
  }

  /** A request got what it asked for. */
  succeeded(entry: Entry): void {
    this.count(entry, 'answered');
  }

  /** A request failed in an outage so short that it tells how often the host fails; it costs the request nothing. */
  failedBriefly(entry: Entry): void {
    this.count(entry, 'failed');
  }

  /**
   * True when an answer that comes now is a sign of life after a failure: its attempt began later, or the answer can't
   * have been under way already. Where no connection came about, those that were there before say nothing.
   */
  follows(flight: Flight, failedAt: Moment, fault: Fault, now: number): boolean {
    if (flight.begun.order > failedAt.order) return true;
    return fault !== 'unreached' && now - failedAt.at > this.fastestAnswer;
  }

  /** A failure was the request's own. */
  charge(entry: Entry, fault: Fault): void {
    entry.call.ownFailures++;
    entry.ownFault = fault;
    this.count(entry, 'failed');
    entry.call.tries = Math.max(entry.call.tries, this.rate.triesFor(this.maxAttempts));
  }

  /** What is undecided of a request costs nothing. */
  absolve(entry: Entry): void {
    entry.undecided = undefined;
    this.undecided.delete(entry);
  }

  /** What is undecided of all requests costs nothing. */
  absolveAll(): void {
    for (const entry of [...this.undecided]) this.absolve(entry);
  }

  /**
   * True for a request that has failed so often, while others did not, that chance is hardly the reason. Further
   * failures of the same kind say nothing of the host.
   */
  isSuspect(entry: Entry, fault = entry.ownFault): boolean {
    return fault !== undefined && entry.ownFault === fault && this.rate.isSuspicious(entry.call.ownFailures);
  }

  /** True for a suspect that nothing can be compared with, as there are only other suspects. */
  isAlone(entry: Entry, all: Iterable<Entry>): boolean {
    for (const other of all) if (other !== entry && !this.isSuspect(other)) return false;
    return true;
  }

  /** True when the host is to blame: many requests accuse it, or none is in flight that could witness for it. */
  isAccused(inFlight: Iterable<Entry>): boolean {
    const accusers = this.accusers.length;
    return accusers >= MOST_ACCUSERS || (accusers > 0 && !this.hasWitness(inFlight));
  }

  /** True when a request is in flight whose answer would clear the host. */
  hasWitness(inFlight: Iterable<Entry>): boolean {
    for (const entry of inFlight) if (!entry.undecided?.accusesHost && !this.isSuspect(entry)) return true;
    return false;
  }

  /** True when a request has used up its tries; each host and action may add some. */
  isExhausted(call: Call): boolean {
    if (call.ownFailures < this.maxAttempts) return false;
    call.tries = Math.max(call.tries, this.rate.triesFor(this.maxAttempts));
    return call.ownFailures >= call.tries;
  }

  private count(entry: Entry, outcome: 'answered' | 'failed'): void {
    if (!entry.isCounted) this.rate.note(outcome);
    entry.isCounted = true;
  }
}
