import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { after, beforeEach, describe, it } from 'node:test';
import {
  type Applied,
  apply,
  authorizationOf,
  callCos,
  element,
  type Reply,
  type StorageRequest,
} from './cloud-client.js';
import { startEmulator } from './emulator.js';

const emulator = await startEmulator({
  keepBodies: true,
  pathSubAppIds: [1500000009],
  certificateMay: { head: true, abort: false },
});
beforeEach(() => {
  emulator.reset();
  emulator.clock.skewMs = 0;
});
after(() => emulator.close());

const now = (): number => emulator.clock.seconds();
const code = (reply: Reply): string => element(reply.body, 'Code');

describe('PUT Object', () => {
  it('stores the bytes and tells their digests', async () => {
    const { media, signer, bucket } = await apply(emulator);
    const body = '[Object Content]';
    const reply = await callCos(emulator, {
      method: 'PUT',
      key: media,
      signer,
      body,
      headers: { 'Content-Type': 'video/mp4' },
    });
    assert.equal(reply.status, 200);
    assert.equal(reply.body, '');
    assert.equal(reply.headers.etag, '"ee8de918d05640145b18f70f4c3aa602"');
    assert.equal(reply.headers['x-cos-hash-crc64ecma'], '16749565679157681890');
    assert.equal(reply.headers.server, 'tencent-cos');
    assert.match(String(reply.headers['x-cos-request-id']), /^[\w+/=]{20,}$/);
    const { lastModified: _, ...object } = emulator.objects.get(media) ?? assert.fail();
    assert.deepEqual(object, {
      bucket,
      key: media,
      size: 16,
      crc64: '16749565679157681890',
      sha256: createHash('sha256').update(body).digest('hex'),
      etag: '"ee8de918d05640145b18f70f4c3aa602"',
      contentType: 'video/mp4',
      parts: 0,
      writes: 1,
      body: Buffer.from(body),
    });
  });

  it('takes chunked bodies, and overwrites', async () => {
    const { media, signer } = await apply(emulator);
    await callCos(emulator, { method: 'PUT', key: media, signer, body: 'first' });
    const headers = { 'Transfer-Encoding': 'chunked' };
    const reply = await callCos(emulator, { method: 'PUT', key: media, signer, body: 'second', headers });
    assert.equal(reply.status, 200);
    assert.equal(emulator.objects.get(media)?.body?.toString(), 'second');
    assert.equal(emulator.objects.get(media)?.writes, 2);
  });

  it('takes everything below the folder for a package, and nothing else', async () => {
    const { media, signer } = await apply(emulator, { MediaType: 'm3u8' });
    const folder = media.slice(0, media.lastIndexOf('/'));
    const segment = await callCos(emulator, {
      method: 'PUT',
      key: `${folder}/720p/第 1 段.ts`,
      signer,
      body: 'x',
    });
    const beside = await callCos(emulator, { method: 'PUT', key: `${folder}-x/1.ts`, signer, body: 'x' });
    assert.deepEqual([segment.status, beside.status, code(beside)], [200, 403, 'AccessDenied']);
  });

  it('takes a package at the root in FileID + Path mode', async () => {
    const { signer } = await apply(emulator, {
      MediaType: 'm3u8',
      SubAppId: 1500000009,
      MediaStoragePath: '/a.m3u8',
    });
    const reply = await callCos(emulator, { method: 'PUT', key: 'seg/1.ts', signer, body: 'x' });
    assert.equal(reply.status, 200);
  });

  it('checks Content-MD5', async () => {
    const { media, signer } = await apply(emulator);
    const put = (md5: string) =>
      callCos(emulator, { method: 'PUT', key: media, signer, body: 'x', headers: { 'Content-MD5': md5 } });
    const md5 = (text: string): string => createHash('md5').update(text).digest('base64');
    assert.equal((await put(md5('x'))).status, 200);
    assert.equal(code(await put(md5('y'))), 'BadDigest');
    assert.equal(code(await put('short')), 'InvalidDigest');
    assert.equal(emulator.objects.get(media)?.writes, 1);
  });

  it('answers HEAD with size and digests', async () => {
    const { media, signer } = await apply(emulator);
    assert.equal((await callCos(emulator, { method: 'HEAD', key: media, signer })).status, 404);
    await callCos(emulator, { method: 'PUT', key: media, signer, body: '[Object Content]' });
    const { status, headers, body } = await callCos(emulator, { method: 'HEAD', key: media, signer });
    assert.deepEqual([status, headers['content-length'], body], [200, '16', '']);
    assert.equal(headers['x-cos-hash-crc64ecma'], '16749565679157681890');
  });
});

