import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { type Applied, apply, callCos, element, type Reply } from './cloud-client.js';
import { startEmulator } from './emulator.js';

const MIB = 1024 * 1024;
const emulator = await startEmulator({ keepBodies: true });
beforeEach(() => emulator.reset());
after(() => emulator.close());

const code = (reply: Reply): string => element(reply.body, 'Code');

/** The requests of one multipart upload. */
function uploader({ media: key, signer }: Applied) {
  return {
    async initiate(): Promise<string> {
      const reply = await callCos(emulator, { method: 'POST', key, signer, query: { uploads: '' } });
      assert.equal(element(reply.body, 'Key'), key);
      return element(reply.body, 'UploadId');
    },
    part: (uploadId: string, partNumber: number | string, body: Buffer) =>
      callCos(emulator, {
        method: 'PUT',
        key,
        signer,
        body,
        query: { partNumber: String(partNumber), uploadId },
      }),
    complete: (uploadId: string, parts: ReadonlyArray<[number: number, etag: unknown]>) => {
      const list = parts.map(
        ([number, etag]) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`,
      );
      const body = `<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`;
      return callCos(emulator, { method: 'POST', key, signer, body, query: { uploadId } });
    },
    send: (method: string, query: Record<string, string>, body?: string) =>
      callCos(emulator, { method, key, signer, query, ...(body === undefined ? {} : { body }) }),
  };
}

describe('a multipart upload', () => {
  it('becomes one object with the CRC of the whole and an opaque ETag', async () => {
    const applied = await apply(emulator);
    const upload = uploader(applied);
    const uploadId = await upload.initiate();
    assert.match(uploadId, /^\d{10}[0-9a-f]{64}$/);
    const bodies = [Buffer.alloc(MIB, 'a'), Buffer.alloc(MIB + 3, 'b'), Buffer.from('the end')];
    const parts: Array<[number, unknown]> = [];
    for (const index of [2, 0, 1]) {
      const reply = await upload.part(uploadId, index + 1, bodies[index] ?? assert.fail());
      assert.equal(reply.status, 200);
      parts[index] = [index + 1, String(reply.headers.etag).replaceAll('"', '&quot;')];
    }
    assert.deepEqual(
      emulator.openMultiparts.map((open) => open.parts.size),
      [3],
    );
    const reply = await upload.complete(uploadId, parts);
    assert.equal(reply.status, 200);
    const whole = await callCos(emulator, {
      method: 'PUT',
      key: applied.media,
      signer: applied.signer,
      body: Buffer.concat(bodies),
    });
    assert.equal(reply.headers['x-cos-hash-crc64ecma'], whole.headers['x-cos-hash-crc64ecma']);
    assert.match(element(reply.body, 'ETag'), /^&quot;[0-9a-f]{32}-3&quot;$/);
    assert.equal(element(reply.body, 'Bucket'), applied.bucket);
    assert.deepEqual(emulator.openMultiparts, []);
    assert.equal(code(await upload.complete(uploadId, parts)), 'NoSuchUpload');
  });

  it('keeps the newest body of a part number', async () => {
    const applied = await apply(emulator);
    const upload = uploader(applied);
    const uploadId = await upload.initiate();
    const old = await upload.part(uploadId, 1, Buffer.from('old'));
    const fresh = await upload.part(uploadId, 1, Buffer.from('new'));
    assert.equal(code(await upload.complete(uploadId, [[1, old.headers.etag]])), 'InvalidPart');
    assert.equal((await upload.complete(uploadId, [[1, fresh.headers.etag]])).status, 200);
    assert.equal(emulator.objects.get(applied.media)?.body?.toString(), 'new');
  });

  it('is gone when it was aborted', async () => {
    const upload = uploader(await apply(emulator));
    const uploadId = await upload.initiate();
    const aborted = await upload.send('DELETE', { uploadId });
    assert.deepEqual([aborted.status, aborted.body], [204, '']);
    assert.equal(code(await upload.send('DELETE', { uploadId })), 'NoSuchUpload');
    assert.equal(code(await upload.part(uploadId, 1, Buffer.from('x'))), 'NoSuchUpload');
  });

  it('lists its parts, page by page', async () => {
    const upload = uploader(await apply(emulator));
    const uploadId = await upload.initiate();
    for (const number of [3, 1, 2]) await upload.part(uploadId, number, Buffer.from(`part ${number}`));
    const first = await upload.send('GET', { uploadId, 'max-parts': '2' });
    assert.deepEqual(first.body.match(/<PartNumber>\d/g), ['<PartNumber>1', '<PartNumber>2']);
    assert.deepEqual(
      [element(first.body, 'IsTruncated'), element(first.body, 'NextPartNumberMarker')],
      ['true', '2'],
    );
    const second = await upload.send('GET', { uploadId, 'part-number-marker': '2' });
    assert.deepEqual(second.body.match(/<PartNumber>\d/g), ['<PartNumber>3']);
    assert.equal(element(second.body, 'IsTruncated'), 'false');
  });

  it('is listed among those of its key, and not to others', async () => {
    const applied = await apply(emulator);
    const uploadId = await uploader(applied).initiate();
    const list = (prefix: string) =>
      callCos(emulator, { method: 'GET', key: '', signer: applied.signer, query: { uploads: '', prefix } });
    assert.equal(element((await list(applied.media)).body, 'UploadId'), uploadId);
    assert.equal(code(await list('')), 'AccessDenied');
  });
});

describe('Complete Multipart Upload refuses', () => {
  const small = Buffer.from('x');
  const large = Buffer.alloc(MIB, 'x');
  const cases: ReadonlyArray<
    [name: string, code: string, bodies: Buffer[], listed: (etags: string[]) => Array<[number, unknown]>]
  > = [
    [
      'a small part before the last',
      'EntityTooSmall',
      [small, small],
      (etags) => [
        [1, etags[0]],
        [2, etags[1]],
      ],
    ],
    [
      'parts out of order',
      'InvalidPartOrder',
      [large, small],
      (etags) => [
        [2, etags[1]],
        [1, etags[0]],
      ],
    ],
    [
      'the same part twice',
      'InvalidPartOrder',
      [large],
      (etags) => [
        [1, etags[0]],
        [1, etags[0]],
      ],
    ],
    [
      'a gap',
      'InvalidPart',
      [large, large, small],
      (etags) => [
        [1, etags[0]],
        [3, etags[2]],
      ],
    ],
    [
      'a part that was not sent',
      'InvalidPart',
      [large],
      (etags) => [
        [1, etags[0]],
        [2, etags[0]],
      ],
    ],
    ['a wrong ETag', 'InvalidPart', [large], () => [[1, '"0"']]],
    ['an empty list', 'MalformedXML', [large], () => []],
  ];
  for (const [name, expected, bodies, listed] of cases) {
    it(name, async () => {
      const upload = uploader(await apply(emulator));
      const uploadId = await upload.initiate();
      const etags: string[] = [];
      for (const [index, body] of bodies.entries()) {
        etags.push(String((await upload.part(uploadId, index + 1, body)).headers.etag));
      }
      assert.equal(code(await upload.complete(uploadId, listed(etags))), expected);
      assert.equal(emulator.openMultiparts.length, 1);
      assert.equal(emulator.objects.size, 0);
    });
  }

  it('what is no XML', async () => {
    const upload = uploader(await apply(emulator));
    const uploadId = await upload.initiate();
    assert.equal(code(await upload.send('POST', { uploadId }, '<Complete>')), 'MalformedXML');
  });
});

describe('Upload Part refuses', () => {
  for (const number of ['0', '10001', '-1', 'x', '']) {
    it(`part number ${JSON.stringify(number)}`, async () => {
      const upload = uploader(await apply(emulator));
      const uploadId = await upload.initiate();
      assert.equal(code(await upload.part(uploadId, number, Buffer.from('x'))), 'InvalidArgument');
    });
  }

  it('an upload of another key', async () => {
    const uploadId = await uploader(await apply(emulator)).initiate();
    const other = uploader(await apply(emulator));
    assert.equal(code(await other.part(uploadId, 1, Buffer.from('x'))), 'NoSuchUpload');
  });
});
