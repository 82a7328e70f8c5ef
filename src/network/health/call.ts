import type { ServiceError } from '../errors.js';

/** What kept a request from being answered by its service in a way that says something of the request. */
export type Fault =
  /** No connection came about: refused, timed out, or there was no address for the name. */
  | 'unreached'
  /** The connection broke. */
  | 'connection'
  /** Nothing moved on a connection for as long as is waited. */
  | 'stall'
  /** An error by which the service says that it is in trouble, or the page of a gateway in front of it. */
  | 'answer';

/** A failed attempt of which it is open whether the request or the host is to blame. */
export interface Failure {
  fault: Fault;
  error: ServiceError;
  /** Milliseconds that the answer asked to wait. */
  retryAfterMs: number;
}

/** One request with all of its attempts; the host and the action of an API that it needs share it. */
export class Call {
  /** Failures that were the request's own; each is one of its tries. */
  ownFailures = 0;
  /** Tries that the call has, as far as is known by now. */
  tries = 0;

  /** @param size bytes of its body, which tells how dear an attempt is */
  constructor(readonly size: number) {}
}

/** A point in the order of events, of which several may share a time. */
export interface Moment {
  order: number;
  /** Milliseconds, monotonic. */
  at: number;
}

/** An attempt that is under way. */
export interface Flight {
  begun: Moment;
  /** When bytes of it moved last, in milliseconds. */
  movedAt: number | undefined;
}

/** Failures of one call of which it is open whose they are. */
export interface Undecided {
  /** The first of them. */
  since: Moment;
  fault: Fault;
  /** False where they say nothing of the host: those of a suspect, and those that come of congestion. */
  accusesHost: boolean;
}

/** A call as one host sees it. */
export interface Entry {
  readonly call: Call;
  readonly joined: Moment;
  /**
   * A `recalled` call was admitted and had not begun when the host went out of order. It holds nothing of the host any
   * more, and does not know yet.
   */
  state: 'idle' | 'waiting' | 'admitted' | 'recalled' | 'inFlight';
  admittedAt: number;
  flight: Flight | undefined;
  /** The call rests until then, in milliseconds. */
  restsUntil: number;
  /** Failed attempts since the last answer, or since the host came back. */
  failuresInRow: number;
  undecided: Undecided | undefined;
  /** The fault of its latest own failure. */
  ownFault: Fault | undefined;
  /** True once its first attempt counts in the host's rate of failures. */
  isCounted: boolean;
  /** Since when nobody can wait much longer for it, in milliseconds. */
  hurriedAt: number | undefined;
}

/** A call that has just come. */
export function newEntry(call: Call, joined: Moment): Entry {
  return {
    call,
    joined,
    state: 'idle',
    admittedAt: 0,
    flight: undefined,
    restsUntil: Number.NEGATIVE_INFINITY,
    failuresInRow: 0,
    undecided: undefined,
    ownFault: undefined,
    isCounted: false,
    hurriedAt: undefined,
  };
}

/** When an attempt last showed that it is under way, in milliseconds. */
export function lastMoveOf({ flight, admittedAt }: Entry): number {
  return flight ? (flight.movedAt ?? flight.begun.at) : admittedAt;
}

/** The longest pause between attempts, unless the service asks for a longer one, in milliseconds. */
export const LONGEST_PAUSE = 5000;
const FIRST_PAUSE = 500;

/**
 * Milliseconds to wait after so many failures in a row: half a second at most after the first, doubling up to five
 * seconds. Half of the pause is left to chance, so that clients that failed together part.
 *
 * @param random a random number in [0, 1)
 */
export function pauseAfter(failures: number, random: () => number): number {
  const most = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1));
  return most * (0.5 + random() / 2);
}