describe('COS refuses', () => {
  interface Refusal {
    name: string;
    status: number;
    code: string;
    request: (applied: Applied) => Partial<StorageRequest>;
  }
  const skewed = (seconds: number): string => `${now() + seconds};${now() + seconds + 600}`;
  const refusals: Refusal[] = [
    {
      name: 'a signature by another key',
      status: 403,
      code: 'SignatureDoesNotMatch',
      request: ({ signer }) => ({ signer: { ...signer, secretKey: 'other' } }),
    },
    {
      name: 'a signature over another path',
      status: 403,
      code: 'SignatureDoesNotMatch',
      request: () => ({ signedKey: 'other' }),
    },
    {
      name: 'a signature that leaves the host out',
      status: 403,
      code: 'AccessDenied',
      request: () => ({ tamper: (text) => text.replace('q-header-list=host', 'q-header-list=') }),
    },
    {
      name: 'no signature',
      status: 403,
      code: 'AccessDenied',
      request: () => ({ headers: { Authorization: '' } }),
    },
    {
      name: 'another algorithm',
      status: 403,
      code: 'AccessDenied',
      request: () => ({ tamper: (text) => text.replace('sha1', 'sha256') }),
    },
    {
      name: 'an unknown key',
      status: 403,
      code: 'InvalidAccessKeyId',
      request: ({ signer }) => ({ signer: { ...signer, secretId: 'AKIDunknown' } }),
    },
    {
      name: 'the account key instead of the certificate',
      status: 403,
      code: 'InvalidAccessKeyId',
      request: () => ({ signer: { ...emulator.settings, token: '' } }),
    },
    {
      name: 'a certificate without its token',
      status: 403,
      code: 'InvalidAccessKeyId',
      request: ({ signer }) => ({ signer: { ...signer, token: '' } }),
    },
    {
      name: 'a token of another certificate',
      status: 403,
      code: 'AccessDenied',
      request: ({ signer }) => ({ signer: { ...signer, token: 'other' } }),
    },
    {
      name: 'a clock far ahead',
      status: 403,
      code: 'RequestTimeTooSkewed',
      request: () => ({ keyTime: skewed(960) }),
    },
    {
      name: 'a signature of the past',
      status: 403,
      code: 'AccessDenied',
      request: () => ({ keyTime: skewed(-660) }),
    },
    {
      name: 'a key time that ends before it starts',
      status: 403,
      code: 'AccessDenied',
      request: () => ({ keyTime: `${now() + 10};${now()}` }),
    },
    {
      name: 'another object',
      status: 403,
      code: 'AccessDenied',
      request: ({ media }) => ({ key: `${media}x` }),
    },
    {
      name: 'another bucket',
      status: 403,
      code: 'AccessDenied',
      request: ({ region }) => ({ headers: { Host: `other-1.cos.${region}.myqcloud.com` } }),
    },
    {
      name: 'another region',
      status: 404,
      code: 'NoSuchBucket',
      request: ({ bucket }) => ({ headers: { Host: `${bucket}.cos.ap-beijing.myqcloud.com` } }),
    },
    {
      name: 'the acceleration domain of a bucket without it',
      status: 400,
      code: 'BucketAccelerateNotEnabled',
      request: ({ bucket }) => ({ headers: { Host: `${bucket}.cos.accelerate.myqcloud.com` } }),
    },
    {
      name: 'a body above 5 GB',
      status: 400,
      code: 'EntityTooLarge',
      request: () => ({ headers: { 'Content-Length': String(5 * 1024 ** 3 + 1) }, body: '' }),
    },
    { name: 'reading', status: 403, code: 'AccessDenied', request: () => ({ method: 'GET', body: '' }) },
    {
      name: 'an unknown method',
      status: 405,
      code: 'MethodNotAllowed',
      request: () => ({ method: 'PATCH' }),
    },
  ];
  for (const { name, status, code: expected, request } of refusals) {
    it(name, async () => {
      const applied = await apply(emulator);
      const { media, signer } = applied;
      const reply = await callCos(emulator, {
        method: 'PUT',
        key: media,
        signer,
        body: 'x',
        ...request(applied),
      });
      assert.deepEqual([reply.status, code(reply)], [status, expected]);
      assert.equal(emulator.objects.size, 0);
      assert.equal(reply.headers['content-type'], 'application/xml');
      assert.equal(element(reply.body, 'RequestId'), reply.headers['x-cos-request-id']);
    });
  }

  it('keys above 850 bytes', async () => {
    const { media, signer } = await apply(emulator, { MediaType: 'mpd' });
    const folder = media.slice(0, media.lastIndexOf('/') + 1);
    const key = folder + 'x'.repeat(851 - folder.length);
    assert.equal(code(await callCos(emulator, { method: 'PUT', key, signer, body: 'x' })), 'KeyTooLong');
    assert.equal(
      (await callCos(emulator, { method: 'PUT', key: key.slice(0, -1), signer, body: 'x' })).status,
      200,
    );
  });

  it('certificates that have expired', async () => {
    const { media, signer } = await apply(emulator);
    emulator.clock.skewMs = 7_200_000;
    const reply = await callCos(emulator, { method: 'PUT', key: media, signer, body: 'x' });
    assert.deepEqual([reply.status, code(reply)], [400, 'ExpiredToken']);
  });

  it('and shows what it would have signed', async () => {
    const { media, signer } = await apply(emulator);
    const reply = await callCos(emulator, {
      method: 'PUT',
      key: media,
      signer,
      body: 'x',
      signedKey: 'other',
    });
    const host = new URL(emulator.cosUrl).host;
    assert.match(element(reply.body, 'StringToSign'), /^sha1\n\d+;\d+\n[0-9a-f]{40}\n$/);
    assert.equal(element(reply.body, 'FormatString'), `put\n/${media}\n\nhost=${encodeURIComponent(host)}\n`);
  });

  it('and tells its own time, which follows the skew', async () => {
    const { media, signer } = await apply(emulator);
    emulator.clock.skewMs = 3_600_000;
    const keyTime = `${now() - 3600};${now() - 3000}`;
    const reply = await callCos(emulator, { method: 'PUT', key: media, signer, body: 'x', keyTime });
    assert.deepEqual([code(reply), element(reply.body, 'Message')], ['AccessDenied', 'Request has expired']);
    const serverTime = Date.parse(String(reply.headers.date));
    assert.ok(serverTime - Date.now() > 3_500_000);
    assert.equal(Date.parse(element(reply.body, 'ServerTime')), serverTime);
  });

  it('bodies that end before their Content-Length', async () => {
    const { media, signer } = await apply(emulator);
    const { hostname, port, host } = new URL(emulator.cosUrl);
    const keyTime = `${now() - 1};${now() + 600}`;
    const authorization = authorizationOf(host, keyTime, { method: 'PUT', key: media, signer });
    const text = await new Promise<string>((resolve, reject) => {
      let received = '';
      const socket = connect(Number(port), hostname);
      socket.on('data', (chunk) => {
        received += chunk.toString();
      });
      socket.once('error', reject).once('close', () => resolve(received));
      socket.end(
        `PUT /${media} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${authorization}\r\nx-cos-security-token: ${signer.token}\r\nContent-Length: 100\r\n\r\nshort`,
      );
    });
    assert.match(text, /^HTTP\/1\.1 400 Bad Request\r\n/);
    assert.equal(element(text, 'Code'), 'IncompleteBody');
    assert.equal(emulator.objects.size, 0);
    assert.equal(emulator.requests.at(-1)?.code, 'IncompleteBody');
  });
});

describe('with other settings', () => {
  it('the acceleration domain is accepted, HEAD is refused, and a slow body is dropped', async () => {
    const other = await startEmulator({
      accelerate: true,
      certificateMay: { head: false },
      bodyIdleMs: 20,
      digests: false,
    });
    try {
      const { media, signer, bucket } = await apply(other);
      const headers = { Host: `${bucket}.cos.accelerate.myqcloud.com` };
      assert.equal(
        (await callCos(other, { method: 'PUT', key: media, signer, body: 'x', headers })).status,
        200,
      );
      assert.equal(other.objects.get(media)?.sha256, '');
      assert.equal((await callCos(other, { method: 'HEAD', key: media, signer })).status, 403);
      const slow = { 'Content-Length': '100' };
      const reply = await callCos(other, { method: 'PUT', key: media, signer, headers: slow, body: '' });
      assert.deepEqual([reply.status, code(reply)], [400, 'RequestTimeout']);
    } finally {
      await other.close();
    }
  });
});
