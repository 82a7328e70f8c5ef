import { createServer } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

/*
 * Listens and then sleeps until it is terminated: its event loop never comes round to accept a connection.
 */

const { address, port } = workerData as { address: string; port: number };

createServer().listen({ host: address, port, backlog: 1 }, () => {
  parentPort?.postMessage('listening');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
