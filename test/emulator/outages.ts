import { Outage, type OutageKind, type OutageRule, type Place } from './outage.js';
import type { LoggedRequest } from './request-log.js';

/** Milliseconds: the longest that a timer of Node takes. */
const LONGEST_PAUSE = 2 ** 31 - 1;

/** Applies what outages do to connections and ports at the moment when they begin and end. */
export interface OutageEffects {
  begin(outage: Outage): void;
  end(outage: Outage): void;
}

/**
 * The outages that are armed. Whoever asks sees them by the clock, exactly; a timer only makes sure that
 * they begin and end when nobody asks. A test that sets the clock by hand calls {@link refresh}.
 */
export class Outages {
  private armed: Outage[] = [];
  private sequence = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly now: () => number,
    private readonly effects: OutageEffects,
  ) {}

  /** Arms an outage. Raises an error for one that means nothing or can't be done on this system. */
  add(rule: OutageRule): Outage {
    this.sequence += 1;
    const outage = new Outage(this.sequence, rule, this.now());
    this.armed.push(outage);
    this.refresh();
    return outage;
  }

  /** Ends an outage, or keeps it from beginning. */
  end(outage: Outage): void {
    outage.disarm();
    this.refresh();
  }

  /** Ends all outages. */
  clear(): void {
    for (const outage of this.armed) outage.disarm();
    this.refresh();
  }

  /** Begins and ends what is due by the clock. */
  refresh(): void {
    if (this.armed.length === 0) return;
    const now = this.now();
    const changed = this.armed.filter((outage) => outage.on !== outage.isOn(now));
    this.armed = this.armed.filter((outage) => !outage.isOver(now));
    for (const outage of changed) outage.on = outage.isOn(now);
    for (const outage of changed) {
      if (outage.on) this.effects.begin(outage);
      else this.effects.end(outage);
    }
    this.wakeAtNextChange(now);
  }

  /** An outage of these kinds that hits a place now. */
  hit(place: Place, kinds: readonly OutageKind[]): Outage | undefined {
    return this.current(kinds).find((outage) => outage.concerns(place) && outage.draw());
  }

  /** The outage that keeps a name from being resolved now. */
  hitName(hostname: string): Outage | undefined {
    for (const outage of this.armed) outage.noticeName(hostname, this.now());
    return this.current(['unresolved']).find((outage) => outage.concernsName(hostname) && outage.draw());
  }

  /** Notices a connection that was made or a tunnel that was asked for. */
  noticeConnection(place: Place): void {
    for (const outage of this.armed) outage.noticeConnection(place, this.now());
    this.refresh();
  }

  /** Notices a request once its action is known. */
  noticeRequest(request: LoggedRequest): void {
    for (const outage of this.armed) outage.noticeRequest(request, this.now());
    this.refresh();
  }

  /** Those of some kinds that are on now. */
  current(kinds: readonly OutageKind[]): Outage[] {
    this.refresh();
    return this.applied(kinds);
  }

  /** Those of some kinds that were on at the last refresh. */
  applied(kinds: readonly OutageKind[]): Outage[] {
    return this.armed.filter((outage) => outage.on && kinds.includes(outage.rule.kind));
  }

  /** Stops the timer. */
  close(): void {
    clearTimeout(this.timer);
    this.armed = [];
  }

  private wakeAtNextChange(now: number): void {
    clearTimeout(this.timer);
    const changes = this.armed.flatMap((outage) => outage.nextChange(now) ?? []);
    if (changes.length === 0) return;
    const pause = Math.min(Math.max(1, Math.min(...changes) - now), LONGEST_PAUSE);
    this.timer = setTimeout(() => this.refresh(), pause).unref();
  }
}
