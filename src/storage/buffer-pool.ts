/** Bytes of a chunk. Two of them per connection are all the memory that sending needs. */
export const CHUNK_BYTES = 256 * 1024;

/** Buffers that are used again, so that sending a large file makes no garbage. */
export class BufferPool {
  private readonly idle: Buffer[] = [];

  take(): Buffer {
    return this.idle.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
  }

  give(buffer: Buffer): void {
    this.idle.push(buffer);
  }
}
