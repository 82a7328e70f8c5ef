import assert from 'node:assert/strict';
import {
  appendFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { CodedError } from '../../src/errors.js';
import { type ExpectedFile, identityOf } from '../../src/expected-file.js';
import { BufferPool, CHUNK_BYTES } from '../../src/storage/buffer-pool.js';
import { Crc64, combineCrc64 } from '../../src/storage/crc64/checksum.js';
import { type FileSlice, SourceFile } from '../../src/storage/source-file.js';
import { noPipes } from '../corpus/file-system.js';
import { deferred } from '../emulator/deferred.js';
import { atEnd, workspaceWith } from './workspace.js';

/** Bytes none of whose ranges look like another. */
function bytesOf(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32LE(Math.imul(at + 1, 2_654_435_761) >>> 0, at);
  return bytes;
}

/** A file as it was when the plan was made. */
function planned(test: TestContext, bytes: Buffer | string): ExpectedFile {
  const file = join(workspaceWith(test, { 'a.mp4': '' }), 'a.mp4');
  writeFileSync(file, bytes);
  utimesSync(file, 1_700_000_000, 1_700_000_000);
  const { size, mtimeMs } = statSync(file);
  return { file, path: 'videos/a.mp4', size, mtimeMs, identity: identityOf(statSync(file)) };
}

async function opened(
  test: TestContext,
  expected: ExpectedFile,
  pool = new BufferPool(),
): Promise<SourceFile> {
  const source = await SourceFile.open(expected, pool);
  atEnd(test, () => source.close());
  return source;
}

/** Reads a slice as a slow sender does: a chunk is looked at just before the next is asked for. */
async function readSlowly(slice: FileSlice): Promise<{ bytes: Buffer; chunks: number[] }> {
  const pieces: Buffer[] = [];
  const chunks: number[] = [];
  for await (const chunk of slice.chunks()) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    pieces.push(Buffer.from(chunk));
    chunks.push(chunk.length);
  }
  return { bytes: Buffer.concat(pieces), chunks };
}

/** Counts the buffers that are taken and given back. */
class CountingPool extends BufferPool {
  taken = 0;
  given = 0;

  override take(): Buffer {
    this.taken++;
    return super.take();
  }

  override give(buffer: Buffer): void {
    this.given++;
    super.give(buffer);
  }
}

