import { type FileHandle, open, stat } from 'node:fs/promises';
import type { CodedError } from '../errors.js';
import { checkUnchanged, type ExpectedFile, fileChanged, fileFailure, READ_FLAGS } from '../expected-file.js';
import type { Body } from '../network/message.js';
import { type BufferPool, CHUNK_BYTES } from './buffer-pool.js';
import { Crc64 } from './crc64/checksum.js';

/** Codes of a process, or a system, that may not open another file. */
const OUT_OF_HANDLES = new Set(['EMFILE', 'ENFILE']);

/** No file can be opened until another one is closed. */
export class OutOfHandles extends Error {
  /** @param failure what becomes of the file where that takes too long */
  constructor(readonly failure: CodedError) {
    super(failure.message);
  }
}

/** A local file that is being sent: opened once, read by position, checked against the plan. */
export class SourceFile {
  private constructor(
    private readonly handle: FileHandle,
    private readonly expected: ExpectedFile,
    private readonly pool: BufferPool,
  ) {}

  /**
   * Opens the file and checks that it is still the one of the plan.
   *
   * @throws {CodedError} `FileVanished`, `FileChanged` or `FileUnreadable`
   * @throws {OutOfHandles} when the process has as many files open as it may
   */
  static async open(expected: ExpectedFile, pool: BufferPool): Promise<SourceFile> {
    let handle: FileHandle;
    try {
      handle = await open(expected.file, READ_FLAGS);
    } catch (error) {
      const failure = fileFailure(expected, error);
      throw OUT_OF_HANDLES.has(codeOf(error)) ? new OutOfHandles(failure) : failure;
    }
    const source = new SourceFile(handle, expected, pool);
    try {
      await source.verify();
      return source;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** The bytes from `start`, as a body that computes their CRC-64 while it is sent. */
  slice(start: number, length: number): FileSlice {
    return new FileSlice(this.handle, this.expected, this.pool, start, length);
  }

  /**
   * Checks that the file is what it was when the plan was made: the one behind the handle, and the one
   * that now has the name.
   *
   * @throws {CodedError}
   */
  async verify(): Promise<void> {
    try {
      checkUnchanged(this.expected, await this.handle.stat());
      checkUnchanged(this.expected, await stat(this.expected.file));
    } catch (error) {
      throw fileFailure(this.expected, error);
    }
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

/** A range of a file as a request body, read in chunks with one read ahead. */
export class FileSlice implements Body {
  private checksum: bigint | undefined;

  constructor(
    private readonly handle: FileHandle,
    private readonly expected: ExpectedFile,
    private readonly pool: BufferPool,
    private readonly start: number,
    readonly length: number,
  ) {}

  /** CRC-64 of the bytes; undefined until the last chunk was handed out. */
  get crc64(): bigint | undefined {
    return this.checksum;
  }

  async *chunks(): AsyncGenerator<Buffer> {
    const crc = new Crc64();
    const buffers = [this.pool.take()];
    if (this.length > CHUNK_BYTES) buffers.push(this.pool.take());
    let pending: Promise<Buffer> | undefined;
    try {
      pending = this.fill(buffers[0] as Buffer, 0);
      for (let offset = 0, turn = 1; offset < this.length; turn++) {
        const chunk = (await pending) as Buffer;
        offset += chunk.length;
        pending = undefined;
        if (offset < this.length) {
          pending = this.fill(buffers[turn % 2] as Buffer, offset);
          // A failed read ahead is met when its turn comes; until then it must not count as unhandled.
          pending.catch(() => undefined);
        }
        this.note(crc, chunk, offset);
        yield chunk;
      }
    } finally {
      // A read that is under way still writes into its buffer.
      await Promise.allSettled([pending]);
      for (const buffer of buffers) this.pool.give(buffer);
    }
  }

  /** The value is taken before the last chunk is handed out, for a sender may not come back after it. */
  private note(crc: Crc64, chunk: Buffer, end: number): void {
    crc.update(chunk);
    if (end === this.length) this.checksum = crc.value();
  }

  private async fill(buffer: Buffer, offset: number): Promise<Buffer> {
    const wanted = Math.min(CHUNK_BYTES, this.length - offset);
    let have = 0;
    while (have < wanted) {
      let bytesRead: number;
      try {
        ({ bytesRead } = await this.handle.read(buffer, have, wanted - have, this.start + offset + have));
      } catch (error) {
        throw fileFailure(this.expected, error);
      }
      if (bytesRead === 0) throw fileChanged(this.expected, this.start + offset + have);
      have += bytesRead;
    }
    return buffer.subarray(0, wanted);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
