import assert from 'node:assert/strict';
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

const emulator = await startEmulator();
beforeEach(() => emulator.reset());
after(() => emulator.close());

const now = (): number => emulator.clock.seconds();
const code = (reply: Reply): string => element(reply.body, 'Code');

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
