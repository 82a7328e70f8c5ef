import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Connection } from './connection.js';
import type { Outage, OutageKind } from './outage.js';
import type { Outages } from './outages.js';

/** Outages that meet connections, not requests or names. */
const ON_CONNECTIONS: readonly OutageKind[] = ['refused', 'unanswered', 'reset', 'silence'];

/** Both ends of a connection name it: TLS sockets have no public way to the socket below them. */
function nameOf(socket: Socket): string {
  return `${socket.remotePort}>${socket.localPort}`;
}

/** The connections of the emulator, and what outages do to them. */
export class Connections {
  /** Every connection since the last reset, in order of arrival. */
  readonly log: Connection[] = [];
  private readonly open = new Map<string, Connection>();
  private sequence = 0;

  constructor(private readonly now: () => number) {}

  /** Remembers a connection so that its requests can be told apart, silenced and reset. */
  add(socket: Socket, proxied: boolean): Connection {
    const name = nameOf(socket);
    this.sequence += 1;
    const connection = new Connection(this.sequence, socket, proxied, this.now());
    this.log.push(connection);
    this.open.set(name, connection);
    socket.once('close', () => {
      connection.closedAt = this.now();
      // The client may have used its port again before this end noticed that the old connection is gone.
      if (this.open.get(name) === connection) this.open.delete(name);
    });
    // A reset by the client is an ordinary event here; the exchange notices that its connection is gone.
    socket.on('error', () => socket.destroy());
    return connection;
  }

  /** The connection of a socket, that of TLS or the one below. */
  of(socket: Socket): Connection | undefined {
    return this.open.get(nameOf(socket));
  }

  /**
   * The outages that hit a connection now that more is known of where it leads. Each outage draws once for a
   * connection, and again whenever it begins anew.
   */
  draw(connection: Connection, outages: Outages): Outage[] {
    const fresh = outages
      .current(ON_CONNECTIONS)
      .filter((outage) => outage.concerns(connection) && !connection.considered.has(outage))
      // The client of a proxy does not see the refusal of the host behind it.
      .filter(({ rule, targets }) => {
        return rule.kind !== 'refused' || !connection.proxied || targets.includes('proxy');
      });
    for (const outage of fresh) connection.considered.add(outage);
    return fresh.filter((outage) => outage.draw());
  }

  /** Lets an outage that begins meet the connections that are open. */
  strike(outage: Outage): void {
    if (!ON_CONNECTIONS.includes(outage.rule.kind)) return;
    for (const connection of this.open.values()) {
      if (!outage.concerns(connection)) continue;
      connection.considered.add(outage);
      const spared = outage.rule.newOnly === true || outage.rule.kind === 'refused';
      if (!spared && outage.draw()) connection.suffer(outage);
    }
  }

  /** Lets the connections go on that an outage silenced, unless they stay dead. */
  relieve(outage: Outage): void {
    if (outage.rule.resumes !== true) return;
    for (const connection of this.open.values()) connection.release(outage);
  }

  /** Ends every connection, and settles when the last one has ended. */
  async close(): Promise<void> {
    const sockets = [...this.open.values()].map(({ socket }) => socket);
    await Promise.all(sockets.map((socket) => once(socket.destroy(), 'close')));
  }

  /** Forgets the connections that have ended. */
  reset(): void {
    this.log.length = 0;
  }
}
