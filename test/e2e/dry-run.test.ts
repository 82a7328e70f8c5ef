import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Job } from './job.js';

const NO_KEYS = { 'secret-id': '', 'secret-key': '' };

/** Nothing was asked of the services, nor of the proxy. */
function assertNoNetwork({ emulator }: Job): void {
  assert.deepEqual(emulator.requests, []);
  assert.deepEqual(emulator.proxy, { tunnels: 0, refused: [] });
  assert.ok(Object.values(emulator.connections).every((count) => count === 0));
}

describe('a dry run', () => {
  it('shows the plan without network and credentials', async (t) => {
    const job = await Job.begin(t);
    job.write('films/a.mp4', 'x'.repeat(1500));
    job.write('films/a.jpg', 'cover');
    job.write('films/b.mov', 'y'.repeat(3_000_000));
    const step = await job.run({
      inputs: {
        ...NO_KEYS,
        files: 'films/*',
        'dry-run': 'true',
        cover: '{dir}/{name}.jpg',
        'if-no-cover-found': 'ignore',
        'media-name': 'Film {name}',
      },
    });
    assert.deepEqual([step.code, step.stderr], [0, '']);
    assertNoNetwork(job);
    for (const text of [step.stdout, step.summary]) {
      assert.match(text, /films\/a\.mp4.*1\.5 kB.*Film a/);
      assert.match(text, /films\/b\.mov.*3\.0 MB.*Film b/);
    }
    assert.match(step.stdout, /films\/a\.mp4.*films\/a\.jpg/);
    assert.match(step.summary, /Dry run: 2 media/);
    assert.deepEqual(
      step.results?.map(({ path, status, mediaName, objects, bytes }) => ({
        path,
        status,
        mediaName,
        objects,
        bytes,
      })),
      [
        { path: 'films/a.mp4', status: 'planned', mediaName: 'Film a', objects: 2, bytes: 1505 },
        { path: 'films/b.mov', status: 'planned', mediaName: 'Film b', objects: 1, bytes: 3_000_000 },
      ],
    );
    assert.deepEqual(
      [step.outputs['file-ids'], step.outputs['uploaded-count'], step.outputs['failed-count']],
      ['[]', '0', '0'],
    );
  });

  it('fails where a file can not be published, and shows the rest of the plan', async (t) => {
    const job = await Job.begin(t);
    job.write('a.mp4', 'moving pictures');
    job.write('b.mp4', '');
    const step = await job.run({ inputs: { ...NO_KEYS, files: '*.mp4', 'dry-run': 'true' } });
    assert.equal(step.code, 1);
    assertNoNetwork(job);
    assert.deepEqual(
      step.results?.map(({ path, status }) => `${path} ${status}`),
      ['a.mp4 planned', 'b.mp4 failed'],
    );
    assert.match(step.stdout, /^::error.*b\.mp4.*empty/m);
    assert.match(step.summary, /b\.mp4.*empty/s);
  });
});
