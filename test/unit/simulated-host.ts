import { cancelledError, ServiceError } from '../../src/network/errors.js';
import type { FailureClass } from '../../src/network/health/attempt.js';
import type { VirtualTime } from './virtual-time.js';

/** How a host is out of order. */
export type Trouble =
  /** Connections are reset, those in use too. */
  | 'reset'
  /** New connections are refused; those in use are reset. */
  | 'refused'
  /** New connections are refused; those in use go on. */
  | 'draining'
  /** The name can't be resolved; connections in use go on. */
  | 'dns'
  /** Nothing moves; afterwards connections go on. */
  | 'silence'
  /** Nothing moves, and the connections in use never move again. */
  | 'lost'
  /** A gateway answers in place of the service. */
  | 'http-502'
  /** The service says that it is unavailable, and to come back in half a minute. */
  | 'http-503';

export interface OutageSpan {
  kind: Trouble;
  from: number;
  to: number;
}

/** What a host does with a single request: undefined serves it. */
export type Whim =
  | { kind: 'reset' | 'http-500' | 'hang' | 'throttled' | 'stale' | 'damaged' | 'forbidden' }
  | undefined;

export interface HostScript {
  /** Milliseconds from one end of the network to the other and back. */
  roundTripMs?: number;
  /** Bytes a millisecond that one connection carries. */
  bytesPerMs?: number;
  outages?: readonly OutageSpan[];
  /** @param attempt number of the request on this host, from 1 */
  whim?(name: string, attempt: number, now: number, inFlight: number): Whim;
}

export interface SimulatedRequest {
  name: string;
  size: number;
  signal: AbortSignal;
  moved(): void;
}

/** Milliseconds without a byte before a body or a connection is given up, and without an answer. */
const STALL = 30_000;
export const ANSWER_TIMEOUT = 60_000;
const CHUNKS = 4;

/** A host, the network before it, and the client's own time-outs, in virtual time. */
export class SimulatedHost {
  /** When each request came, and whether the host was out of order. */
  readonly log: { name: string; at: number; isDown: boolean }[] = [];
  inFlight = 0;

  constructor(
    private readonly time: VirtualTime,
    private readonly script: HostScript,
  ) {}

  /** One exchange with the host. @throws {ServiceError} */
  async request({ name, size, moved, signal }: SimulatedRequest): Promise<void> {
    const { time, script } = this;
    const { roundTripMs = 40, bytesPerMs = 1000 } = script;
    const begun = time.now();
    this.log.push({ name, at: begun, isDown: this.outageAt(begun) !== undefined });
    const number = this.log.length;
    this.inFlight++;
    try {
      const connection = { begun, isUp: false };
      await this.pass(roundTripMs / 2, STALL, connection, signal);
      connection.isUp = true;
      const whim = script.whim?.(name, number, begun, this.inFlight);
      if (whim?.kind === 'stale') throw failure('ECONNRESET', { unanswered: true });
      for (let chunk = 0; chunk < CHUNKS; chunk++) {
        if (chunk === CHUNKS / 2 && whim?.kind === 'reset') throw failure('ECONNRESET');
        if (chunk === CHUNKS / 2 && whim?.kind === 'hang') {
          await this.sleep(STALL, signal);
          throw failure('Stalled');
        }
        await this.pass(size / bytesPerMs / CHUNKS, STALL, connection, signal);
        moved();
      }
      await this.pass(roundTripMs / 2, ANSWER_TIMEOUT, connection, signal);
      this.answer(whim);
    } finally {
      this.inFlight--;
    }
  }

  private answer(whim: Whim): void {
    const kind = this.outageAt(this.time.now())?.kind;
    if (kind === 'http-502') throw failure('HTTP502', { status: 502 });
    if (kind === 'http-503') throw failure('ServiceUnavailable', { status: 503, retryAfterMs: 30_000 });
    if (whim?.kind === 'http-500') throw failure('InternalError', { status: 500 });
    if (whim?.kind === 'throttled') throw failure('SlowDown', { status: 503 });
    if (whim?.kind === 'damaged') throw failure('BadDigest', { status: 400 });
    if (whim?.kind === 'forbidden') throw failure('AccessDenied', { status: 403 });
  }

  private outageAt(now: number): OutageSpan | undefined {
    return this.script.outages?.find(({ from, to }) => now >= from && now < to);
  }

  /** Lets time pass on a connection, unless an outage ends it. */
  private async pass(
    milliseconds: number,
    patience: number,
    connection: { begun: number; isUp: boolean },
    signal: AbortSignal,
  ): Promise<void> {
    let left = milliseconds;
    for (;;) {
      const now = this.time.now();
      const outage = this.outageAt(now);
      if (outage) left = await this.suffer(outage, left, patience, connection, signal);
      const next = this.script.outages
        ?.filter(({ from }) => from > now)
        .reduce((first, { from }) => Math.min(first, from), Number.POSITIVE_INFINITY);
      const step = Math.min(left, (next ?? Number.POSITIVE_INFINITY) - this.time.now());
      if (step > 0) await this.sleep(step, signal);
      left -= Math.max(0, step);
      if (left <= 0) return;
    }
  }

  /** What an outage does to a connection. @returns milliseconds that are left to pass once it goes on */
  private async suffer(
    outage: OutageSpan,
    left: number,
    patience: number,
    connection: { begun: number; isUp: boolean },
    signal: AbortSignal,
  ): Promise<number> {
    const now = this.time.now();
    const { kind, to } = outage;
    const { isUp } = connection;
    if (kind === 'reset' || (kind === 'refused' && isUp)) throw failure('ECONNRESET');
    if (kind === 'refused' || (kind === 'draining' && !isUp)) {
      await this.sleep(1, signal);
      throw failure('ECONNREFUSED', { unreached: true });
    }
    if (kind === 'dns' && !isUp) {
      await this.sleep(1, signal);
      throw failure('EAI_AGAIN', { unreached: true });
    }
    if (kind === 'silence' || kind === 'lost') {
      // A lost packet is sent again after 1, 3, 7, 15, … seconds.
      let again = 1000;
      while (now + again < to) again = 2 * again + 1000;
      const isLost = kind === 'lost' && isUp;
      await this.sleep(isLost ? patience : Math.min(patience, again), signal);
      if (isLost || again >= patience) throw failure('Stalled', { unreached: !isUp });
      return left;
    }
    // Gateways answer at once; connections in use go on.
    await this.sleep(left, signal);
    return 0;
  }

  private sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(cancelledError('Simulation'));
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        callOff();
        reject(cancelledError('Simulation'));
      };
      const callOff = this.time.after(milliseconds, () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      });
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}

interface Details {
  status?: number;
  retryAfterMs?: number;
  unreached?: boolean;
  unanswered?: boolean;
}

function failure(code: string, details: Details = {}): ServiceError {
  return new ServiceError('Simulation', { code, message: `It is ${code}.`, kind: 'transient', ...details });
}

/** What the failures of a simulated host mean. */
export function classify({ code, unanswered, unreached, kind }: ServiceError): FailureClass {
  if (kind === 'cancelled') return 'hopeless';
  switch (code) {
    case 'ECONNRESET':
      return unanswered ? 'stale-connection' : 'connection';
    case 'ECONNREFUSED':
    case 'EAI_AGAIN':
      return 'unreached';
    case 'Stalled':
      return unreached ? 'unreached' : 'stall';
    case 'SlowDown':
      return 'throttled';
    case 'BadDigest':
      return 'flawed';
    case 'AccessDenied':
      return 'refused';
    default:
      return 'answer';
  }
}
