import type { Fate } from './connection.js';
import { DeadAddress, type DeadKind } from './dead-address.js';
import type { Gate } from './gate.js';
import type { EmulatedNames } from './names.js';
import type { NamesServer } from './names-server.js';
import type { Outage, OutageRule } from './outage.js';
import type { ProxyFigures } from './proxy.js';
import type { ServiceName } from './request-log.js';

/** One connection that a client made. */
export interface LoggedConnection {
  /** The number that its requests have as `connection`. */
  id: number;
  /** `undefined` for a connection to the proxy that never said where it wants to go. */
  service: ServiceName | undefined;
  /** Host name, empty while it is unknown. */
  host: string;
  proxied: boolean;
  /** Milliseconds since the epoch by the emulator's clock, without its skew; 0 while it is open. */
  openedAt: number;
  closedAt: number;
  requests: number;
  fate: Fate;
}

/** The way to the services: connections, names, and what goes wrong with them. */
export class EmulatedNetwork {
  private deadAddresses: DeadAddress[] = [];

  constructor(
    private readonly gate: Gate,
    private readonly figures: ProxyFigures,
    /** The names that clients ask for, when a test has put them in the place of dns.lookup. */
    readonly names: EmulatedNames,
    private readonly namesServer: NamesServer,
  ) {}

  /** Connections that were accepted, by service. */
  get connections(): Readonly<Record<ServiceName, number>> {
    return this.gate.accepted;
  }

  /** Every connection, in order. Those that were refused or never answered left no trace. */
  get connectionLog(): LoggedConnection[] {
    return this.gate.connections.log.map((connection) => {
      const { id, service, host, proxied, openedAt, closedAt, requests, fate } = connection;
      return { id, service, host, proxied, openedAt, closedAt, requests, fate };
    });
  }

  /** Tunnels opened through the proxy, and hosts that it refused because they are not emulated. */
  get proxy(): Readonly<ProxyFigures> {
    return this.figures;
  }

  /** Makes a service or the proxy fall out of order. Settles when that has happened, if it happens at once. */
  async outage(rule: OutageRule): Promise<Outage> {
    const outage = this.gate.outages.add(rule);
    await this.settle();
    return outage;
  }

  /** Ends an outage before its time. Settles when ports are open again. */
  async endOutage(outage: Outage): Promise<void> {
    this.gate.outages.end(outage);
    await this.settle();
  }

  /** Ends all outages. Settles when ports are open again. */
  async clearOutages(): Promise<void> {
    this.gate.outages.clear();
    await this.settle();
  }

  /**
   * Brings ports and connections up to date with the clock and settles when they are: for tests that set the
   * clock by hand, since timers do not know about it.
   */
  async settle(): Promise<void> {
    await this.gate.settled();
  }

  /**
   * Opens a second address for the port of one of the emulator's URLs, on which nobody ever answers. It is to
   * be handed out by `names`, and ends with the emulator. Rejects where {@link whyNoDeadAddress} gives a reason.
   */
  async deadAddress(url: string, kind: DeadKind): Promise<DeadAddress> {
    const address = await DeadAddress.open(Number(new URL(url).port), kind);
    this.deadAddresses.push(address);
    return address;
  }

  /** Forgets outages, names, dead addresses and figures. */
  protected async resetNetwork(): Promise<void> {
    for (const name of Object.keys(this.gate.accepted) as ServiceName[]) this.gate.accepted[name] = 0;
    this.figures.tunnels = 0;
    this.figures.refused.length = 0;
    this.gate.connections.reset();
    this.names.reset();
    await Promise.all([this.clearOutages(), this.closeDeadAddresses()]);
  }

  /** Ends every connection and stops listening. */
  protected async closeNetwork(): Promise<void> {
    await Promise.all([this.gate.close(), this.closeDeadAddresses(), this.namesServer.close()]);
  }

  private async closeDeadAddresses(): Promise<void> {
    const addresses = this.deadAddresses;
    this.deadAddresses = [];
    await Promise.all(addresses.map((address) => address.close()));
  }
}
