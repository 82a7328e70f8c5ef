import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Job } from './job.js';

describe('covers', () => {
  it('are the first candidate that exists', async (t) => {
    const job = await Job.begin(t, { keepBodies: true });
    job.write('films/a.mp4', 'film a');
    job.write('films/b.mp4', 'film b');
    job.write('covers/b.png', 'cover of b');
    job.write('covers/b.jpg', 'second choice of b');
    job.write('default.JPG', 'cover of all');
    const step = await job.run({
      inputs: {
        files: 'films/*',
        cover: '{dir}/{name}.png\ncovers/{name}.png\ncovers/{name}.jpg\ndefault.JPG',
      },
    });
    assert.deepEqual([step.code, step.stderr], [0, '']);
    const covers = step.results?.map(({ fileId, coverUrl }) => {
      const medium = job.emulator.media.find((one) => one.fileId === fileId);
      assert.equal(coverUrl, medium?.coverUrl);
      const cover = job.emulator.objects.get(medium?.coverKey ?? '');
      return [medium?.request.CoverType, cover?.contentType, cover?.body?.toString()];
    });
    assert.deepEqual(covers, [
      ['jpg', 'image/jpeg', 'cover of all'],
      ['png', 'image/png', 'cover of b'],
    ]);
  });

  it('that the globs match, too, are no media of their own', async (t) => {
    const job = await Job.begin(t);
    for (const name of ['a', 'b']) {
      job.write(`films/${name}.mp4`, `film ${name}`);
      job.write(`films/${name}.jpg`, `cover ${name}`);
    }
    const step = await job.run({ inputs: { files: 'films/**', cover: '{dir}/{name}.jpg' } });
    assert.equal(step.code, 0, step.stdout);
    assert.deepEqual(
      step.results?.map(({ path, objects }) => [path, objects]),
      [
        ['films/a.mp4', 2],
        ['films/b.mp4', 2],
      ],
    );
    assert.equal(job.emulator.requestsOf('vod', 'ApplyUpload').length, 2);
    assert.equal(job.emulator.objects.size, 4);
  });

  const cases = [
    {
      choice: 'error',
      code: 1,
      status: 'failed',
      told: /^::error.*No cover for a\.mp4: looked for a\.jpg, b\.jpg/m,
    },
    {
      choice: 'warn',
      code: 0,
      status: 'uploaded',
      told: /^::warning.*No cover for a\.mp4: looked for a\.jpg, b\.jpg/m,
    },
    { choice: 'ignore', code: 0, status: 'uploaded', told: undefined },
  ];
  for (const { choice, code, status, told } of cases) {
    it(`if-no-cover-found: ${choice}`, async (t) => {
      const job = await Job.begin(t);
      job.write('a.mp4', 'film');
      const step = await job.run({
        inputs: { files: '*.mp4', cover: '{name}.jpg\nb.jpg', 'if-no-cover-found': choice },
      });
      assert.deepEqual([step.code, step.stderr], [code, '']);
      assert.equal(step.results?.[0]?.status, status);
      if (told) assert.match(step.stdout, told);
      else assert.doesNotMatch(step.stdout, /No cover|^::warning/m);
      assert.equal(job.emulator.media.length, code === 0 ? 1 : 0);
      for (const { request } of job.emulator.sessions) assert.ok(!('CoverType' in request));
    });
  }

  it('cover-type stands in for the extension', async (t) => {
    const job = await Job.begin(t);
    job.write('a.mp4', 'film');
    job.write('thumbnail', 'picture');
    const step = await job.run({
      inputs: { files: '*.mp4', cover: 'thumbnail', 'cover-type': 'PNG' },
    });
    assert.equal(step.code, 0, step.stdout);
    assert.equal(job.emulator.media[0]?.request.CoverType, 'png');
  });
});
