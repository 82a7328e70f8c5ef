/** When something goes wrong, and for how long. All times are milliseconds. */
export interface Span {
  /** Nothing happens in this time after arming. */
  afterMs?: number;
  /** How long it lasts; for good unless given. */
  forMs?: number;
  /** Whether `forMs` and `flap` count from the first hit, or from arming and `afterMs`. */
  from?: 'first' | 'now';
  /** Comes and goes: on for `onMs`, off for `offMs`, beginning with on. */
  flap?: { onMs: number; offMs: number };
}

/** `waiting` until it begins; then `on` and `off` in turn where it flaps; `over` in the end. */
export type Phase = 'waiting' | 'on' | 'off' | 'over';

/** The phase of a span that began at `begun`; `undefined` while it waits for its first hit. */
export function phaseOf({ forMs, flap }: Span, begun: number | undefined, now: number): Phase {
  if (begun === undefined || now < begun) return 'waiting';
  const age = now - begun;
  if (forMs !== undefined && age >= forMs) return 'over';
  return flap === undefined || age % (flap.onMs + flap.offMs) < flap.onMs ? 'on' : 'off';
}

/** The time at which the phase of a span that began at `begun` changes next; `undefined` when it never does. */
export function nextChange(span: Span, begun: number, now: number): number | undefined {
  const { forMs = Number.POSITIVE_INFINITY, flap } = span;
  if (now < begun) return begun;
  const end = begun + forMs;
  if (now >= end) return undefined;
  let next = end;
  if (flap !== undefined) {
    const period = flap.onMs + flap.offMs;
    const start = now - ((now - begun) % period);
    next = Math.min(end, now < start + flap.onMs ? start + flap.onMs : start + period);
  }
  return next === Number.POSITIVE_INFINITY ? undefined : next;
}

/** Raises a RangeError for a span that could never be on, or whose times are not numbers above zero. */
export function checkSpan({ afterMs = 0, forMs = 1, flap = { onMs: 1, offMs: 1 }, from }: Span): void {
  if (!(afterMs >= 0)) throw new RangeError(`afterMs is ${afterMs}; it takes 0 or more.`);
  for (const [name, value] of Object.entries({ forMs, onMs: flap.onMs, offMs: flap.offMs })) {
    if (!(value > 0)) throw new RangeError(`${name} is ${value}; it takes more than 0.`);
  }
  if (from !== undefined && from !== 'first' && from !== 'now') {
    throw new RangeError(`from is ${String(from)}; it takes "first" or "now".`);
  }
}

/** A span that was armed: knows when it began. */
export class Window {
  private begun: number | undefined;

  constructor(
    private readonly span: Span,
    private readonly armedAt: number,
  ) {
    if (span.from === 'now') this.begun = this.earliest;
  }

  /** When it began or will begin; `undefined` while it waits for its first hit. */
  get beganAt(): number | undefined {
    return this.begun;
  }

  phase(now: number): Phase {
    return phaseOf(this.span, this.begun, now);
  }

  /** True when a hit at this time counts, the first one included. */
  isOpen(now: number): boolean {
    return this.begun === undefined ? now >= this.earliest : this.phase(now) === 'on';
  }

  /** Lets a window that waits for its first hit begin. */
  begin(now: number): void {
    this.begun ??= now;
  }

  /** When its phase changes by itself; `undefined` when it does not. */
  nextChange(now: number): number | undefined {
    return this.begun === undefined ? undefined : nextChange(this.span, this.begun, now);
  }

  private get earliest(): number {
    return this.armedAt + (this.span.afterMs ?? 0);
  }
}
