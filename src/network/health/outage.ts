import { type Entry, type Failure, lastMoveOf, type Moment, pauseAfter } from './call.js';

/** Milliseconds without a moving byte after which a probe does not hold back the next. */
export const PROBE_HOLDS_BACK = 5000;
/** Milliseconds after a failed probe before a call looks that came after the outage was given up. */
const PAUSE_FOR_LATECOMERS = 500;
/** Milliseconds of moving bytes after which more probes go; longer where the host takes bodies and answers badly. */
const MOVING = 1000;
const MOVING_BEFORE_BAD_ANSWERS = 5000;
/** Milliseconds between looks at the bytes of probes. */
const LOOKED_AT_EVERY = 500;
/** Milliseconds that an outage lasts before it is announced, and between further announcements. */
const ANNOUNCED_AFTER = 2000;
const ANNOUNCED_EVERY = 10_000;

/** What closed a host. */
export interface OutageCause {
  /** The last of the failures, and when it came. */
  failure: Failure;
  at: Moment;
  /** Requests whose failures closed the host. */
  accused: readonly Entry[];
  /** True where they are several and nothing else was in flight: then the host is out of order beyond doubt. */
  isConfirmed: boolean;
  /** Attempts that were in flight before the failures began. */
  inFlightBefore: number;
}

/** One time in which a host is out of order: what closed it, and which request goes out next to look. */
export class Outage {
  /** When it was last found to have lasted as long as it may: calls that were there before that end. */
  givenUp: Moment | undefined;
  /** True once it is beyond doubt that not only the requests failed that closed the host. */
  private isConfirmed: boolean;
  /** Probes that hold back the next ones. */
  private wave: readonly Entry[] = [];
  private sent = 0;
  private failedProbes = 0;
  private nextAt: number;
  private failedAt = Number.NEGATIVE_INFINITY;
  private hasFailed = false;
  private announced = 0;

  /** @param random a random number in [0, 1) */
  constructor(
    readonly cause: OutageCause,
    private readonly random: () => number,
  ) {
    this.isConfirmed = cause.isConfirmed;
    this.nextAt = cause.at.at + pauseAfter(1, random);
  }

  /** When the host closed. */
  get began(): Moment {
    return this.cause.at;
  }

  /** How many requests the first sign of life opens the host for: half of what was in flight before. */
  get opensFor(): number {
    return Math.max(1, Math.floor(this.cause.inFlightBefore / 2));
  }

  /**
   * The requests whose failures closed the host, where nothing else failed until this witness was answered: the
   * failures were their own.
   */
  blamedBy(witness: Entry): readonly Entry[] {
    return this.isConfirmed || this.cause.accused.includes(witness) ? [] : this.cause.accused;
  }

  /** An attempt failed, be it a probe or one that was in flight when the host closed. */
  failed(entry: Entry, now: number): void {
    if (!this.cause.accused.includes(entry)) this.isConfirmed = true;
    if (!this.wave.includes(entry)) return;
    this.wave = [];
    this.hasFailed = true;
    this.failedAt = now;
    this.failedProbes++;
    this.nextAt = now + pauseAfter(this.failedProbes + 1, this.random);
  }

  /** An attempt ended without saying anything of the host, or its call has ended. */
  withdrawn(entry: Entry): void {
    this.wave = this.wave.filter((probe) => probe !== entry);
  }

  /**
   * The requests that go out as probes now. One goes at a time; but where bytes keep moving, which they do for long in
   * large bodies, as many go in addition as are on their way. Those that failed least go first, so that none goes out a
   * second time while there are others; among equals the smallest.
   *
   * @param isSuspect true for a request whose failures say nothing of the host; such a one goes last
   */
  send(waiting: ReadonlySet<Entry>, isSuspect: (entry: Entry) => boolean, now: number): readonly Entry[] {
    const room = this.nextProbesAt(waiting, now) <= now ? this.room(now) : 0;
    if (room === 0 || waiting.size === 0) return [];
    const suspects = new Set([...waiting].filter(isSuspect));
    const probes = [...waiting].sort(
      (a, b) =>
        Number(suspects.has(a)) - Number(suspects.has(b)) ||
        a.failuresInRow - b.failuresInRow ||
        a.call.size - b.call.size,
    );
    const sent = probes.slice(0, room);
    this.wave = this.isMoving(now) ? [...this.wave, ...sent] : sent;
    this.sent += sent.length;
    return sent;
  }

  /** When the next probes may go, in milliseconds; where that depends on bytes, when to look again. */
  nextProbesAt(waiting: Iterable<Entry>, now: number): number {
    if (this.wave.length > 0) return this.room(now) > 0 ? now : now + LOOKED_AT_EVERY;
    // A request that has not failed tells at once whose the failures before it were.
    const freshAt =
      this.sent === 0 || !this.isConfirmed
        ? now
        : this.givenUp
          ? this.failedAt + PAUSE_FOR_LATECOMERS
          : this.nextAt;
    if (freshAt >= this.nextAt) return this.nextAt;
    for (const { failuresInRow } of waiting) if (failuresInRow === 0) return freshAt;
    return this.nextAt;
  }

  /**
   * True where the probes since the last time have shown nothing: one of them failed, or none of them has moved for as
   * long as a probe holds back the next.
   */
  haveProbesShownNothing(now: number): boolean {
    const { hasFailed, wave } = this;
    this.hasFailed = false;
    if (wave.length === 0 || !this.isSilent(now)) return hasFailed;
    this.wave = [];
    return true;
  }

  /** When the outage is to be announced next, in milliseconds. */
  get announceAt(): number {
    return this.began.at + ANNOUNCED_AFTER + this.announced * ANNOUNCED_EVERY;
  }

  /** How many probes are under way that hold back the next. */
  get probing(): number {
    return this.wave.length;
  }

  get wasAnnounced(): boolean {
    return this.announced > 0;
  }

  /** Announces the outage. @returns true the first time */
  announce(now: number): boolean {
    const isFirst = !this.wasAnnounced;
    while (this.announceAt <= now) this.announced++;
    return isFirst;
  }

  /** How many probes may go, apart from pauses. */
  private room(now: number): number {
    const { length } = this.wave;
    if (length === 0 || this.isSilent(now)) return 1;
    return this.isMoving(now) ? Math.max(0, Math.min(length, this.opensFor - length)) : 0;
  }

  private isSilent(now: number): boolean {
    return this.wave.every((probe) => now - lastMoveOf(probe) >= PROBE_HOLDS_BACK);
  }

  /** True when bytes of all probes have been moving for a while. */
  private isMoving(now: number): boolean {
    const { wave, cause } = this;
    const long = cause.failure.fault === 'answer' ? MOVING_BEFORE_BAD_ANSWERS : MOVING;
    return (
      wave.length > 0 &&
      wave.every(
        ({ flight }) => flight && now - flight.begun.at >= long && now - (flight.movedAt ?? 0) < long,
      )
    );
  }
}
