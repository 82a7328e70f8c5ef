import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { cutIntoParts, isMultipart, partSizeFor, requestsFor } from '../../src/storage/parts.js';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const TIB = 1024 * GIB;

const concurrency = fc.integer({ min: 1, max: 256 });
const wishedSize = fc.integer({ min: 1, max: 5120 }).map((mib) => mib * MIB);
/** Sizes of all orders, from the multipart threshold up to the service's 50,000 GB. */
const size = fc
  .tuple(fc.double({ min: Math.log(16 * MIB), max: Math.log(45 * TIB), noNaN: true }), fc.nat(1000))
  .map(([logarithm, odd]) => Math.floor(Math.exp(logarithm)) + odd);

describe('an object', () => {
  it('goes in one request while that is small or wished for, and possible', () => {
    const cases: [size: number, wished: number | undefined, multipart: boolean][] = [
      [1, undefined, false],
      [16 * MIB - 1, undefined, false],
      [16 * MIB, undefined, true],
      [16 * MIB - 1, MIB, true],
      [20 * MIB, 20 * MIB, false],
      [20 * MIB + 1, 20 * MIB, true],
      [5 * GIB, 5 * GIB, false],
      [5 * GIB + 1, 5 * GIB, true],
      [5 * GIB + 1, 6 * GIB, true],
    ];
    for (const [bytes, wished, multipart] of cases) {
      assert.equal(isMultipart(bytes, wished), multipart, `${bytes} ${wished}`);
    }
  });

  it('goes by the parts that were asked for, however small it is, but for the last MiB', () => {
    assert.ok(isMultipart(2 * MIB, MIB));
    assert.ok(isMultipart(15 * MIB, 5 * MIB));
    assert.ok(!isMultipart(MIB, MIB));
    assert.ok(!isMultipart(MIB, 1));
    assert.equal(requestsFor(3 * MIB, 32, MIB), 5);
  });

  it('costs one request, or its parts and two more', () => {
    assert.equal(requestsFor(MIB, 32, undefined), 1);
    assert.equal(requestsFor(100 * MIB, 32, 10 * MIB), 12);
    fc.assert(
      fc.property(size, concurrency, (bytes, width) => {
        const parts = cutIntoParts(bytes, partSizeFor(bytes, width, undefined));
        assert.equal(requestsFor(bytes, width, undefined), parts.length + 2);
      }),
      { seed: 61, numRuns: 100 },
    );
  });
});

describe('parts', () => {
  it('cover the object exactly, in order, within the service’s limits', () => {
    fc.assert(
      fc.property(size, concurrency, fc.option(wishedSize, { nil: undefined }), (bytes, width, wished) => {
        const parts = cutIntoParts(bytes, partSizeFor(bytes, width, wished));
        assert.ok(parts.length <= 10_000, `${parts.length} parts`);
        let end = 0;
        let wrong = 0;
        for (const [index, part] of parts.entries()) {
          const last = index === parts.length - 1;
          const fits = part.length <= 5 * GIB && (last ? part.length > 0 : part.length >= MIB);
          if (part.number !== index + 1 || part.start !== end || !fits || !Number.isInteger(part.length))
            wrong++;
          end += part.length;
        }
        assert.deepEqual([wrong, end], [0, bytes]);
      }),
      { seed: 62, numRuns: 300 },
    );
  });

  it('are as large as the user wished, unless there would be too many', () => {
    assert.equal(partSizeFor(GIB, 32, 8 * MIB), 8 * MIB);
    assert.equal(partSizeFor(100_000 * MIB, 32, MIB), 10 * MIB);
    fc.assert(
      fc.property(size, concurrency, wishedSize, (bytes, width, wished) => {
        const chosen = partSizeFor(bytes, width, wished);
        assert.equal(chosen, bytes / wished <= 10_000 ? wished : Math.ceil(bytes / 10_000));
      }),
      { seed: 63, numRuns: 300 },
    );
  });

  it('fill whole rounds of connections, so that none stands alone at the end', () => {
    const rounds = fc.integer({ min: 16 * MIB, max: 200 * GIB });
    fc.assert(
      fc.property(rounds, concurrency, (bytes, width) => {
        const { length } = cutIntoParts(bytes, partSizeFor(bytes, width, undefined));
        if (length <= width) return;
        assert.equal(length % width, 0, `${length} parts over ${width} connections`);
      }),
      { seed: 64, numRuns: 300 },
    );
  });

  it('are nearly equal, never tiny and never so large that a retry hurts', () => {
    fc.assert(
      fc.property(fc.integer({ min: 16 * MIB, max: 300 * GIB }), concurrency, (bytes, width) => {
        const chosen = partSizeFor(bytes, width, undefined);
        assert.ok(chosen <= 32 * MIB, `${chosen}`);
        const parts = cutIntoParts(bytes, chosen);
        assert.ok(chosen - (parts.at(-1)?.length ?? 0) < Math.max(parts.length, 1) + 1);
      }),
      { seed: 65, numRuns: 300 },
    );
  });
});
