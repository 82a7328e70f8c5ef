import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Clock } from '../../src/network/clock.js';
import { Bucket, type StoredPart } from '../../src/storage/bucket.js';
import { BufferPool } from '../../src/storage/buffer-pool.js';
import { combineCrc64 } from '../../src/storage/crc64/checksum.js';
import { type FileSlice, SourceFile } from '../../src/storage/source-file.js';
import { StorageDomain } from '../../src/storage/storage-domain.js';
import { apply } from '../emulator/cloud-client.js';
import { type Emulator, type EmulatorOptions, startEmulator } from '../emulator/emulator.js';
import { failureOf, transportFor } from './local-server.js';
import { atEnd, workspaceWith } from './workspace.js';

const MIB = 1024 * 1024;
const { signal } = new AbortController();
const sending = { signal, onSent: () => undefined };

interface Store {
  emulator: Emulator;
  bucket: Bucket;
  /** Folder that the upload credentials may write to. */
  folder: string;
  mediaKey: string;
  clock: Clock;
}

/** An emulator with one package that was applied for, and its bucket as the action sees it. */
async function storeFor(test: TestContext, options: EmulatorOptions = {}): Promise<Store> {
  const emulator = await startEmulator({ keepBodies: true, ...options });
  test.after(() => emulator.close());
  const { transport } = transportFor(test);
  const applied = await apply(emulator, { MediaType: 'm3u8' });
  const clock = new Clock();
  const bucket = new Bucket(
    transport,
    clock,
    new StorageDomain(
      { source: emulator.cosUrl },
      false,
      () => assert.fail('there is no acceleration'),
      (url) => transport.hasAnswered(url),
    ),
    {
      bucket: applied.bucket,
      region: applied.region,
      credentials: { ...applied.signer, expiresAt: applied.expiredTime * 1000 },
    },
  );
  return {
    emulator,
    bucket,
    folder: applied.media.slice(0, applied.media.lastIndexOf('/') + 1),
    mediaKey: applied.media,
    clock,
  };
}

/** A file's bytes as a body. */
async function bodyOf(test: TestContext, bytes: Buffer | string): Promise<FileSlice> {
  const file = join(workspaceWith(test, { x: '' }), 'x');
  writeFileSync(file, bytes);
  const { size, mtimeMs } = statSync(file);
  const source = await SourceFile.open({ file, path: 'x', size, mtimeMs }, new BufferPool());
  atEnd(test, () => source.close());
  return source.slice(0, size);
}

