import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BufferPool, CHUNK_BYTES } from '../../src/storage/buffer-pool.js';

/** Takes so many buffers. */
const take = (pool: BufferPool, count: number): Buffer[] => Array.from({ length: count }, () => pool.take());

const placesOf = (buffers: readonly Buffer[]): string[] =>
  buffers.map(({ byteOffset }) => String(byteOffset));

describe('the buffers of a pool', () => {
  it('hold a chunk each, and none is part of another', () => {
    const buffers = take(new BufferPool(), 40);
    buffers.forEach((buffer, index) => {
      buffer.fill(index);
    });
    buffers.forEach((buffer, index) => {
      assert.equal(buffer.length, CHUNK_BYTES);
      assert.ok(
        buffer.every((byte) => byte === index),
        `buffer ${index}`,
      );
    });
  });

  it('are used again, so that memory does not grow with what is sent', () => {
    const pool = new BufferPool();
    const memories = new Set<ArrayBufferLike>();
    for (let turn = 0; turn < 100; turn++) {
      const buffers = take(pool, 20);
      for (const { buffer } of buffers) memories.add(buffer);
      for (const buffer of buffers) pool.give(buffer);
    }
    assert.equal(memories.size, 2, 'each has room for sixteen');
  });

  it('are given to one at a time', () => {
    const pool = new BufferPool();
    const first = pool.take();
    pool.give(first);
    const again = take(pool, 16);
    assert.equal(new Set(placesOf(again)).size, 16);
    assert.ok(again.includes(first));
  });
});
