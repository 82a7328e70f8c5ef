import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { startingOrder } from '../../src/publish/starting-order.js';

const sizes = (order: { bytes: number }[]): number[] => order.map(({ bytes }) => bytes);
const media = (...bytes: number[]) => bytes.map((size) => ({ bytes: size }));

describe('the order in which media start', () => {
  it('begins with the largest and follows it with small ones', () => {
    assert.deepEqual(sizes(startingOrder(media(1, 2, 3, 4, 90))), [90, 1, 2, 3, 4]);
    assert.deepEqual(sizes(startingOrder(media(10, 20, 30, 40))), [40, 10, 30, 20]);
  });

  it('keeps media of one size as they are', () => {
    const same = [1, 2, 3].map((name) => ({ name, bytes: 7 }));
    assert.deepEqual(startingOrder(same), same);
    assert.deepEqual(startingOrder([]), []);
  });

  it('starts each once, and never strays from the average by more than one medium', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 60 }), (bytes) => {
        const order = sizes(startingOrder(media(...bytes)));
        const ascending = (list: number[]): number[] => [...list].sort((a, b) => a - b);
        assert.deepEqual(ascending(order), ascending(bytes));
        const average = bytes.reduce((sum, size) => sum + size, 0) / bytes.length;
        const largest = Math.max(...bytes);
        let started = 0;
        for (const [index, size] of order.entries()) {
          started += size;
          assert.ok(Math.abs(started - average * (index + 1)) <= largest + 1e-6);
        }
      }),
      { seed: 7, numRuns: 200 },
    );
  });
});
