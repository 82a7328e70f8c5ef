import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { largeFile, threeFiles } from './fixture.js';
import { ALL_UPLOADED, counts, THREE_UPLOADED, tell } from './story.js';

describe('time', () => {
  // With three hours the machine takes every certificate for expired until it knows better.
  for (const hours of [1, -1, -3]) {
    it(`a clock that is ${Math.abs(hours)} h ${hours > 0 ? 'behind' : 'ahead of'} the services' is corrected`, async (t) => {
      const { emulator, ends } = await tell(t, {
        lay: largeFile,
        options: { skewMs: hours * 3_600_000 },
        inputs: { 'max-attempts': '1' },
      });
      assert.deepEqual(ends, ALL_UPLOADED);
      const refused = emulator.requests.filter(({ code }) => code !== '').map(({ service }) => service);
      assert.deepEqual([...new Set(refused)], ['vod'], 'what one service taught is known to the next');
      assert.ok(refused.length <= 2, `${refused.length} refusals`);
    });
  }

  it('a certificate that has expired fails the medium and says so', async (t) => {
    const { run, emulator, ends } = await tell(t, { lay: largeFile, options: { certificateSeconds: 0 } });
    assert.deepEqual(ends, { 'large.mp4': 'failed: ExpiredToken', 'small.mp4': 'failed: ExpiredToken' });
    assert.equal(emulator.requestsOf('cos').length, 0, 'no byte is sent in vain');
    assert.match(run.report.media[0]?.result.error?.message ?? '', /certificate .* expired/);
  });

  it('a certificate that the service calls expired is not tried again', async (t) => {
    const { emulator, ends } = await tell(t, {
      lay: threeFiles,
      faults: [
        {
          service: 'cos',
          match: ({ headers }) => headers['content-length'] === '1000',
          times: 'always',
          effect: { kind: 'error', code: 'ExpiredToken', status: 400 },
        },
      ],
    });
    assert.deepEqual(ends, { ...THREE_UPLOADED, 'middle.mp4': 'failed: ExpiredToken' });
    assert.equal(counts(emulator, 'PutObject'), 3);
  });
});
