/** What the end of a request says about the rate of its action. */
export type Outcome =
  /** The service let it through. */
  | 'accepted'
  /** The service refused it because there were too many in a second. */
  | 'refused'
  /** Nothing is known: it was cancelled, or the API did not answer. */
  | 'unknown';

/** A request that was sent. */
export interface Departure {
  /** When it was sent, in milliseconds. */
  readonly at: number;
  /** Whether nothing but the rate had held it back. */
  readonly limited: boolean;
  /** Undefined while it is in flight. */
  outcome?: Outcome;
}

const SECOND = 1000;

/** Share of the documented limit at which an action begins. */
const FIRST_SHARE = 0.5;
/** The largest share that is used: the account has other users, and requests may bunch on their way. */
const LARGEST_SHARE = 0.75;
/** Requests a second: no refusal lowers the rate any further. */
const SLOWEST = 0.5;
/** Milliseconds by which a timer may be late without costing throughput: what it delayed is sent closer together. */
const CATCH_UP = 50;
/** Milliseconds that a request still counts after its end: a second, and a little for clocks that differ in speed. */
const MEMORY = 1010;

/** What an accepted request adds to the rate at first: together they raise it by a tenth in a second. */
const FIRST_STEP = 0.1;
/** By how much that step grows in each second of rising, so that a limit that is gone is soon forgotten. */
const STEP_GROWTH = 0.02;
/** How long there must have been no refusal before the rate rises: in milliseconds, and in latencies. */
const SHORTEST_HOLD = 2 * SECOND;
const HOLD_LATENCIES = 10;

/** The rate after a refusal, as a share of what the service accepted in the second before it. */
const SAFE_SHARE = 0.9;
/** The lowest rate after a refusal, as a share of what was sent in the second before it. */
const DEEPEST_CUT = 0.5;
/** Milliseconds that nothing is sent after a refusal. */
const REST = 200;
/** Milliseconds: the longest Retry-After that is followed. */
const LONGEST_REST = 120 * SECOND;

/** Requests that may always be in flight, and how many times as many as Little's law asks for may be. */
const LEAST_IN_FLIGHT = 4;
const IN_FLIGHT_ROOM = 2;
/** Answers whose times are remembered. */
const REMEMBERED = 32;

/**
 * Decides when the next request of one action may be sent. It is pure: the time is passed in, and there are
 * neither timers nor random numbers.
 *
 * The rate starts at half of the documented limit and rises, by a tenth a second and ever faster, to three
 * quarters of it. A refusal sets it to nine tenths of what the service accepted in the second before: how
 * many were accepted when one is refused *is* the limit, so a single refusal finds it, where halving takes
 * seconds in which most requests are refused. Some services count refused requests too and would go on
 * refusing, so nothing is sent until the last second holds fewer requests than the new rate. Since each
 * attempt at a higher rate may be refused for as long as an answer takes, ten latencies pass before the next.
 *
 * The documented limit itself is never exceeded as the service sees it, however requests bunch on their way.
 * Nothing says when a request reaches the service, other than that it is between its start and its end. So
 * a request counts from its start until a second after its end, and no more than the limit count at once: of
 * those that may have arrived in any one second, all count at its end. Little's law gives the price: the rate
 * can't exceed the limit divided by one second plus the latency, which is three quarters of it at a third of
 * a second.
 */
export class ActionRate {
  /** Requests a second. */
  perSecond: number;
  private step = FIRST_STEP;
  /** When the rate allows the next request. */
  private readyAt = Number.NEGATIVE_INFINITY;
  private inFlight = 0;
  /** When requests ended, oldest first, as long as they count. */
  private readonly ends: number[] = [];
  /** Requests in flight, and all others since a second before the oldest of them, in the order of their start. */
  private readonly recent: Departure[] = [];
  /** Milliseconds that the latest answers took. */
  private readonly latencies: number[] = [];
  private refusedAt = Number.NEGATIVE_INFINITY;
  private cutAt = Number.NEGATIVE_INFINITY;
  /** Refusals of requests that were sent before belong to the last cut. */
  private evidenceFrom = Number.NEGATIVE_INFINITY;

  /** @param limit requests a second that the service documents for an account */
  constructor(private readonly limit: number) {
    this.perSecond = limit * FIRST_SHARE;
  }

