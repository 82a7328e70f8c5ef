/** What a request that has ended says about its action's rate. */
export type Outcome =
  /** The service let it through. */
  | 'accepted'
  /** The service refused it because there were too many in a second. */
  | 'refused'
  /** Nothing is known: it was cancelled, or there was no answer of the API. */
  | 'unknown';

/** A request that has left. */
export interface Departure {
  /** When it left, in milliseconds. */
  readonly at: number;
  /** Whether nothing but the rate had held it back. */
  readonly limited: boolean;
  /** Undefined while it is in flight. */
  outcome?: Outcome;
}

const SECOND = 1000;

/** Share of the documented limit at which an action begins. */
const FIRST_SHARE = 0.5;
/** The largest share that is ever used: the account has other users, and requests may bunch on their way. */
const LARGEST_SHARE = 0.75;
/** Requests a second that no refusal gets below. */
const SLOWEST = 0.5;
/** Milliseconds that late timers may make up for by sending closer together. */
const CATCH_UP = 50;
/** Milliseconds that an ended request still counts as one that the service may see: a second, and a little for clocks. */
const MEMORY = 1010;

/** What an accepted request adds to the rate, so that it rises by a tenth in a second. */
const FIRST_STEP = 0.1;
/** What that becomes larger by in each second of rising: a limit that has gone is left behind in seconds. */
const STEP_GROWTH = 0.02;
/** Milliseconds without a refusal before the rate rises again, and the same in latencies. */
const SHORTEST_HOLD = 2 * SECOND;
const HOLD_LATENCIES = 10;

/** Share of what the service took in the last second that is asked for after a refusal. */
const SAFE_SHARE = 0.9;
/** The rate is never cut by more than this factor at once. */
const DEEPEST_CUT = 0.5;
/** Milliseconds that an action rests after a refusal. */
const REST = 200;
/** Milliseconds: no Retry-After is followed for longer. */
const LONGEST_REST = 120 * SECOND;

/** Requests that may be in flight at any rate, and how many times as many as Little's law asks for. */
const LEAST_IN_FLIGHT = 4;
const IN_FLIGHT_ROOM = 2;
/** Answers whose times are remembered. */
const REMEMBERED = 32;

/**
 * When the next request of one action may leave. Pure: it is told the time, and has neither timers nor
 * randomness.
 *
 * The rate begins at half of the documented limit and ends at three quarters, a tenth higher with each
 * second of use without a refusal. A refusal sets it to nine tenths of what the service took in the second
 * before, but never below half of what was asked for: the limit is what was accepted when a request was
 * refused, so that it is known after one refusal, where halving alone would look for it for seconds. Then
 * nothing leaves until the last second holds fewer requests than the new rate, since a service that counts
 * refused requests too would go on refusing; and the rate rises only after ten latencies without a refusal,
 * since each attempt at a higher one is refused for as long as an answer takes.
 *
 * The documented limit itself is never exceeded as the service counts, whatever happens on the way: when
 * a request reaches the service is not known, so it counts from its start until a second after its end, and
 * no more count at any time than may arrive in a second.
 */
export class ActionRate {
  /** Requests a second. */
  private rate: number;
  private step = FIRST_STEP;
  /** When the next request may leave by the rate. */
  private readyAt = Number.NEGATIVE_INFINITY;
  private inFlight = 0;
  /** When requests ended, oldest first, as long as they count. */
  private readonly ends: number[] = [];
  /** Requests in flight and those of the second before the oldest of them, in their order. */
  private readonly recent: Departure[] = [];
  /** Milliseconds that the latest answers took. */
  private readonly latencies: number[] = [];
  private refusedAt = Number.NEGATIVE_INFINITY;
  private cutAt = Number.NEGATIVE_INFINITY;
  /** A refusal of a request that left before says only what the last cut has been for. */
  private evidenceFrom = Number.NEGATIVE_INFINITY;

