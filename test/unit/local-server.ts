import assert from 'node:assert/strict';
import { once, setMaxListeners } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { type Agents, createAgents } from '../../src/network/agent.js';
import { ServiceError } from '../../src/network/errors.js';
import type { Body, OutgoingRequest } from '../../src/network/message.js';
import { Transport, type TransportOptions } from '../../src/network/transport.js';

/** A server on loopback that ends with its test. */
export interface LocalServer {
  port: number;
  url: URL;
  /** Every connection that was made, in order. */
  connections: Socket[];
}

/** A server that does with the bytes of each connection what it is told. */
export async function serveBytes(test: TestContext, handle: (socket: Socket) => void): Promise<LocalServer> {
  return listen(test, createServer(handle));
}

/** An HTTP server that reads requests whole unless it is told otherwise. */
export async function serveHttp(test: TestContext, handle: RequestListener): Promise<LocalServer> {
  return listen(test, createHttpServer({ keepAliveTimeout: 60_000 }, handle));
}

async function listen(test: TestContext, server: Server): Promise<LocalServer> {
  const connections: Socket[] = [];
  server.on('connection', (socket) => {
    connections.push(socket);
    // A client that goes away is an ordinary event here.
    socket.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  test.after(() => {
    for (const socket of connections) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, url: new URL(`http://127.0.0.1:${port}`), connections };
}

/** Milliseconds that nothing in these tests takes unless something hangs. */
const LONG = 60_000;

/** A transport without a proxy; its connections are closed after the test. */
export function transportFor(
  test: TestContext,
  times: Partial<TransportOptions> = {},
): { transport: Transport; agents: Agents } {
  const agents = createAgents({ proxy: { exceptions: [] }, maxSockets: 8, connectTimeoutMs: LONG });
  test.after(() => agents.destroy());
  const options = {
    agents,
    userAgent: 'product/1.0',
    givenEndpoints: new Set<string>(),
    stallTimeoutMs: LONG,
    answerTimeoutMs: LONG,
  };
  return { transport: new Transport({ ...options, ...times }), agents };
}

/** A signal that never fires. */
export const never = new AbortController().signal;
setMaxListeners(0, never);

/** As much as a file is read at once. */
export const CHUNK = Buffer.alloc(256 * 1024, 'x');

/** A body that is far more than the system holds for a connection that nobody reads. */
export const hugeBody: Body = {
  length: CHUNK.length * 256,
  chunks: function* () {
    for (let chunk = 0; chunk < 256; chunk++) yield CHUNK;
  },
};

/** A PUT of nothing, unless it is told otherwise. */
export function requestTo(url: URL, changes: Partial<OutgoingRequest> = {}): OutgoingRequest {
  return { service: 'COS', method: 'PUT', url, path: '/key', headers: {}, signal: never, ...changes };
}

/** The failure of a request that must not succeed. */
export async function failureOf(outcome: Promise<unknown>): Promise<ServiceError> {
  const error = await outcome.then(
    (answer) => assert.fail(`it was answered: ${JSON.stringify(answer)}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ServiceError, String(error));
  return error;
}
