import type { Socket } from 'node:net';
import type { Call } from './call.js';
import type { Outage, Place } from './outage.js';
import type { ServiceName } from './request-log.js';

/** What became of a connection: outages can make it silent or reset it. */
export type Fate = 'served' | 'reset' | 'silent';

/** One connection that a client made, and what can be done with it. */
export class Connection implements Place {
  service: ServiceName | undefined;
  host = '';
  tls = false;
  /** True when the proxy leads it on without seeing what it carries. */
  tunneled = false;
  fate: Fate = 'served';
  /** Requests that it has carried. */
  requests = 0;
  /** When it ended by the emulator's clock; 0 while it is open. */
  closedAt = 0;
  /** Set while a request is handled: answers a client that closed its side in the middle of a body. */
  cutShort: (() => void) | undefined;
  private call: Call | undefined;
  /** What goes on with the connection when its silence ends. */
  private parked: (() => void) | undefined;
  /** Outages that have decided whether they hit it. */
  readonly considered = new Set<Outage>();
  private readonly silences = new Set<Outage>();

  constructor(
    readonly id: number,
    /** The TCP connection below TLS. */
    readonly socket: Socket,
    readonly proxied: boolean,
    readonly openedAt: number,
  ) {}

  /** True while an outage keeps it from being read and answered. */
  get silent(): boolean {
    return this.silences.size > 0;
  }

  /** Begins with a request of the connection. It is neither read nor answered while the connection is silent. */
  carry(call: Call): void {
    this.call = call;
    if (this.silent) call.freeze();
  }

  /** Ends with a request. */
  done(call: Call): void {
    if (this.call === call) this.call = undefined;
  }

  /** Is reset by an outage, or no longer read and answered. */
  suffer(outage: Outage): void {
    const { kind } = outage.rule;
    this.call?.blame(kind);
    if (kind === 'reset' || kind === 'refused') {
      this.fate = 'reset';
      this.reset();
    } else {
      this.fate = 'silent';
      this.silences.add(outage);
      this.call?.freeze();
    }
  }

  /** Goes on when no other outage keeps the connection silent. */
  release(outage: Outage): void {
    if (!this.silences.delete(outage) || this.silent) return;
    this.fate = 'served';
    this.call?.thaw();
    const { parked } = this;
    this.parked = undefined;
    if (!this.socket.destroyed) parked?.();
  }

  /** Goes on now, or when the silence ends; not at all after a reset. */
  proceed(work: () => void): void {
    if (this.silent) this.parked = work;
    else if (!this.socket.destroyed) work();
  }

  /** Ends it with a TCP reset. */
  reset(): void {
    if (this.call === undefined) this.socket.resetAndDestroy();
    else this.call.reset();
  }
}
