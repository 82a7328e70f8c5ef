import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { send } from './cloud-client.js';
import { whyNeverDeaf } from './deaf-port.js';
import { startEmulator } from './emulator.js';
import { askForTunnel, errorOutcome, until } from './line.js';

const VOD = 'vod.tencentcloudapi.com';
const COS = 'a-1.cos.ap-beijing.myqcloud.com';
const FAST = 'a-1.cos.accelerate.myqcloud.com';

let now = 1_000_000;
const emulator = await startEmulator({ now: () => now });
const sockets: Socket[] = [];
beforeEach(() => emulator.reset());
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});
after(() => emulator.close());

async function pass(milliseconds: number): Promise<void> {
  now += milliseconds;
  await emulator.settle();
}

/** Asks for a tunnel to a host. */
function ask(host: string): { socket: Socket; answer: Promise<string> } {
  const asked = askForTunnel(emulator.proxyUrl, `${host}:443`);
  sockets.push(asked.socket);
  return asked;
}

/** Starts TLS in a tunnel. The outcome is `secure`, or the code of the error. */
function secure(socket: Socket, host: string): Promise<string> {
  return new Promise((resolve) => {
    const tls = connectTls({ socket, servername: host, ca: emulator.caPem, ALPNProtocols: ['http/1.1'] });
    // Ahead of the socket below: Node 20 crashes when that one is destroyed first.
    sockets.unshift(tls);
    tls.once('secureConnect', () => resolve('secure'));
    tls.once('error', (error) => resolve(errorOutcome(error)));
  });
}

/** Opens a tunnel and starts TLS in it: `secure`, or what came instead. */
async function reach(host: string): Promise<string> {
  const { socket, answer } = ask(host);
  const status = await answer;
  return status === '200' ? secure(socket, host) : status;
}

/** Sends a request in a tunnel and says how it was answered. */
async function askThrough(host: string): Promise<number> {
  const { socket, answer } = ask(host);
  assert.equal(await answer, '200');
  const options = { socket, servername: host, ca: emulator.caPem, ALPNProtocols: ['http/1.1'] };
  const { status } = await send(`http://${host}/`, { method: 'GET', connection: connectTls(options) });
  return status;
}

describe('a proxy that is out of order', () => {
  it('refuses connections for a time; its tunnels go on', async () => {
    const { socket, answer } = ask(VOD);
    await answer;
    await emulator.outage({ target: 'proxy', kind: 'refused', forMs: 1000 });
    assert.equal(await ask(VOD).answer, 'ECONNREFUSED');
    assert.equal(await secure(socket, VOD), 'secure');
    await pass(1000);
    assert.equal(await reach(VOD), 'secure');
  });

  it('resets its tunnels and new connections', async () => {
    const { socket, answer } = ask(VOD);
    await answer;
    const ended = new Promise((resolve) => socket.once('close', resolve));
    await emulator.outage({ target: 'proxy', kind: 'reset', forMs: 1000 });
    await ended;
    assert.equal(await ask(VOD).answer, 'reset');
    assert.deepEqual(
      emulator.connectionLog.map(({ host, fate, proxied }) => [host, fate, proxied]),
      [
        [VOD, 'reset', true],
        ['', 'reset', true],
      ],
    );
    await pass(1000);
    assert.equal(await reach(VOD), 'secure');
  });

  it('falls silent, and so do its tunnels', async () => {
    const { socket, answer } = ask(VOD);
    await answer;
    await emulator.outage({ target: 'proxy', kind: 'silence', resumes: true, forMs: 1000 });
    const heard: string[] = [];
    const answers = [ask(COS).answer, secure(socket, VOD)];
    for (const one of answers) void one.then((answer) => heard.push(answer));
    await until(() => emulator.connectionLog.length === 2);
    await pass(999);
    // Another way in is served meanwhile, so the proxy had its chance.
    for (let round = 0; round < 5; round += 1) await send(emulator.vodUrl, { method: 'GET' });
    assert.deepEqual([emulator.proxy.tunnels, heard], [1, []]);
    await pass(1);
    assert.deepEqual(await Promise.all(answers), ['200', 'secure']);
  });

  it('hears no CONNECT on a connection that is open', async () => {
    const { hostname, port } = new URL(emulator.proxyUrl);
    const socket = connect(Number(port), hostname);
    sockets.push(socket);
    await until(() => emulator.connectionLog.length === 1);
    const outage = await emulator.outage({ target: 'proxy', kind: 'silence', resumes: true });
    let heard = '';
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString('latin1');
    });
    socket.write(`CONNECT ${VOD}:443 HTTP/1.1\r\nHost: ${VOD}\r\n\r\n`);
    for (let round = 0; round < 20; round += 1) await send(emulator.vodUrl, { method: 'GET' });
    assert.deepEqual([emulator.proxy.tunnels, heard], [0, '']);
    await emulator.endOutage(outage);
    await until(() => heard.startsWith('HTTP/1.1 200'));
  });

  it('answers by a page, to CONNECT and to plain requests, and leaves tunnels alone', async () => {
    const { socket, answer } = ask(VOD);
    await answer;
    const clear = askForTunnel(emulator.proxyUrl, `${VOD}:80`);
    await clear.answer;
    await emulator.outage({ target: 'proxy', kind: 'page', status: 503, headers: { 'Retry-After': '3' } });
    const refused = ask(VOD);
    let text = '';
    refused.socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    assert.equal(await refused.answer, '503');
    assert.match(text, /^HTTP\/1\.1 503 Service Unavailable\r\nRetry-After: 3\r\n/);
    assert.equal(await secure(socket, VOD), 'secure');
    assert.equal((await send(`http://${VOD}/`, { method: 'GET', connection: clear.socket })).status, 200);
    const { hostname, port } = new URL(emulator.proxyUrl);
    const plain = await new Promise((resolve, reject) => {
      const path = 'http://token.actions.githubusercontent.com/.well-known/jwks';
      const headers = { Host: 'token.actions.githubusercontent.com' };
      request({ hostname, port, path, headers, agent: false })
        .once('response', (response) => resolve(response.resume().statusCode))
        .once('error', reject)
        .end();
    });
    assert.equal(plain, 503);
  });
});

