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
    assert.doesNotMatch(step.stdout, /^::group::/m, 'what is folded is not seen');
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

  it('tells the problems of a package once, each with its code', async (t) => {
    const job = await Job.begin(t);
    const lines = [
      '#EXTM3U',
      '#EXT-X-TARGETDURATION:4',
      '#EXTINF:4,',
      'gone.ts',
      '#EXTINF:4,',
      '../second.ts',
    ];
    job.write('index.m3u8', [...lines, '#EXT-X-ENDLIST', ''].join('\n'));
    const step = await job.run({ inputs: { ...NO_KEYS, files: '*.m3u8', 'dry-run': 'true' } });
    assert.equal(step.code, 1);
    assert.match(step.stdout, /^✗ index\.m3u8: 2 problems \(missing, traversal\)$/m);
    assert.match(
      step.stdout,
      /^::error [^:]*::missing: index\.m3u8, line 4: .*%0Atraversal: index\.m3u8, line 6: /m,
    );
    assert.equal(step.stdout.match(/line 4/g)?.length, 1);
  });
});
