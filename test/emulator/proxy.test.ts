import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import { after, beforeEach, describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { apply, callCos, send } from './cloud-client.js';
import { type Emulator, startEmulator } from './emulator.js';

const emulator = await startEmulator({ keepBodies: true });
beforeEach(() => emulator.reset());
after(() => emulator.close());

interface Tunnel {
  status: number;
  socket: Duplex;
}

function tunnel(through: Emulator, target: string, authorization?: string): Promise<Tunnel> {
  const { hostname, port } = new URL(through.proxyUrl);
  const headers = authorization === undefined ? {} : { 'Proxy-Authorization': authorization };
  return new Promise((resolve, reject) => {
    request({ hostname, port, method: 'CONNECT', path: target, headers, agent: false })
      .once('connect', (response, socket) => resolve({ status: response.statusCode ?? 0, socket }))
      .once('error', reject)
      .end();
  });
}

async function secure(through: Emulator, host: string): Promise<ReturnType<typeof connectTls>> {
  const { socket } = await tunnel(through, `${host}:443`);
  const tls = connectTls({ socket, servername: host, ca: through.caPem, ALPNProtocols: ['http/1.1'] });
  await new Promise((resolve, reject) => tls.once('secureConnect', resolve).once('error', reject));
  return tls;
}

describe('the proxy', () => {
  it('leads TLS for the real host names to the emulator, certified by its CA', async () => {
    const { bucket, region, media, signer } = await apply(emulator);
    const host = `${bucket}.cos.${region}.myqcloud.com`;
    const connection = await secure(emulator, host);
    assert.equal(connection.authorized, true);
    assert.equal(connection.alpnProtocol, 'http/1.1');
    const reply = await callCos(emulator, {
      method: 'PUT',
      key: media,
      signer,
      body: 'video',
      url: `http://${host}`,
      connection,
    });
    assert.equal(reply.status, 200);
    const [seen] = emulator.requestsOf('cos', 'PutObject');
    assert.deepEqual([seen?.host, seen?.tls, seen?.proxied], [host, true, true]);
    assert.equal(emulator.proxy.tunnels, 1);
    assert.equal(emulator.connections.cos, 1);
    connection.destroy();
  });

  for (const host of [
    'vod.tencentcloudapi.com',
    'vod.ap-guangzhou.tencentcloudapi.com',
    'sts.tencentcloudapi.com',
    'token.actions.githubusercontent.com',
    'a-1.cos.accelerate.myqcloud.com',
    'a-1.cos.ap-beijing.tencentcos.cn',
  ]) {
    it(`certifies ${host}`, async () => {
      const connection = await secure(emulator, host);
      assert.equal(connection.authorized, true);
      connection.destroy();
    });
  }

  it('refuses hosts that are not emulated', async () => {
    const { status, socket } = await tunnel(emulator, 'example.org:443');
    assert.equal(status, 502);
    assert.deepEqual(emulator.proxy.refused, ['example.org']);
    socket.destroy();
  });

  it('forwards plain requests in absolute form, and leads plain tunnels', async () => {
    const { hostname, port } = new URL(emulator.proxyUrl);
    const status = await new Promise((resolve, reject) => {
      const path = 'http://token.actions.githubusercontent.com/.well-known/jwks';
      request({
        hostname,
        port,
        path,
        headers: { Host: 'token.actions.githubusercontent.com' },
        agent: false,
      })
        .once('response', (response) => resolve(response.resume().statusCode))
        .once('error', reject)
        .end();
    });
    assert.equal(status, 200);
    const { socket } = await tunnel(emulator, 'token.actions.githubusercontent.com:80');
    const url = 'http://token.actions.githubusercontent.com/.well-known/openid-configuration';
    assert.equal((await send(url, { method: 'GET', connection: socket })).status, 200);
    assert.deepEqual(
      emulator.requestsOf('oidc').map(({ path, proxied, tls }) => [path, proxied, tls]),
      [
        ['/.well-known/jwks', true, false],
        ['/.well-known/openid-configuration', true, false],
      ],
    );
    socket.destroy();
  });

  it('asks for its credentials', async () => {
    const guarded = await startEmulator({ proxyAuth: { user: 'runner', password: 'p:w' } });
    try {
      assert.equal((await tunnel(guarded, 'vod.tencentcloudapi.com:443')).status, 407);
      const { username, password } = new URL(guarded.proxyUrl);
      const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
      const authorization = `Basic ${Buffer.from(login).toString('base64')}`;
      assert.equal((await tunnel(guarded, 'vod.tencentcloudapi.com:443', authorization)).status, 200);
    } finally {
      await guarded.close();
    }
  });
});

describe('an emulator', () => {
  it('removes its CA file when it is closed', async () => {
    const other = await startEmulator();
    assert.equal(existsSync(other.caFile), true);
    await other.close();
    assert.equal(existsSync(other.caFile), false);
  });

  it('counts connections, requests in flight, and which connection carried which request', async () => {
    const applied = await apply(emulator);
    emulator.fault({ service: 'cos', times: 2, effect: { kind: 'delay', ms: 20 } });
    const put = () =>
      callCos(emulator, { method: 'PUT', key: applied.media, signer: applied.signer, body: 'x' });
    await Promise.all([put(), put()]);
    assert.equal(emulator.peakStorageRequests, 2);
    assert.equal(emulator.inFlight.cos.now, 0);
    assert.equal(emulator.connections.cos, 2);
    assert.equal(new Set(emulator.requestsOf('cos').map((request) => request.connection)).size, 2);
  });
});
