import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { DeafPort, whyNeverDeaf } from './deaf-port.js';

/** `silent` accepts connections and says nothing; `unanswered` does not even answer their first packet. */
export type DeadKind = 'silent' | 'unanswered';

/** All of 127.0.0.0/8 belongs to the machine. */
const SECOND_ADDRESS = '127.0.0.2';

/** Why this system can't have a dead address without the rights of an administrator; `undefined` where it can. */
export const whyNoDeadAddress: string | undefined =
  process.platform === 'linux' ? whyNeverDeaf : 'only Linux is known to have a second loopback address';

/** A second address for the port of an endpoint, on which nobody ever answers. */
export class DeadAddress {
  readonly address = SECOND_ADDRESS;

  private constructor(
    /** Connections that were accepted, which `unanswered` never does. */
    readonly accepted: ReadonlySet<Socket>,
    private readonly owner: Server | DeafPort,
  ) {}

  /** Rejects where the system can't do it, and when the port is taken on that address. */
  static async open(port: number, kind: DeadKind): Promise<DeadAddress> {
    if (whyNoDeadAddress !== undefined) throw new Error(whyNoDeadAddress);
    const accepted = new Set<Socket>();
    if (kind === 'unanswered') return new DeadAddress(accepted, await DeafPort.open(SECOND_ADDRESS, port));
    const server = createServer({ pauseOnConnect: true }, (socket) => {
      accepted.add(socket);
      socket.on('error', () => socket.destroy());
    });
    server.listen(port, SECOND_ADDRESS);
    await once(server, 'listening');
    return new DeadAddress(accepted, server);
  }

  /** Ends its connections and gives the address back. */
  async close(): Promise<void> {
    if (this.owner instanceof DeafPort) {
      await this.owner.close();
      return;
    }
    const closed = once(this.owner, 'close');
    this.owner.close();
    for (const socket of this.accepted) socket.destroy();
    await closed;
  }
}
