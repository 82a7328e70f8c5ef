import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { DeafPort } from './deaf-port.js';

/** Takes connections, refuses them by not listening, or leaves even their handshake unanswered. */
export type ListenerState = 'open' | 'closed' | 'deaf';

/** Milliseconds between two tries to listen again on a port that the system has not given back yet. */
const PORT_PAUSE = 10;
const PORT_TRIES = 500;

/** A port on loopback that can stop listening and come back. Connections that were made stay as they are. */
export class Listener {
  port = 0;
  private readonly server: Server;
  private state: ListenerState = 'closed';
  private wanted: ListenerState = 'closed';
  private deaf: DeafPort | undefined;
  private work: Promise<void> = Promise.resolve();

  /** @param take given each connection, from which nothing has been read yet */
  constructor(
    private readonly address: string,
    take: (socket: Socket) => void,
  ) {
    this.server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, take);
  }

  /** Becomes open, closed or deaf. Rejects when the system does not give the port back. */
  become(state: ListenerState): Promise<void> {
    this.wanted = state;
    this.work = this.work.then(() => this.change());
    return this.work;
  }

  /** Settles when the listener is what was last asked for. */
  get settled(): Promise<void> {
    return this.work;
  }

  private async change(): Promise<void> {
    const { wanted } = this;
    if (wanted === this.state) return;
    if (this.state === 'open') this.server.close();
    await this.deaf?.close();
    this.deaf = undefined;
    this.state = 'closed';
    if (wanted === 'open') await this.listen();
    if (wanted === 'deaf') this.deaf = await DeafPort.open(this.address, this.port);
    this.state = wanted;
  }

  private async listen(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.listenOnce();
        return;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (this.port === 0 || code !== 'EADDRINUSE' || tries === PORT_TRIES) throw error;
        await delay(PORT_PAUSE);
      }
    }
  }

  private async listenOnce(): Promise<void> {
    const { server } = this;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, this.address, () => {
        server.off('error', reject);
        resolve();
      });
    });
    this.port = (server.address() as AddressInfo).port;
  }
}
