import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { checkSample, type Sample, Sampler } from './sample.js';

/** The places, counted from 1, of the ones that are hit. */
function hits(sample: Sample, among: number): number[] {
  const sampler = new Sampler(sample);
  return Array.from({ length: among }, (_, index) => (sampler.draw() ? index + 1 : 0)).filter(Boolean);
}

describe('a sample', () => {
  it('is all by default', () => {
    assert.equal(hits({}, 10).length, 10);
  });

  it('is every n-th', () => {
    assert.deepEqual(hits({ every: 3 }, 10), [3, 6, 9]);
  });

  it('is a share that depends on the seed alone', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0, max: 1, noNaN: true }), (seed, share) => {
        const drawn = hits({ seed, share }, 2000);
        assert.deepEqual(drawn, hits({ seed, share }, 2000));
        // Six standard deviations of 2000 draws.
        assert.ok(Math.abs(drawn.length - 2000 * share) <= 6 * Math.sqrt(500) + 1, `${drawn.length}`);
      }),
    );
    assert.notDeepEqual(hits({ seed: 1, share: 0.5 }, 100), hits({ seed: 2, share: 0.5 }, 100));
  });

  it('can be a share of every n-th', () => {
    const drawn = hits({ every: 2, share: 0.5 }, 200);
    assert.ok(drawn.length > 20 && drawn.length < 80 && drawn.every((place) => place % 2 === 0));
  });

  it('is refused when it means nothing', () => {
    for (const sample of [{ every: 0 }, { every: 1.5 }, { share: -0.1 }, { share: 5 }]) {
      assert.throws(() => checkSample(sample), RangeError, JSON.stringify(sample));
    }
  });
});
