import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo, LookupFunction, Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { PerformanceObserver } from 'node:perf_hooks';
import { describe, it, type TestContext } from 'node:test';
import { type Agents, createAgents } from '../../src/network/agent.js';
import { ServiceError } from '../../src/network/errors.js';
import { bufferBody } from '../../src/network/message.js';
import { Transport } from '../../src/network/transport.js';
import { startEmulator } from '../emulator/emulator.js';
import { failureOf, requestTo, serveBytes, serveHttp, transportFor } from './local-server.js';

const never = new AbortController().signal;
const get = (url: URL) => ({ service: 'COS', method: 'GET' as const, url, headers: {}, signal: never });

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);

describe('the pool of connections', () => {
  it('has one agent for TLS and one for plain HTTP, both of which keep connections', (t) => {
    const { agents } = transportFor(t);
    const [tls, plain] = [agents.for(new URL('https://a.example')), agents.for(new URL('http://localhost'))];
    assert.notEqual(tls, plain);
    assert.equal(agents.for(new URL('https://b.example')), tls);
  });

  it('uses the connection that was used last, so that others may grow old', async (t) => {
    const server = await serveHttp(t, (request, response) => {
      response.setHeader('port', String(request.socket.remotePort));
      setImmediate(() => response.end());
    });
    const { transport } = transportFor(t);
    const [, second] = await Promise.all([transport.send(get(server.url)), transport.send(get(server.url))]);
    await new Promise((resolve) => setImmediate(resolve));
    const third = await transport.send(get(server.url));
    assert.equal(server.connections.length, 2);
    assert.equal(third.headers.port, second.headers.port);
  });

  it('closes the idle connections to one host alone', async (t) => {
    const [one, other] = [
      await serveHttp(t, (_request, response) => response.end()),
      await serveHttp(t, (_request, response) => response.end()),
    ];
    const { transport, agents } = transportFor(t);
    for (const { url } of [one, other]) await transport.send(get(url));
    agents.dropIdle(one.url);
    for (const { url } of [one, other]) await transport.send(get(url));
    assert.deepEqual([one.connections.length, other.connections.length], [2, 1]);
  });

  it('knows hosts by IPv6 addresses', { skip: !hasIpv6 }, async (t) => {
    const server = createServer((_request, response) => response.end()).listen(0, '::1');
    await once(server, 'listening');
    let connections = 0;
    server.on('connection', () => {
      connections++;
    });
    const { transport, agents } = transportFor(t);
    t.after(() => server.close());
    const url = new URL(`http://[::1]:${(server.address() as AddressInfo).port}`);
    for (let turn = 0; turn < 2; turn++) await transport.send(get(url));
    assert.equal(connections, 1);
    agents.dropIdle(url);
    await transport.send(get(url));
    assert.equal(connections, 2);
  });

  it('closes everything in the end', async (t) => {
    const server = await serveHttp(t, (_request, response) => response.end());
    const { transport, agents } = transportFor(t);
    await transport.send(get(server.url));
    const closed = once(server.connections[0] ?? assert.fail(), 'close');
    agents.destroy();
    await closed;
  });
});

/** What the agent for TLS adds to each connection. */
function optionsOf(agents: Agents): { lookup: LookupFunction; ca?: Buffer } {
  const agent = agents.for(new URL('https://a.example'));
  return (agent as unknown as { options: { lookup: LookupFunction } }).options;
}

/** A pool behind a proxy. */
function behind(test: TestContext, proxy: URL, stallTimeoutMs: number) {
  const agents = createAgents({
    proxy: { url: proxy, exceptions: [] },
    maxSockets: 2,
    connectTimeoutMs: 60_000,
  });
  test.after(() => agents.destroy());
  const times = { stallTimeoutMs, answerTimeoutMs: 60_000 };
  return {
    agents,
    transport: new Transport({ agents, userAgent: 'product/1.0', givenEndpoints: new Set(), ...times }),
  };
}

/** A pool behind a proxy that takes CONNECT and never answers. */
async function behindSilence(test: TestContext) {
  let asked: (socket: Socket) => void;
  const connect = new Promise<Socket>((resolve) => {
    asked = resolve;
  });
  const proxy = await serveBytes(test, (socket) => socket.once('data', () => asked(socket)));
  return { ...behind(test, proxy.url, 60_000), connect };
}

describe('a tunnel that is being opened', () => {
  const url = new URL('https://vod.example.com');

  it('is given up with the request that it is for', async (t) => {
    const { transport, connect } = await behindSilence(t);
    const stop = new AbortController();
    const request = failureOf(transport.send(requestTo(url, { signal: stop.signal })));
    const closed = once(await connect, 'close');
    stop.abort();
    assert.equal((await request).kind, 'cancelled');
    await closed;
  });

  it('is given up when the request fails by its body', async (t) => {
    const { transport, connect } = await behindSilence(t);
    const reason = new ServiceError('file', { code: 'FileChanged', message: 'changed', kind: 'final' });
    const opened = connect.then((socket) => ({ closed: once(socket, 'close') }));
    const body = {
      length: 10,
      chunks: (): AsyncIterable<Buffer> => ({
        [Symbol.asyncIterator]: () => ({ next: () => opened.then(() => Promise.reject(reason)) }),
      }),
    };
    assert.equal(await failureOf(transport.send(requestTo(url, { body }))), reason);
    await (await opened).closed;
  });

  it('does not outlive the pool', async (t) => {
    const { agents, transport, connect } = await behindSilence(t);
    const request = failureOf(transport.send(requestTo(url)));
    const closed = once(await connect, 'close');
    agents.destroy();
    await closed;
    assert.deepEqual([(await request).code, (await request).unanswered], ['ProxyUnreachable', false]);
  });
});

