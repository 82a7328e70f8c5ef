import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { violations } from './input-source.js';

describe('an input that is not valid', () => {
  it('is shown', () => {
    assert.deepEqual(violations({ concurrency: '999' }), [
      'concurrency: "999" is not valid; it takes a whole number from 1 to 256.',
    ]);
  });

  for (const value of ['http://me:hidden@vod.example.com/{x}', 'me:hidden@vod.example.com/{x}']) {
    it(`is not shown where it may hold a password, such as ${value}`, () => {
      const inputs = ['vod-endpoint', 'sts-endpoint', 'cos-endpoint', 'media-name', 'expire-time', 'region'];
      for (const input of inputs) {
        const [told = '', ...others] = violations({ [input]: value });
        assert.deepEqual(others, []);
        assert.ok(told.startsWith(`${input}: `), told);
        assert.ok(!told.includes('hidden'), told);
      }
    });
  }
});
