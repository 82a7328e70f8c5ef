import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { createAgents } from '../../src/network/agent.js';
import { Clock } from '../../src/network/clock.js';
import { ServiceError } from '../../src/network/errors.js';
import { Transport } from '../../src/network/transport.js';
import { Bucket } from '../../src/storage/bucket.js';
import { StorageDomain } from '../../src/storage/storage-domain.js';
import { apply } from '../emulator/cloud-client.js';
import { type Emulator, startEmulator } from '../emulator/emulator.js';
import { failureOf, never, serveBytes } from './local-server.js';

const source = '{bucket}.cos.{region}.myqcloud.com';
const destination = {
  bucket: 'b-1250000000',
  region: 'ap-guangzhou-2',
  credentials: { secretId: '', secretKey: '', token: '', expiresAt: 0 },
};
const unheard = () => false;

describe('the domain of a bucket', () => {
  const refusal = (code: string) =>
    new ServiceError('COS', { code, message: '', kind: 'final', status: 400 });
  const unreached = (code: string) =>
    new ServiceError('COS', { code, message: '', kind: 'transient', unreached: true });

  it('is that of its region', () => {
    const domain = new StorageDomain({ source }, false, () => assert.fail(), unheard);
    const url = domain.url(destination);
    assert.equal(url.host, 'b-1250000000.cos.ap-guangzhou-2.myqcloud.com');
    assert.equal(domain.fallBack(refusal('AccessDenied'), url, destination), false);
    for (const error of [refusal('BucketAccelerateNotEnabled'), unreached('ENOTFOUND')])
      assert.equal(domain.fallBack(error, url, destination), false, 'it would be the same');
  });

  it('is the accelerated one until a bucket has none, which is told once', () => {
    const told: string[] = [];
    const domain = new StorageDomain({ source }, true, ({ code }) => told.push(code), unheard);
    const accelerated = domain.url(destination);
    assert.equal(accelerated.host, 'b-1250000000.cos.accelerate.myqcloud.com');
    assert.equal(domain.fallBack(refusal('SlowDown'), accelerated, destination), false);
    assert.equal(domain.url(destination).href, accelerated.href);
    const refused = refusal('BucketAccelerateNotEnabled');
    assert.equal(domain.fallBack(refused, accelerated, destination), true);
    assert.equal(domain.url(destination).host, 'b-1250000000.cos.ap-guangzhou-2.myqcloud.com');
    assert.equal(domain.fallBack(refused, accelerated, destination), true, 'another one that was under way');
    assert.deepEqual(told, ['BucketAccelerateNotEnabled']);
  });

  it('stays the accelerated one where the proxy lets nothing through', () => {
    const domain = new StorageDomain({ source }, true, () => assert.fail(), unheard);
    const accelerated = domain.url(destination);
    for (const code of ['ProxyUnreachable', 'ProxyAuthenticationRequired'])
      assert.equal(domain.fallBack(unreached(code), accelerated, destination), false, code);
    assert.equal(domain.url(destination).href, accelerated.href);
  });

  it('is told of no change where the endpoint names no region', () => {
    const domain = new StorageDomain({ source: 'cos.example' }, true, () => assert.fail(), unheard);
    const url = domain.url(destination);
    assert.equal(domain.fallBack(unreached('ENOTFOUND'), url, destination), false);
  });
});

/** An accelerated bucket of an emulator, behind a proxy that deals with the tunnels to its acceleration host. */
async function acceleratedBucket(
  test: TestContext,
  tunnel: (socket: Socket, passOn: () => void) => void,
): Promise<{ emulator: Emulator; bucket: Bucket; key: string; told: string[] }> {
  const emulator = await startEmulator({ accelerate: true });
  test.after(() => emulator.close());
  const behind = new URL(emulator.proxyUrl);
  const proxy = await serveBytes(test, (socket) => {
    socket.once('data', (head) => {
      const passOn = (): void => {
        const onward = connect(Number(behind.port), behind.hostname);
        onward.on('error', () => socket.destroy());
        socket.on('close', () => onward.destroy());
        onward.on('close', () => socket.destroy());
        onward.write(head);
        socket.pipe(onward).pipe(socket);
      };
      if (head.includes('.cos.accelerate.')) tunnel(socket, passOn);
      else passOn();
    });
  });
  const agents = createAgents({
    proxy: { url: proxy.url, exceptions: [] },
    maxSockets: 2,
    connectTimeoutMs: 60_000,
  });
  test.after(() => agents.destroy());
  const agent = agents.for(new URL('https://a.example')) as unknown as { options: { ca?: Buffer } };
  agent.options.ca = readFileSync(emulator.caFile);
  const transport = new Transport({
    agents,
    userAgent: 'product/1.0',
    givenEndpoints: new Set(),
    stallTimeoutMs: 60_000,
    answerTimeoutMs: 60_000,
  });
  const applied = await apply(emulator, { MediaType: 'mp4' });
  const told: string[] = [];
  const domain = new StorageDomain(
    { source },
    true,
    ({ code }) => told.push(code),
    (url) => transport.hasAnswered(url),
  );
  const bucket = new Bucket(transport, new Clock(), domain, {
    bucket: applied.bucket,
    region: applied.region,
    credentials: { ...applied.signer, expiresAt: applied.expiredTime * 1000 },
  });
  return { emulator, bucket, key: applied.media, told };
}

describe('an acceleration host', () => {
  const cases: [what: string, tunnel: (socket: Socket) => void, code: string][] = [
    ['that the proxy refuses', (socket) => socket.end('HTTP/1.1 403 No\r\n\r\n'), 'ProxyRefused'],
    [
      'whose TLS is cut off',
      (socket) => {
        socket.once('data', () => socket.resetAndDestroy());
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
      },
      'ECONNRESET',
    ],
  ];
  for (const [what, tunnel, code] of cases) {
    it(`${what} is left for the regional one, with one warning`, async (t) => {
      const { emulator, bucket, key, told } = await acceleratedBucket(t, tunnel);
      const [first, second] = await Promise.all([
        bucket.initiate(key, 'video/mp4', never),
        bucket.initiate(key, 'video/mp4', never),
      ]);
      assert.notEqual(first, second);
      assert.deepEqual(told, [code]);
      assert.equal(emulator.requestsOf('cos', 'InitiateMultipartUpload').length, 2);
    });
  }

  it('that has answered is kept when it can not be reached for once', async (t) => {
    let cut = false;
    const { bucket, key, told } = await acceleratedBucket(t, (socket, passOn) => {
      if (cut) socket.end('HTTP/1.1 403 No\r\n\r\n');
      else passOn();
    });
    await bucket.initiate(key, 'video/mp4', never);
    cut = true;
    // Two at once, so that one of them needs another connection.
    const ends = await Promise.allSettled([bucket.head(key, never), bucket.head(key, never)]);
    const codes = ends.flatMap((end) =>
      end.status === 'rejected' ? [(end.reason as ServiceError).code] : [],
    );
    assert.deepEqual(codes, ['ProxyRefused']);
    assert.deepEqual(told, []);
  });

  it('that loses an answer is kept: the request may have been carried out', async (t) => {
    const { emulator, bucket, key, told } = await acceleratedBucket(t, (_socket, passOn) => passOn());
    emulator.fault({ service: 'cos', effect: { kind: 'reset-after' } });
    const error = await failureOf(bucket.initiate(key, 'video/mp4', never));
    assert.deepEqual([error.unanswered, error.unreached], [true, false]);
    assert.deepEqual(told, []);
  });
});
