import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Crc64 } from '../../src/storage/crc64/checksum.js';
import { Crc64Memory } from '../../src/storage/crc64/memory.js';

/** CRC-64/XZ by its definition, bit by bit. */
function byDefinition(bytes: Uint8Array): bigint {
  let crc = 0xffff_ffff_ffff_ffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0xc96c5795d7870f42n : crc >> 1n;
  }
  return crc ^ 0xffff_ffff_ffff_ffffn;
}

describe('memory for CRC-64', () => {
  const memory = new Crc64Memory(4096);
  const other = new Crc64Memory(4096);

  it('sums what lies in it like the definition, wherever it begins and however long it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1000 }), fc.nat(100), fc.nat(1000), (bytes, offset, cut) => {
        const buffer = memory.buffer(offset, bytes.length);
        buffer.set(bytes);
        const crc = new Crc64();
        crc.update(buffer.subarray(0, cut));
        crc.update(buffer.subarray(cut));
        assert.equal(crc.value(), byDefinition(bytes));
      }),
      { seed: 64, numRuns: 200 },
    );
  });

  it('sums what is long enough to be folded, in one piece or several', () => {
    const large = new Crc64Memory(400_000);
    const lengths = [3328, 6655, 6656, 6657, 6720, 65_537, 131_072, 131_073, 137_800, 300_001];
    for (const [index, length] of lengths.entries()) {
      const buffer = large.buffer(index * 7, length);
      for (let at = 0; at < length; at++) buffer[at] = (at * at * 31 + (at >> 7) * 17 + index) & 0xff;
      const crc = new Crc64();
      crc.update(Buffer.from('what came before'));
      crc.update(buffer);
      assert.equal(crc.value(), byDefinition(Buffer.concat([Buffer.from('what came before'), buffer])));
    }
  });

  it('finds any byte that differs in a folded message', () => {
    const length = 20_000;
    const buffer = new Crc64Memory(length).buffer(0, length);
    const sumOf = (): bigint => {
      const crc = new Crc64();
      crc.update(buffer);
      return crc.value();
    };
    const unchanged = sumOf();
    for (let at = 0; at < length; at += 97) {
      buffer.writeUInt8(buffer.readUInt8(at) ^ (1 << (at % 8)), at);
      assert.notEqual(sumOf(), unchanged);
      buffer.writeUInt8(buffer.readUInt8(at) ^ (1 << (at % 8)), at);
    }
    assert.equal(sumOf(), unchanged);
  });

  it('takes turns with other memory and with buffers that lie elsewhere', () => {
    const text = Buffer.from('a story that is told by three, each a sentence at a time. '.repeat(9));
    const third = text.length / 3;
    const first = memory.buffer(7, third);
    const second = other.buffer(0, third);
    text.copy(first, 0, 0, third);
    text.copy(second, 0, third, 2 * third);
    const crc = new Crc64();
    for (const piece of [first, second, text.subarray(2 * third)]) crc.update(piece);
    assert.equal(crc.value(), byDefinition(text));
  });

  it('leaves the bytes as they are', () => {
    const bytes = Buffer.alloc(4096, 'unchanged');
    const buffer = memory.buffer(0, bytes.length);
    bytes.copy(buffer);
    new Crc64().update(buffer);
    assert.deepEqual(buffer, bytes);
  });
});
