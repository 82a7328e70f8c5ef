import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, beforeEach, describe, it } from 'node:test';
import { apply, callCos, element, type Reply } from './cloud-client.js';
import { type Emulator, type EmulatorOptions, startEmulator } from './emulator.js';

const emulator = await startEmulator({
  keepBodies: true,
  pathSubAppIds: [1500000009],
});
beforeEach(() => emulator.reset());
after(() => emulator.close());

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

describe('with other settings', () => {
  async function withEmulator(
    options: EmulatorOptions,
    test: (other: Emulator) => Promise<void>,
  ): Promise<void> {
    const other = await startEmulator(options);
    try {
      await test(other);
    } finally {
      await other.close();
    }
  }

  it('the acceleration domain is accepted, and digests are left out', () =>
    withEmulator({ accelerate: true, digests: false }, async (other) => {
      const { media, signer, bucket } = await apply(other);
      const headers = { Host: `${bucket}.cos.accelerate.myqcloud.com` };
      assert.equal(
        (await callCos(other, { method: 'PUT', key: media, signer, body: 'x', headers })).status,
        200,
      );
      const { sha256, crc64, body } = other.objects.get(media) ?? assert.fail();
      assert.deepEqual([sha256, crc64 === '', body], ['', false, undefined]);
    }));

  it('HEAD and abort are refused', () =>
    withEmulator({ certificateMay: { head: false, abort: false } }, async (other) => {
      const { media: key, signer } = await apply(other);
      const begun = await callCos(other, { method: 'POST', key, signer, query: { uploads: '' } });
      const query = { uploadId: element(begun.body, 'UploadId') };
      assert.equal((await callCos(other, { method: 'HEAD', key, signer })).status, 403);
      assert.equal(code(await callCos(other, { method: 'DELETE', key, signer, query })), 'AccessDenied');
      assert.equal(other.openMultiparts.length, 1);
    }));

  it('a body that stops is given up', () =>
    withEmulator({ bodyIdleMs: 20 }, async (other) => {
      const { media, signer } = await apply(other);
      const headers = { 'Content-Length': '100' };
      const reply = await callCos(other, { method: 'PUT', key: media, signer, headers, body: '' });
      assert.deepEqual([reply.status, code(reply)], [400, 'RequestTimeout']);
    }));

  it('every answer takes its time', () =>
    withEmulator({ storageLatencyMs: 20, apiLatencyMs: 20 }, async (other) => {
      const { media, signer } = await apply(other);
      await callCos(other, { method: 'PUT', key: media, signer, body: 'x' });
      // Timers may fire a millisecond early.
      for (const { startedAt, endedAt } of other.requests) assert.ok(endedAt - startedAt >= 18);
    }));
});
