import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FaultRule } from '../emulator/faults.js';
import { largeFile } from './fixture.js';
import { ALL_UPLOADED, counts, tell } from './story.js';

describe('a commit whose answer is lost', () => {
  const lost: FaultRule = { service: 'vod', action: 'CommitUpload', effect: { kind: 'reset-after' } };

  for (const repeatedCommit of ['InvalidParameterValue.VodSessionKey', 'ResourceNotFound'] as const) {
    it(`fails as uncertain when the repeat answers ${repeatedCommit}`, async (t) => {
      const { run, emulator, ends } = await tell(t, {
        lay: largeFile,
        options: { repeatedCommit },
        inputs: { files: 'small.mp4\nlarge.mp4' },
        faults: [lost],
        excuses: { uncertain: 'small.mp4' },
      });
      assert.deepEqual(ends, { 'large.mp4': 'uploaded', 'small.mp4': 'failed: CommitUncertain' });
      assert.equal(emulator.media.length, 2, 'it is published all the same');
      assert.equal(counts(emulator, 'ApplyUpload'), 2, 'and not a second time');
      const failed = run.report.media.find(({ result }) => result.status === 'failed');
      assert.match(failed?.result.error?.message ?? '', new RegExp(repeatedCommit.replaceAll('.', '\\.')));
      assert.match(failed?.result.error?.message ?? '', /may be published/);
      assert.match(failed?.advice ?? '', /console/);
    });
  }

  it('succeeds when the repeat answers the same', async (t) => {
    const { emulator, ends } = await tell(t, {
      lay: largeFile,
      options: { repeatedCommit: 'same-answer' },
      faults: [lost],
    });
    assert.deepEqual(ends, ALL_UPLOADED);
    assert.deepEqual(emulator.media.map(({ commits, commitAttempts }) => [commits, commitAttempts]).sort(), [
      [1, 1],
      [1, 2],
    ]);
  });
});
