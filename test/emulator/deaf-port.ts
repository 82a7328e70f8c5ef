import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

/** Connections that the system completes by itself for a backlog of 1; after that it drops every SYN. */
const FILL = 2;

/** Why a port can't be deaf on this system; `undefined` where it can. Windows refuses where others drop. */
export const whyNeverDeaf: string | undefined =
  process.platform === 'linux' ? undefined : 'only Linux leaves connections to a full backlog unanswered';

/**
 * A port whose handshakes nobody answers: clients are left in `connect` as by a route that is gone. A thread
 * listens and then does nothing, and connections of our own fill its backlog, so the system drops all others.
 */
export class DeafPort {
  private constructor(
    private readonly worker: Worker,
    private readonly fill: readonly Socket[],
  ) {}

  /** Rejects where the system can't do it, and when the port is taken. */
  static async open(address: string, port: number): Promise<DeafPort> {
    if (whyNeverDeaf !== undefined) throw new Error(whyNeverDeaf);
    const worker = new Worker(new URL('./deaf-worker.js', import.meta.url), {
      workerData: { address, port },
    });
    await once(worker, 'message');
    worker.unref();
    const fill = Array.from({ length: FILL }, () => connect({ host: address, port }).unref());
    // A client may have been faster. Then one of these waits, like all that come later.
    for (const socket of fill) socket.on('error', () => socket.destroy());
    // The system completes handshakes on loopback within `connect`, which Node calls before it comes to this.
    await new Promise((resolve) => setImmediate(resolve));
    return new DeafPort(worker, fill);
  }

  /** Gives the port back. What becomes of clients that still wait depends on who listens when they ask again. */
  async close(): Promise<void> {
    for (const socket of this.fill) socket.destroy();
    await this.worker.terminate();
  }
}