describe('a bucket', () => {
  it('stores objects under names with any signs', async (t) => {
    const { emulator, bucket, folder } = await storeFor(t);
    const names = [
      'a b.ts',
      'a+b&c=d.ts',
      "it's (1) [2] {3} !*~.ts",
      '100%.ts',
      '%20.ts',
      '影片/é.ts',
      'a#b?c;d,e@f$g:h.ts',
      '👍.ts',
      '"quoted"^`|.ts',
    ];
    for (const name of names) {
      await bucket.putObject(`${folder}${name}`, await bodyOf(t, name), 'video/mp2t', sending);
      const object = emulator.objects.get(`${folder}${name}`);
      assert.deepEqual([object?.body?.toString(), object?.contentType], [name, 'video/mp2t'], name);
    }
    assert.equal(emulator.objects.size, names.length);
    assert.equal(emulator.requestsOf('cos').length, names.length, 'one request each');
  });

  it('does not believe a PUT whose CRC-64 is another, or that has none', async (t) => {
    const { emulator, bucket, mediaKey } = await storeFor(t);
    emulator.fault({ service: 'cos', effect: { kind: 'wrong-crc' } });
    const wrong = await failureOf(bucket.putObject(mediaKey, await bodyOf(t, 'x'), 'video/mp4', sending));
    assert.deepEqual([wrong.code, wrong.kind], ['ChecksumMismatch', 'damaged']);
    assert.match(wrong.message, /holds CRC-64 \d+ for .*, and \d+ was sent/);
    emulator.fault({ service: 'cos', effect: { kind: 'html', status: 200 } });
    const page = await failureOf(bucket.putObject(mediaKey, await bodyOf(t, 'x'), 'video/mp4', sending));
    assert.deepEqual([page.code, page.kind], ['MalformedAnswer', 'transient']);
    assert.match(page.message, /not from the storage service/);
  });

  it('puts parts together, and tells the CRC-64 of the whole', async (t) => {
    const { emulator, bucket, mediaKey } = await storeFor(t);
    const bodies = [await bodyOf(t, Buffer.alloc(MIB, 'a')), await bodyOf(t, Buffer.alloc(MIB + 1, 'b'))];
    const uploadId = await bucket.initiate(mediaKey, 'video/mp4', signal);
    const parts: StoredPart[] = [];
    for (const [index, body] of bodies.entries()) {
      parts.push(await bucket.uploadPart(mediaKey, uploadId, index + 1, body, sending));
    }
    const etags = parts.map(({ etag }) => etag);
    const crc64 = await bucket.complete(mediaKey, uploadId, etags, signal);
    assert.equal(crc64, combineCrc64(parts));
    const object = emulator.objects.get(mediaKey);
    assert.deepEqual([object?.size, object?.parts, object?.contentType], [2 * MIB + 1, 2, 'video/mp4']);
    assert.deepEqual(await bucket.head(mediaKey, signal), { size: 2 * MIB + 1, crc64 });
    assert.deepEqual(emulator.openMultiparts, []);
  });

  it('does not believe a part whose CRC-64 is another', async (t) => {
    const { emulator, bucket, mediaKey } = await storeFor(t);
    const uploadId = await bucket.initiate(mediaKey, 'video/mp4', signal);
    emulator.fault({ service: 'cos', effect: { kind: 'wrong-crc' } });
    const sent = bucket.uploadPart(mediaKey, uploadId, 1, await bodyOf(t, 'x'), sending);
    const error = await failureOf(sent);
    assert.equal(error.code, 'ChecksumMismatch');
    assert.match(error.message, /part 1 of/);
  });

  it('may take its time to complete, and may not say the CRC-64', async (t) => {
    const { emulator, bucket, mediaKey } = await storeFor(t);
    emulator.fault({
      action: 'CompleteMultipartUpload',
      effect: { kind: 'slow-complete', spaces: 30, intervalMs: 1, withoutCrc: true },
    });
    const uploadId = await bucket.initiate(mediaKey, 'video/mp4', signal);
    const { etag } = await bucket.uploadPart(mediaKey, uploadId, 1, await bodyOf(t, 'x'), sending);
    assert.equal(await bucket.complete(mediaKey, uploadId, [etag], signal), undefined);
    assert.equal(emulator.objects.get(mediaKey)?.size, 1);
  });

  it('fails to complete by an error with status 200, at once or after many spaces', async (t) => {
    const { emulator, bucket, mediaKey } = await storeFor(t);
    const uploadId = await bucket.initiate(mediaKey, 'video/mp4', signal);
    const { etag } = await bucket.uploadPart(mediaKey, uploadId, 1, await bodyOf(t, 'x'), sending);
    for (const effect of [
      { kind: '200-error', code: 'InternalError' },
      { kind: 'slow-complete', spaces: 30, intervalMs: 1, code: 'InternalError' },
    ] as const) {
      emulator.fault({ action: 'CompleteMultipartUpload', effect });
      const error = await failureOf(bucket.complete(mediaKey, uploadId, [etag], signal));
      assert.deepEqual([error.code, error.kind, error.status], ['InternalError', 'transient', 200]);
      assert.notEqual(error.requestId, '');
    }
    emulator.fault({ action: 'CompleteMultipartUpload', effect: { kind: 'html', status: 200 } });
    const page = await failureOf(bucket.complete(mediaKey, uploadId, [etag], signal));
    assert.deepEqual([page.code, page.unanswered], ['MalformedAnswer', true]);
  });

  it('finds the open uploads of a key, and forgets them when told, more than once', async (t) => {
    const { emulator, bucket, mediaKey } = await storeFor(t);
    assert.deepEqual(await bucket.openUploads(mediaKey, signal), []);
    const first = await bucket.initiate(mediaKey, 'video/mp4', signal);
    assert.deepEqual(await bucket.openUploads(mediaKey, signal), [first]);
    const second = await bucket.initiate(mediaKey, 'video/mp4', signal);
    await bucket.initiate(`${mediaKey}.other`, 'video/mp4', signal);
    assert.deepEqual((await bucket.openUploads(mediaKey, signal)).sort(), [first, second].sort());
    for (let turn = 0; turn < 2; turn++) await bucket.abort(mediaKey, first, signal);
    assert.deepEqual(await bucket.openUploads(mediaKey, signal), [second]);
    assert.equal(emulator.openMultiparts.length, 2);
  });

  it('tells what it does not hold from what it does not show', async (t) => {
    const { bucket, mediaKey } = await storeFor(t);
    assert.equal(await bucket.head(mediaKey, signal), undefined);
    const closed = await storeFor(t, { certificateMay: { head: false } });
    assert.equal((await failureOf(closed.bucket.head(closed.mediaKey, signal))).status, 403);
  });

  it('tells its refusals by code, message and RequestId', async (t) => {
    const { emulator, bucket } = await storeFor(t);
    const error = await failureOf(bucket.putObject('elsewhere', await bodyOf(t, 'x'), 'video/mp4', sending));
    assert.deepEqual(
      [error.service, error.code, error.kind, error.status],
      ['COS', 'AccessDenied', 'final', 403],
    );
    assert.equal(error.requestId, emulator.requestsOf('cos')[0]?.requestId);
  });

  it('corrects the clock by a refusal, and again when the time steps after it was right', async (t) => {
    const { emulator, bucket, mediaKey, clock } = await storeFor(t);
    emulator.clock.skewMs = 3_600_000;
    const early = await failureOf(bucket.putObject(mediaKey, await bodyOf(t, 'x'), 'video/mp4', sending));
    assert.deepEqual([early.code, early.kind], ['AccessDenied', 'corrected']);
    await bucket.putObject(mediaKey, await bodyOf(t, 'x'), 'video/mp4', sending);
    assert.ok(Math.abs(clock.offsetMs - 3_600_000) < 60_000);
    emulator.clock.skewMs = -3_600_000;
    const late = await failureOf(bucket.putObject(mediaKey, await bodyOf(t, 'x'), 'video/mp4', sending));
    assert.deepEqual([late.code, late.kind], ['RequestTimeTooSkewed', 'corrected']);
    await bucket.putObject(mediaKey, await bodyOf(t, 'x'), 'video/mp4', sending);
  });

  it('tells the service’s time to the clock that watches the upload credentials', async (t) => {
    const { emulator, bucket, mediaKey, clock } = await storeFor(t);
    emulator.clock.skewMs = 120_000;
    await bucket.putObject(mediaKey, await bodyOf(t, 'x'), 'video/mp4', sending);
    assert.ok(clock.serverNow() - Date.now() > 110_000);
    assert.equal(clock.offsetMs, 0);
  });
});
