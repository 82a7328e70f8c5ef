import { Crc64Memory } from './crc64/memory.js';

/**
 * Bytes of a chunk. Two of them per connection are all the memory that sending needs, and TLS holds about one more;
 * chunks twice as large cost 14 MB more at 32 connections and save little processor time.
 */
export const CHUNK_BYTES = 128 * 1024;
/** Chunks that are made at once. */
const CHUNKS = 16;

/**
 * Buffers that are used again, so that sending a large file makes no garbage. They lie in memory in which
 * their CRC-64 can be computed without a copy.
 */
export class BufferPool {
  private readonly idle: Buffer[] = [];

  take(): Buffer {
    const buffer = this.idle.pop();
    if (buffer !== undefined) return buffer;
    const memory = new Crc64Memory(CHUNKS * CHUNK_BYTES);
    for (let at = 1; at < CHUNKS; at++) this.idle.push(memory.buffer(at * CHUNK_BYTES, CHUNK_BYTES));
    return memory.buffer(0, CHUNK_BYTES);
  }

  give(buffer: Buffer): void {
    this.idle.push(buffer);
  }
}
