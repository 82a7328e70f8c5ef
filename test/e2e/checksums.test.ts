import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Job } from './job.js';

const PLAYLIST = '#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nsegments/0.ts\n#EXT-X-ENDLIST\n';

describe('checksums', () => {
  it('are those of every file of every published medium, in path order, and of no other', async (t) => {
    const job = await Job.begin(t);
    job.write('videos/b.mp4', randomBytes(300_000));
    job.write('videos/b.jpg', randomBytes(3000));
    job.write('videos/hls/a.m3u8', PLAYLIST);
    job.write('videos/hls/segments/0.ts', randomBytes(20_000));
    job.write('videos/refused.mp4', randomBytes(1000));
    job.emulator.fault({
      service: 'vod',
      action: 'ApplyUpload',
      match: ({ body }) => (body as { MediaName?: string }).MediaName === 'refused',
      effect: { kind: 'error', code: 'FailedOperation' },
    });
    const step = await job.run({
      inputs: {
        files: 'videos/**\n!**/*.jpg',
        cover: '{dir}/{name}.jpg',
        'if-no-cover-found': 'ignore',
        'checksums-file': 'out/SHA256SUMS',
      },
    });
    assert.deepEqual([step.code, step.stderr], [1, '']);
    const paths = ['videos/b.jpg', 'videos/b.mp4', 'videos/hls/a.m3u8', 'videos/hls/segments/0.ts'];
    assert.equal(
      readFileSync(job.file('out/SHA256SUMS'), 'utf8'),
      paths.map((path) => `${job.sha256(path)}  ${path}\n`).join(''),
    );
    assert.deepEqual(
      step.results?.map(({ path, status, sha256 }) => [path, status, sha256]),
      [
        ['videos/b.mp4', 'uploaded', job.sha256('videos/b.mp4')],
        ['videos/hls/a.m3u8', 'uploaded', job.sha256('videos/hls/a.m3u8')],
        ['videos/refused.mp4', 'failed', undefined],
      ],
    );
  });

  it('that cannot be written are found out before anything is published', async (t) => {
    const job = await Job.begin(t);
    job.write('a.mp4', 'pictures');
    const step = await job.run({ inputs: { files: '*.mp4', 'checksums-file': 'a.mp4/SHA256SUMS' } });
    assert.equal(step.code, 1);
    assert.match(step.stdout, /checksums-file: .* cannot be written/);
    assert.deepEqual(job.emulator.requests, []);
  });

  it('are not computed in a dry run', async (t) => {
    const job = await Job.begin(t);
    job.write('a.mp4', 'pictures');
    const step = await job.run({
      inputs: { files: '*.mp4', 'checksums-file': 'SHA256SUMS', 'dry-run': 'true' },
    });
    assert.equal(step.code, 0);
    assert.ok(!existsSync(job.file('SHA256SUMS')));
    assert.equal(step.results?.[0]?.sha256, undefined);
  });
});