describe('a tunnel whose TLS does not come about', () => {
  const cases: [what: string, end: (socket: Socket) => void, stallTimeoutMs: number, message: RegExp][] = [
    ['is reset', (socket) => socket.resetAndDestroy(), 60_000, /connection to vod\.example\.com failed/],
    ['is closed', (socket) => socket.end(), 60_000, /connection to vod\.example\.com failed/],
    ['falls silent', () => undefined, 200, /no connection in 0\.2 s/],
  ];
  for (const [what, end, stallTimeoutMs, message] of cases) {
    it(`has carried nothing when it ${what} amid the handshake`, async (t) => {
      const proxy = await serveBytes(t, (socket) => {
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\n\r\n');
          socket.once('data', () => end(socket));
        });
      });
      const { transport } = behind(t, proxy.url, stallTimeoutMs);
      const request = requestTo(new URL('https://vod.example.com'), { body: bufferBody(Buffer.from('x')) });
      const error = await failureOf(transport.send(request));
      assert.deepEqual([error.kind, error.unanswered], ['transient', false]);
      assert.match(error.message, message);
    });
  }
});

describe('a request over a tunnel', () => {
  it('may have been carried out when its answer is lost, on a new connection and on one that was used', async (t) => {
    const emulator = await startEmulator();
    t.after(() => emulator.close());
    const { agents, transport } = behind(t, new URL(emulator.proxyUrl), 60_000);
    const url = new URL('https://vod.tencentcloudapi.com');
    optionsOf(agents).ca = readFileSync(emulator.caFile);
    const request = requestTo(url, { method: 'POST', path: '/', body: bufferBody(Buffer.from('{}')) });
    for (const used of [false, true]) {
      if (used) await transport.send(request);
      emulator.fault({ service: 'vod', effect: { kind: 'reset-after-unprocessed' } });
      const { unanswered } = await failureOf(transport.send(request));
      assert.equal(unanswered, true, used ? 'used' : 'new');
    }
    const [lost, answered, again] = emulator.requestsOf('vod');
    assert.notEqual(lost?.connection, answered?.connection);
    assert.equal(again?.connection, answered?.connection);
  });
});

/** What the pool's agents ask for names. */
const lookupOf = (agents: Agents): LookupFunction => optionsOf(agents).lookup;

describe('names', () => {
  it('are looked up once, for all connections', async (t) => {
    const { agents } = transportFor(t);
    const lookup = lookupOf(agents);
    const asked: string[] = [];
    const note = (entries: { name: string }[]): void => {
      asked.push(...entries.map(({ name }) => name));
    };
    const observer = new PerformanceObserver((list) => note(list.getEntries()));
    observer.observe({ entryTypes: ['dns'] });
    t.after(() => observer.disconnect());
    const ask = (all: boolean) =>
      new Promise((resolve, reject) => {
        lookup('localhost', { all, family: 4 }, (error, address, family) => {
          if (error) reject(error);
          else resolve(all ? address : [{ address, family }]);
        });
      });
    const answers = [await ask(true), await ask(false), await ask(true)];
    assert.deepEqual(
      answers,
      Array.from({ length: 3 }, () => [{ address: '127.0.0.1', family: 4 }]),
    );
    note(observer.takeRecords());
    assert.deepEqual(asked, ['lookup']);
  });
});

describe('TLS', () => {
  it('refuses a certificate of an unknown authority for good, and says what to set', async (t) => {
    const emulator = await startEmulator();
    t.after(() => emulator.close());
    const { transport } = transportFor(t);
    const error = await transport.send(get(new URL(emulator.cosTlsUrl))).catch((reason: unknown) => reason);
    assert.ok(error instanceof ServiceError);
    assert.equal(error.kind, 'final');
    assert.match(error.message, /certificate of localhost:\d+ is not accepted .* NODE_EXTRA_CA_CERTS/);
  });

  for (const [status, kind, code] of [
    [407, 'final', 'ProxyAuthenticationRequired'],
    [503, 'transient', 'ProxyRefused'],
  ] as const) {
    it(`fails by the proxy's word where that answers ${status}`, async (t) => {
      const proxy = await serveBytes(t, (socket) => {
        socket.once('data', () => socket.end(`HTTP/1.1 ${status} No\r\n\r\n`));
      });
      const { transport } = behind(t, proxy.url, 60_000);
      const error = await transport
        .send(get(new URL('https://vod.example.com')))
        .catch((reason: unknown) => reason);
      assert.ok(error instanceof ServiceError);
      assert.deepEqual([error.kind, error.code, error.unanswered], [kind, code, false]);
    });
  }
});