  /** @param limit requests a second that the service documents for an account */
  constructor(private readonly limit: number) {
    this.rate = limit * FIRST_SHARE;
  }

  /** Requests a second that may leave now. */
  get perSecond(): number {
    return this.rate;
  }

  /** The time from which a request may leave; infinite while that depends on an answer. */
  nextAt(now: number): number {
    while ((this.ends[0] ?? now) + MEMORY <= now) this.ends.shift();
    if (this.inFlight >= this.mostInFlight) return Number.POSITIVE_INFINITY;
    if (this.inFlight + this.ends.length < this.limit) return this.readyAt;
    return Math.max(this.readyAt, (this.ends[0] ?? Number.POSITIVE_INFINITY) + MEMORY);
  }

  /** A request leaves, which `nextAt` must allow. */
  depart(now: number): Departure {
    const departure: Departure = { at: now, limited: now <= this.readyAt + CATCH_UP };
    this.readyAt = Math.max(this.readyAt, now - CATCH_UP) + SECOND / this.rate;
    this.inFlight++;
    this.recent.push(departure);
    return departure;
  }

  /**
   * A request has ended.
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
      // What was on its way at the last cut fills the service's second for one more.
      if (departure.at <= this.cutAt) this.evidenceFrom = now + SECOND;
    }
    if (outcome === 'accepted') this.rise(departure, now);
    if (outcome === 'refused') this.fall(departure, now, retryAfterMs);
    this.forget(now);
  }

  private rise({ limited }: Departure, now: number): void {
    const ceiling = this.limit * LARGEST_SHARE;
    const hold = Math.max(SHORTEST_HOLD, HOLD_LATENCIES * this.latency);
    // A rate that is not used has not been tried.
    if (!limited || this.rate >= ceiling || now < this.refusedAt + hold) return;
    this.rate = Math.min(ceiling, this.rate + this.step);
    this.step += STEP_GROWTH / this.rate;
  }

  private fall(departure: Departure, now: number, retryAfterMs: number): void {
    this.refusedAt = now;
    this.step = FIRST_STEP;
    this.rest(now + Math.max(REST, Math.min(retryAfterMs, LONGEST_REST)));
    if (departure.at < this.evidenceFrom) return;
    this.cutAt = now;
    this.evidenceFrom = now + SECOND;
    this.cut(departure);
    const room = Math.max(1, Math.floor(this.rate));
    const last = this.recent[this.recent.length - room];
    if (last !== undefined) this.rest(last.at + SECOND);
  }

  private cut({ at }: Departure): void {
    const second = this.recent.filter((one) => one.at > at - SECOND && one.at <= at);
    const accepted = second.filter(({ outcome }) => outcome === 'accepted').length;
    const refused = second.filter(({ outcome }) => outcome === 'refused').length;
    const used = Math.min(this.rate, second.length);
    // Those without an answer yet are taken to share the fate of the others.
    const taken = second.length * (accepted / (accepted + refused));
    this.rate = Math.max(SLOWEST, DEEPEST_CUT * used, SAFE_SHARE * Math.min(used, taken));
  }

  private rest(until: number): void {
    this.readyAt = Math.max(this.readyAt, until);
  }

  /** Milliseconds from start to answer on average, 0 before the first answer. */
  private get latency(): number {
    return this.latencies.reduce((sum, one) => sum + one, 0) / Math.max(1, this.latencies.length);
  }

  /** Enough to keep the rate whatever the distance, and no more, so that few are lost when the service stops to answer. */
  private get mostInFlight(): number {
    if (this.latencies.length === 0) return this.limit;
    const needed = (this.rate * this.latency) / SECOND;
    return Math.max(LEAST_IN_FLIGHT, Math.ceil(IN_FLIGHT_ROOM * needed));
  }

  private forget(now: number): void {
    const oldest = this.recent.find(({ outcome }) => outcome === undefined)?.at ?? now;
    while ((this.recent[0]?.at ?? now) <= oldest - SECOND) this.recent.shift();
  }
}
