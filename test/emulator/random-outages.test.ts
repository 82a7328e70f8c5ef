import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { randomOutages } from './random-outages.js';

describe('random outages', () => {
  it('follow each other within their bounds, the same for the same seed', () => {
    const bounds = fc
      .tuple(fc.nat(2000), fc.nat(2000))
      .map(([least, more]) => [least, least + more] as const);
    fc.assert(
      fc.property(fc.nat(), fc.nat(60_000), bounds, bounds, (seed, withinMs, gapMs, lastMs) => {
        const options = { seed, withinMs, gapMs, lastMs };
        const rules = randomOutages(options);
        assert.deepEqual(rules, randomOutages(options));
        let end = 0;
        for (const { afterMs = 0, forMs = 0 } of rules) {
          assert.ok(afterMs - end >= gapMs[0] && afterMs < withinMs);
          assert.ok(forMs >= Math.max(1, lastMs[0]) && forMs <= Math.max(1, lastMs[1]));
          end = afterMs + forMs;
        }
      }),
    );
  });

  it('meet all targets that are given, in every way', () => {
    const rules = randomOutages({ seed: 1, withinMs: 1e6, gapMs: [0, 100], lastMs: [10, 100] });
    assert.deepEqual(new Set(rules.map(({ target }) => target)), new Set(['vod', 'cos']));
    assert.deepEqual(
      new Set(rules.map(({ kind }) => kind)),
      new Set(['refused', 'reset', 'silence', 'page']),
    );
    const some = randomOutages({
      seed: 1,
      withinMs: 1e5,
      gapMs: [0, 100],
      lastMs: [10, 100],
      targets: ['proxy'],
      kinds: ['reset'],
    });
    assert.ok(some.length > 100 && some.every(({ target, kind }) => target === 'proxy' && kind === 'reset'));
  });
});