describe('a service that is out of order, behind the proxy', () => {
  for (const kind of ['refused', 'unresolved'] as const) {
    it(`shows as 502 when it is ${kind}, and leaves tunnels alone`, async () => {
      const { socket, answer } = ask(COS);
      await answer;
      await emulator.outage({ target: 'cos', kind, forMs: 1000 });
      assert.deepEqual([await reach(COS), await reach(VOD)], ['502', 'secure']);
      assert.equal(await secure(socket, COS), 'secure');
      await pass(1000);
      assert.equal(await reach(COS), 'secure');
      assert.deepEqual(emulator.proxy.refused, []);
    });
  }

  it('resets tunnels, old and new', async () => {
    const { socket, answer } = ask(COS);
    await answer;
    const ended = new Promise((resolve) => socket.once('close', resolve));
    await emulator.outage({ target: 'cos', kind: 'reset', forMs: 1000 });
    await ended;
    assert.notEqual(await reach(COS), 'secure');
    assert.equal(await reach(VOD), 'secure');
    await pass(1000);
    assert.equal(await reach(COS), 'secure');
  });

  it('is silent in tunnels, which go on afterwards', async () => {
    const old = ask(COS);
    await old.answer;
    await emulator.outage({ target: 'cos', kind: 'silence', resumes: true, forMs: 1000 });
    const young = ask(COS);
    assert.equal(await young.answer, '200', 'the proxy has reached the host');
    const outcomes = [secure(old.socket, COS), secure(young.socket, COS)];
    assert.equal(await reach(VOD), 'secure');
    const fates = emulator.connectionLog.map(({ host, fate }) => [host, fate]);
    assert.deepEqual(fates.slice(0, 2), [
      [COS, 'silent'],
      [COS, 'silent'],
    ]);
    await pass(1000);
    assert.deepEqual(await Promise.all(outcomes), ['secure', 'secure']);
  });

  it('keeps the proxy waiting when it is unanswered', { skip: whyNeverDeaf ?? false }, async () => {
    await emulator.outage({ target: 'cos', kind: 'unanswered', resumes: true, forMs: 1000 });
    const asked = ask(COS);
    let heard = false;
    void asked.answer.then(() => (heard = true));
    assert.equal(await reach(VOD), 'secure');
    assert.deepEqual([heard, emulator.proxy.tunnels], [false, 1]);
    await pass(1000);
    assert.equal(await asked.answer, '200');
  });

  it('has a page in front of it', async () => {
    await emulator.outage({ target: 'vod', kind: 'page', status: 503 });
    assert.equal(await askThrough(VOD), 503);
  });
});

describe('one host of a service', () => {
  it('can be out of order alone', async () => {
    await emulator.outage({ target: 'cos', kind: 'reset', host: '*.cos.accelerate.myqcloud.com' });
    assert.notEqual(await reach(FAST), 'secure');
    assert.equal(await reach(COS), 'secure');
    await emulator.outage({ target: 'cos', kind: 'page', host: COS });
    assert.equal(await askThrough(COS), 502);
  });

  it('is known by its first request where there is no proxy', async () => {
    await emulator.outage({ target: 'cos', kind: 'reset', host: FAST });
    const status = (Host: string) =>
      send(emulator.cosUrl, { method: 'GET', headers: { Host } }).then((reply) => reply.status, errorOutcome);
    assert.deepEqual([await status(COS), await status(FAST)], [405, 'reset']);
    assert.deepEqual(
      emulator.requests.map(({ host, outcome }) => [host, outcome]),
      [
        [COS, 'refused'],
        [FAST, 'reset'],
      ],
    );
  });
});
