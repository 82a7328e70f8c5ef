import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Crc64, combineCrc64 } from '../../src/storage/crc64/checksum.js';

function crc64(...chunks: (Buffer | string)[]): bigint {
  const crc = new Crc64();
  for (const chunk of chunks) crc.update(Buffer.from(chunk));
  const value = crc.value();
  return value;
}

const MIB = 1024 * 1024;

describe('CRC-64', () => {
  // The check value of CRC-64/XZ, and one of a PUT Object of COS's documents.
  it('has the values of the documents', () => {
    assert.equal(crc64('123456789'), 0x995dc9bbdf1939fan);
    assert.equal(crc64('123456789'), 11051210869376104954n);
    assert.equal(crc64('[Object Content]'), 16749565679157681890n);
    assert.equal(crc64(), 0n);
  });

  it('does not depend on how the bytes come', () => {
    assert.equal(crc64('123', '', '456', '789'), 11051210869376104954n);
  });

  it('starts anew where a hasher is used again', () => {
    for (let turn = 0; turn < 3; turn++) assert.equal(crc64('123456789'), 11051210869376104954n);
    const first = new Crc64();
    const second = new Crc64();
    first.update(Buffer.from('12345'));
    second.update(Buffer.from('[Object '));
    first.update(Buffer.from('6789'));
    second.update(Buffer.from('Content]'));
    assert.deepEqual([first.value(), second.value()], [11051210869376104954n, 16749565679157681890n]);
  });
});

describe('a combined CRC-64', () => {
  it('is that of the whole, however it was split', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.array(fc.nat(300), { maxLength: 5 }),
        (bytes, cuts) => {
          const whole = Buffer.from(bytes);
          const ends = [...cuts.map((cut) => Math.min(cut, whole.length)), whole.length].sort(
            (a, b) => a - b,
          );
          const pieces = ends.map((end, index) => whole.subarray(ends[index - 1] ?? 0, end));
          const parts = pieces.map((piece) => ({ crc64: crc64(piece), length: piece.length }));
          assert.equal(combineCrc64(parts), crc64(whole));
        },
      ),
      { seed: 51, numRuns: 150 },
    );
  });

  it('is that of the whole for parts as large as they really are', () => {
    const block = Buffer.alloc(MIB, 'moving pictures ');
    const odd = Buffer.alloc(MIB + 12_345, 'sound');
    const blocks = [block, block, odd, Buffer.from('end')];
    const parts = blocks.map((bytes) => ({ crc64: crc64(bytes), length: bytes.length }));
    assert.equal(combineCrc64(parts), crc64(...blocks));
  });

  it('of nothing is zero, and the order of parts matters', () => {
    assert.equal(combineCrc64([]), 0n);
    const [a, b] = [
      { crc64: crc64('12345'), length: 5 },
      { crc64: crc64('6789'), length: 4 },
    ];
    assert.equal(combineCrc64([a, b]), 11051210869376104954n);
    assert.notEqual(combineCrc64([b, a]), 11051210869376104954n);
  });

  it('knows lengths beyond 2^32: zeros that are appended can be appended in two halves', () => {
    // The CRC-64 of zeros by doubling, which needs no bytes of that many.
    let zeros = { crc64: crc64(Buffer.alloc(1)), length: 1 };
    while (zeros.length < 2 ** 34) {
      zeros = { crc64: combineCrc64([zeros, zeros]), length: zeros.length * 2 };
    }
    const text = { crc64: crc64('123456789'), length: 9 };
    const atOnce = combineCrc64([text, { crc64: combineCrc64([zeros, zeros]), length: 2 ** 35 }]);
    assert.equal(atOnce, combineCrc64([text, zeros, zeros]));
    assert.notEqual(atOnce, combineCrc64([text, zeros]));
  });
});