async function failureOf(outcome: Promise<unknown>): Promise<CodedError> {
  const error = await outcome.then(
    () => assert.fail('it went well'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof CodedError, String(error));
  assert.match(error.message, /^videos\/a\.mp4 /);
  return error;
}

describe('a file that is sent', () => {
  it('is the one of the plan', async (t) => {
    const source = await opened(t, planned(t, 'moving pictures'));
    await source.verify();
  });

  /** Windows lets nobody take the name of an open file, and keeps it until the file is closed. */
  const NAME_IS_KEPT = process.platform === 'win32';
  const changes: [
    what: string,
    change: (file: string) => void,
    code: string,
    message: RegExp,
    whileOpen?: boolean,
  ][] = [
    ['grew', (file) => appendFileSync(file, '!'), 'FileChanged', /it had 15 bytes and has 16 now/],
    ['was cut', (file) => truncateSync(file, 3), 'FileChanged', /it had 15 bytes and has 3 now/],
    [
      'was written again',
      (file) => writeFileSync(file, 'moving PICTURES'),
      'FileChanged',
      /it was written again/,
    ],
    [
      'was replaced by another',
      (file) => {
        writeFileSync(`${file}.new`, 'moving pictures');
        renameSync(`${file}.new`, file);
      },
      'FileChanged',
      /it was written again/,
      !NAME_IS_KEPT,
    ],
    [
      'was replaced by another of the same size and time',
      (file) => {
        writeFileSync(`${file}.new`, 'moving PICTURES');
        utimesSync(`${file}.new`, 1_700_000_000, 1_700_000_000);
        renameSync(`${file}.new`, file);
      },
      'FileChanged',
      /it was written again/,
      !NAME_IS_KEPT,
    ],
    ['is gone', (file) => rmSync(file), 'FileVanished', /gone now/, !NAME_IS_KEPT],
  ];
  for (const [what, change, code, message, whileOpen = true] of changes) {
    it(`and ${what} is told before anything is sent`, async (t) => {
      const early = planned(t, 'moving pictures');
      change(early.file);
      const refused = await failureOf(SourceFile.open(early, new BufferPool()));
      assert.equal(refused.code, code);
      assert.match(refused.message, message);
    });

    const skip = !whileOpen && 'Windows does not let go of the name of an open file';
    it(`and ${what} is told after it was sent, too`, { skip }, async (t) => {
      const late = planned(t, 'moving pictures');
      const source = await opened(t, late);
      change(late.file);
      assert.equal((await failureOf(source.verify())).code, code);
    });
  }

  it('and can not be read says why', async (t) => {
    const expected = planned(t, 'x');
    const error = await failureOf(
      SourceFile.open({ ...expected, file: `${expected.file}\0` }, new BufferPool()),
    );
    assert.equal(error.code, 'FileUnreadable');
    assert.match(error.message, /can't be read: .*null bytes/);
  });

  it('and shrinks meanwhile does not end early in silence', async (t) => {
    const expected = planned(t, bytesOf(3 * CHUNK_BYTES));
    const source = await opened(t, expected);
    truncateSync(expected.file, CHUNK_BYTES + 5);
    const error = await failureOf(readSlowly(source.slice(7, expected.size - 7)));
    assert.equal(error.code, 'FileChanged');
    assert.match(error.message, new RegExp(`has ${CHUNK_BYTES + 5} now`));
  });
});

describe('a slice of a file', () => {
  const ranges: [start: number, length: number, chunks: number[]][] = [
    [0, 1, [1]],
    [7, CHUNK_BYTES, [CHUNK_BYTES]],
    [0, CHUNK_BYTES + 1, [CHUNK_BYTES, 1]],
    [CHUNK_BYTES - 3, 2 * CHUNK_BYTES, [CHUNK_BYTES, CHUNK_BYTES]],
    [1, 4 * CHUNK_BYTES + 17, [CHUNK_BYTES, CHUNK_BYTES, CHUNK_BYTES, CHUNK_BYTES, 17]],
  ];
  for (const [start, length, chunks] of ranges) {
    it(`of ${length} bytes from ${start} is read in chunks with its CRC-64, as often as wanted`, async (t) => {
      const whole = bytesOf(5 * CHUNK_BYTES);
      const source = await opened(t, planned(t, whole));
      const slice = source.slice(start, length);
      assert.equal(slice.length, length);
      for (let turn = 0; turn < 2; turn++) {
        const read = await readSlowly(slice);
        assert.deepEqual(read.chunks, chunks);
        assert.ok(read.bytes.equals(whole.subarray(start, start + length)));
      }
      const crc = new Crc64();
      crc.update(whole.subarray(start, start + length));
      assert.equal(slice.crc64, crc.value());
    });
  }

  it('knows its CRC-64 as soon as its last chunk is handed out, and not before', async (t) => {
    const source = await opened(t, planned(t, bytesOf(CHUNK_BYTES + 1)));
    const slice = source.slice(0, CHUNK_BYTES + 1);
    const chunks = slice.chunks();
    assert.equal(slice.crc64, undefined);
    await chunks.next();
    assert.equal(slice.crc64, undefined);
    await chunks.next();
    assert.equal(typeof slice.crc64, 'bigint');
    await chunks.return(undefined);
  });

  it('and the next ones make up the CRC-64 of the whole', async (t) => {
    const whole = bytesOf(CHUNK_BYTES * 3 + 99);
    const source = await opened(t, planned(t, whole));
    const parts = [0, 1, 2, 3].map((part) =>
      source.slice(part * CHUNK_BYTES, Math.min(CHUNK_BYTES, whole.length - part * CHUNK_BYTES)),
    );
    await Promise.all(parts.map(readSlowly));
    const crc = new Crc64();
    crc.update(whole);
    assert.equal(combineCrc64(parts.map(({ crc64 = -1n, length }) => ({ crc64, length }))), crc.value());
  });

  it('takes two buffers at most, and gives them back however it ends', async (t) => {
    const expected = planned(t, bytesOf(5 * CHUNK_BYTES));
    const pool = new CountingPool();
    const source = await opened(t, expected, pool);
    await readSlowly(source.slice(0, expected.size));
    assert.deepEqual([pool.taken, pool.given], [2, 2]);
    await readSlowly(source.slice(0, CHUNK_BYTES));
    assert.deepEqual([pool.taken, pool.given], [3, 3]);
    for await (const _ of source.slice(0, expected.size).chunks()) break;
    assert.deepEqual([pool.taken, pool.given], [5, 5]);
    truncateSync(expected.file, CHUNK_BYTES);
    await failureOf(readSlowly(source.slice(0, expected.size)));
    assert.deepEqual([pool.taken, pool.given], [7, 7]);
  });

  it('gives no buffer back while a read still writes into it', async (t) => {
    const expected = planned(t, bytesOf(3 * CHUNK_BYTES));
    const pool = new CountingPool();
    const source = await opened(t, expected, pool);
    const handle = await open(expected.file);
    atEnd(t, () => handle.close());
    const broken = deferred();
    const { mock } = t.mock.method(Object.getPrototypeOf(handle) as FileHandle, 'read');
    const chunks = source.slice(0, expected.size).chunks();
    // The read ahead of the second chunk.
    mock.mockImplementationOnce(() => broken.promise.then(() => Promise.reject(new Error('gone'))), 1);
    await chunks.next();
    const ended = chunks.return(undefined);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(pool.given, 0);
    broken.resolve();
    await ended;
    assert.equal(pool.given, 2);
  });
});

describe('a named pipe in place of a file', () => {
  it('is told, and keeps nobody waiting', { skip: noPipes }, async (t) => {
    const file = join(workspaceWith(t, { pipe: { fifo: true } }), 'pipe');
    const expected = { file, path: 'videos/a.mp4', size: 0, mtimeMs: statSync(file).mtimeMs };
    const error = await failureOf(SourceFile.open(expected, new BufferPool()));
    assert.equal(error.code, 'FileChanged');
  });
});
