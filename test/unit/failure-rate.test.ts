import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FailureRate } from '../../src/network/health/failure-rate.js';

/** A host that has failed so many of its requests, spread evenly. */
function rateOf(failed: number, requests: number): FailureRate {
  const rate = new FailureRate();
  for (let at = 0; at < requests; at++) {
    const fails = Math.floor(((at + 1) * failed) / requests) > Math.floor((at * failed) / requests);
    rate.note(fails ? 'failed' : 'answered');
  }
  return rate;
}

describe('the tries of a request', () => {
  it('are max-attempts on a host that rarely fails, or of which little is known', () => {
    assert.equal(new FailureRate().triesFor(5), 5);
    assert.equal(rateOf(0, 1000).triesFor(1), 1);
    assert.equal(rateOf(4, 400).triesFor(5), 5);
    assert.equal(rateOf(2, 3).triesFor(5), 5);
  });

  it('do not grow by the failure of the request itself', () => {
    assert.equal(rateOf(1, 20).triesFor(1), 1);
  });

  it('make bad luck one in a million, and are twenty more at most', () => {
    assert.equal(rateOf(133, 399).triesFor(5), 12);
    assert.equal(rateOf(200, 399).triesFor(5), 19);
    assert.equal(rateOf(390, 399).triesFor(5), 25);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 380 }),
        fc.integer({ min: 1, max: 20 }),
        (failed, maxAttempts) => {
          const tries = rateOf(failed, 380).triesFor(maxAttempts);
          const share = Math.max(0, failed - 1) / 400;
          assert.ok(tries >= maxAttempts && tries <= maxAttempts + 20);
          if (tries > maxAttempts) assert.ok(share ** (tries - 1) > 1e-6, 'not one too many');
          if (tries < maxAttempts + 20) assert.ok(share ** tries <= 1.000001e-6, 'not one too few');
        },
      ),
      { seed: 7 },
    );
  });

  it('follow a host that becomes better', () => {
    const rate = rateOf(200, 400);
    for (let at = 0; at < 4000; at++) rate.note('answered');
    assert.equal(rate.triesFor(5), 5);
  });
});

describe('failures of one request', () => {
  it('are suspicious once chance is hardly the reason', () => {
    const clean = rateOf(1, 100);
    assert.deepEqual(
      [0, 1, 2].map((failures) => clean.isSuspicious(failures)),
      [false, true, true],
    );
    const flaky = rateOf(133, 399);
    assert.deepEqual(
      [1, 4, 5].map((failures) => flaky.isSuspicious(failures)),
      [false, false, true],
    );
    assert.ok(!new FailureRate().isSuspicious(1), 'nor is one where nothing is known');
  });
});
