import { randomSequence } from './random-sequence.js';
import { checkSpan, type Span, Window } from './span.js';

/** Requests per second that the documents allow for an action, where it is not the general 100. */
const DOCUMENTED: Readonly<Record<string, number>> = {
  AttachMediaSubtitles: 20,
  CreateStorageRegion: 20,
  DescribeEventsState: 20,
  DescribeFileAttributes: 20,
  DescribeStorageRegions: 20,
  ListFiles: 20,
  ManageTask: 20,
  ModifyDefaultStorageRegion: 20,
  ParseStreamingManifest: 20,
};

/** Requests per second by action; `*` stands for the actions without an entry. */
export type ApiRates = Readonly<Record<string, number>>;

/** Requests that the account's other jobs send, spread about evenly, for good or for a time. */
export interface ApiLoad extends Span {
  perSecond: number;
}

/** The load by action, as a number where it never ends; `*` stands for the actions without an entry. */
export type ApiLoads = Readonly<Record<string, number | ApiLoad>>;

function checkRate(action: string, rate: number): void {
  if (!(rate >= 0)) throw new RangeError(`The rate of ${action} is ${rate}; it takes 0 or more.`);
}

/** What an account may ask of each action, and what its other jobs ask. Both can change at any time. */
export class ApiLimits {
  private rates = new Map<string, number>();
  private loads = new Map<string, { load: ApiLoad; window: Window; since: number }>();

  constructor(private readonly now: () => number) {}

  /** Sets the rates of some actions; the others stay. */
  setRates(rates: ApiRates): void {
    for (const [action, rate] of Object.entries(rates)) {
      checkRate(action, rate);
      this.rates.set(action, rate);
    }
  }

  /** Sets the load of some actions; the others stay. Its time counts from now. */
  setLoads(loads: ApiLoads): void {
    const since = this.now();
    for (const [action, given] of Object.entries(loads)) {
      const load: ApiLoad = typeof given === 'number' ? { perSecond: given } : given;
      checkRate(action, load.perSecond);
      checkSpan(load);
      this.loads.set(action, { load, window: new Window({ ...load, from: 'now' }, since), since });
    }
  }

  /** Forgets all rates and loads. */
  clear(): void {
    this.rates.clear();
    this.loads.clear();
  }

  /** Requests per second that an action takes: what was set for it, or the least of general and documented limit. */
  rateOf(action: string): number {
    const general = this.rates.get('*') ?? Number.POSITIVE_INFINITY;
    return this.rates.get(action) ?? Math.min(general, DOCUMENTED[action] ?? Number.POSITIVE_INFINITY);
  }

  /** The times after `from` and up to `to` at which the other jobs ask for an action. */
  arrivals(action: string, from: number, to: number): number[] {
    const other = this.loads.get(action) ?? this.loads.get('*');
    if (other === undefined || other.load.perSecond === 0) return [];
    const { load, window, since } = other;
    const step = 1000 / load.perSecond;
    const times: number[] = [];
    for (let count = Math.max(0, Math.floor((from - since) / step)); ; count += 1) {
      // In step with a client they would take, or leave, every free place.
      const time = since + (count + randomSequence(count)()) * step;
      if (time > to) return times;
      if (time > from && window.phase(time) === 'on') times.push(time);
    }
  }
}