  /** The time from which the next request may be sent; infinite while that depends on an answer. */
  nextAt(now: number): number {
    while ((this.ends[0] ?? now) + MEMORY <= now) this.ends.shift();
    if (this.inFlight >= this.mostInFlight) return Number.POSITIVE_INFINITY;
    if (this.inFlight + this.ends.length < this.limit) return this.readyAt;
    return Math.max(this.readyAt, (this.ends[0] ?? Number.POSITIVE_INFINITY) + MEMORY);
  }

  /** Counts a request that is sent now, which `nextAt` must allow. */
  depart(now: number): Departure {
    const departure: Departure = { at: now, limited: now <= this.readyAt + CATCH_UP };
    this.readyAt = Math.max(this.readyAt, now - CATCH_UP) + SECOND / this.perSecond;
    this.inFlight++;
    this.recent.push(departure);
    return departure;
  }

  /**
   * Learns from a request that has ended.
   *
   * @param retryAfterMs milliseconds that the service asked to wait before the next request
   */
  end(departure: Departure, outcome: Outcome, now: number, retryAfterMs = 0): void {
    departure.outcome = outcome;
    this.inFlight--;
    this.ends.push(now);
    if (outcome !== 'unknown') {
      this.latencies.push(now - departure.at);
      if (this.latencies.length > REMEMBERED) this.latencies.shift();
      // What was on its way at the last cut may have arrived just now, and fill the service's second.
      if (departure.at <= this.cutAt) this.evidenceFrom = now + SECOND;
    }
    if (outcome === 'accepted') this.rise(departure, now);
    if (outcome === 'refused') this.fall(departure, now, retryAfterMs);
    this.forget(now);
  }

  private rise({ limited }: Departure, now: number): void {
    const ceiling = this.limit * LARGEST_SHARE;
    const hold = Math.max(SHORTEST_HOLD, HOLD_LATENCIES * this.latency);
    // What was accepted says nothing of a rate that was not reached.
    if (!limited || this.perSecond >= ceiling || now < this.refusedAt + hold) return;
    this.perSecond = Math.min(ceiling, this.perSecond + this.step);
    this.step += STEP_GROWTH / this.perSecond;
  }

  private fall(departure: Departure, now: number, retryAfterMs: number): void {
    this.refusedAt = now;
    this.step = FIRST_STEP;
    this.rest(now + Math.max(REST, Math.min(retryAfterMs, LONGEST_REST)));
    if (departure.at < this.evidenceFrom) return;
    this.cutAt = now;
    this.evidenceFrom = now + SECOND;
    this.cut(departure);
    const room = Math.max(1, Math.floor(this.perSecond));
    const last = this.recent[this.recent.length - room];
    if (last !== undefined) this.rest(last.at + SECOND);
  }

  private cut({ at }: Departure): void {
    const second = this.recent.filter((one) => one.at > at - SECOND && one.at <= at);
    const accepted = second.filter(({ outcome }) => outcome === 'accepted').length;
    const refused = second.filter(({ outcome }) => outcome === 'refused').length;
    const used = Math.min(this.perSecond, second.length);
    // Requests without an answer are expected to fare like the others.
    const letThrough = second.length * (accepted / (accepted + refused));
    this.perSecond = Math.max(SLOWEST, DEEPEST_CUT * used, SAFE_SHARE * Math.min(used, letThrough));
  }

  private rest(until: number): void {
    this.readyAt = Math.max(this.readyAt, until);
  }

  /** Milliseconds from start to answer on average, 0 before the first answer. */
  private get latency(): number {
    return this.latencies.reduce((sum, one) => sum + one, 0) / Math.max(1, this.latencies.length);
  }

  /** Enough for the rate at any distance, and not many more: those in flight are lost when the service stops answering. */
  private get mostInFlight(): number {
    if (this.latencies.length === 0) return this.limit;
    const needed = (this.perSecond * this.latency) / SECOND;
    return Math.max(LEAST_IN_FLIGHT, Math.ceil(IN_FLIGHT_ROOM * needed));
  }

  private forget(now: number): void {
    const oldest = this.recent.find(({ outcome }) => outcome === undefined)?.at ?? now;
    while ((this.recent[0]?.at ?? now) <= oldest - SECOND) this.recent.shift();
  }
}
