import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { describe, it } from 'node:test';
import { noPipes, noSymlinks, refusesName } from '../corpus/file-system.js';
import { Job } from './job.js';

/** Lines of an annotation type, unescaped as the runner does. */
function annotations(stdout: string, type: 'error' | 'warning' | 'notice'): string[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith(`::${type}`))
    .map((line) => line.replace(/%0A/g, '\n').replace(/%25/g, '%'));
}

describe('patterns', () => {
  it('that match nothing while others do are named: those with wildcards in a notice, others in a warning', async (t) => {
    const job = await Job.begin(t);
    job.write('a.mp4', 'moving pictures');
    const step = await job.run({ inputs: { files: '*.mp4\nout/**/*.mkv\n!**/*.tmp\n*.webm\nb.mp4' } });
    assert.equal(step.code, 0, step.stdout);
    assert.deepEqual(annotations(step.stdout, 'notice'), [
      '::notice::files: "out/**/*.mkv" matches no file: there is no out.',
      '::notice::files: "*.webm" matches no file.',
    ]);
    const warnings = annotations(step.stdout, 'warning');
    assert.equal(warnings.length, 2, step.stdout);
    assert.ok(warnings.some((line) => line.includes('the exclusion "!**/*.tmp" has no effect')));
    assert.ok(
      warnings.some((line) => line.includes('"b.mp4" matches no file: there is no b.mp4.')),
      step.stdout,
    );
    const early = step.stdout.slice(0, step.stdout.indexOf('Publishing to '));
    assert.match(early, /^Warning: files: "b\.mp4" matches no file/m);
    assert.equal(step.outputs['uploaded-count'], '1');
  });

  const cases = [
    { choice: 'error', code: 1, errors: 1, warnings: 0 },
    { choice: 'warn', code: 0, errors: 0, warnings: 1 },
    { choice: 'ignore', code: 0, errors: 0, warnings: 0 },
  ];
  for (const { choice, code, errors, warnings } of cases) {
    it(`if-no-files-found: ${choice}`, async (t) => {
      const job = await Job.begin(t);
      job.write('a.txt', 'no film');
      const step = await job.run({
        inputs: { files: 'films/*.mp4\n*.mov', 'if-no-files-found': choice },
      });
      assert.deepEqual([step.code, step.stderr], [code, '']);
      const told = {
        error: annotations(step.stdout, 'error'),
        warning: annotations(step.stdout, 'warning'),
      };
      assert.deepEqual([told.error.length, told.warning.length], [errors, warnings], step.stdout);
      const [first] = [...told.error, ...told.warning];
      if (first !== undefined) {
        assert.match(first, /^- "films\/\*\.mp4" matches no file: there is no films\.$/m);
        assert.match(first, /^- "\*\.mov" matches no file\.$/m);
      }
      assert.deepEqual(job.emulator.requests, []);
      assert.equal(step.outputs['file-ids'], '[]');
      assert.deepEqual(step.results, []);
    });
  }

  it('find names of every kind but hidden ones, each file once and in path order', async (t) => {
    const job = await Job.begin(t, { keepBodies: true });
    const paths = [
      '-dash.mp4',
      'a [1080p].mp4',
      'a{b}.mp4',
      'percent %41.mp4',
      'plus+amp&eq=?#.mp4',
      'two  spaces.mp4',
      'über/Ångström 影片 🎬.mp4',
    ].filter((path) => !refusesName(path));
    for (const path of [...paths, '.hidden.mp4']) job.write(path, `content of ${path}`);
    const step = await job.run({ inputs: { files: '**/*.mp4\n*.mp4\na [[]1080p].mp4' } });
    assert.deepEqual([step.code, step.stderr], [0, ''], step.stdout);
    assert.deepEqual(
      step.results?.map(({ path }) => path),
      paths,
    );
    for (const { path, fileId, mediaName } of step.results ?? []) {
      assert.equal(job.object(fileId)?.body?.toString(), `content of ${path}`);
      assert.equal(mediaName, path.split('/').at(-1)?.slice(0, -'.mp4'.length));
    }
    assert.equal(job.emulator.media.length, paths.length);
  });
});

describe('files that can not be published', () => {
  const cases: { name: string; lay(job: Job): void; reason: RegExp; skip?: string | false }[] = [
    { name: 'an empty file', lay: (job) => job.write('bad.mp4', ''), reason: /bad\.mp4 is empty/ },
    {
      name: 'a link that leads nowhere',
      lay: (job) => symlinkSync('nowhere.mp4', job.file('bad.mp4')),
      reason: /bad\.mp4 is a symbolic link that leads nowhere/,
      skip: noSymlinks,
    },
    {
      name: 'a named pipe',
      lay: (job) => execFileSync('mkfifo', [job.file('bad.mp4')]),
      reason: /bad\.mp4 is a named pipe, not a regular file/,
      skip: noPipes,
    },
    {
      name: 'a file that may not be read',
      lay: (job) => {
        job.write('bad.mp4', 'secret pictures');
        chmodSync(job.file('bad.mp4'), 0);
      },
      reason: /bad\.mp4 can't be read: permission denied/,
      skip:
        (process.platform === 'win32' && 'Node takes nobody the right to read on Windows') ||
        (process.getuid?.() === 0 && 'root may read everything'),
    },
    {
      name: 'a file without an extension',
      lay: (job) => job.write('bad', 'pictures'),
      reason: /bad has no extension .* give media-type/,
    },
  ];
  for (const { name, lay, reason, skip } of cases) {
    it(`${name} is refused before anything is sent of it, and the others are published`, {
      skip: skip ?? false,
    }, async (t) => {
      const job = await Job.begin(t);
      job.write('good.mp4', 'moving pictures');
      lay(job);
      const step = await job.run({ inputs: { files: 'bad*\ngood*' } });
      assert.deepEqual([step.code, step.stderr], [1, '']);
      assert.deepEqual(
        step.results?.map(({ status, error }) => [status, error?.stage]),
        [
          ['failed', 'plan'],
          ['uploaded', undefined],
        ],
      );
      assert.match(step.results?.[0]?.error?.message ?? '', reason);
      assert.match(annotations(step.stdout, 'error')[0] ?? '', reason);
      assert.equal(job.emulator.requestsOf('vod', 'ApplyUpload').length, 1);
    });
  }

  it('a folder is searched, and nothing else comes of it', async (t) => {
    const job = await Job.begin(t);
    mkdirSync(job.file('films.mp4'));
    job.write('films.mp4/inside.mp4', 'moving pictures');
    const step = await job.run({ inputs: { files: '*.mp4' } });
    assert.equal(step.code, 0, step.stdout);
    assert.deepEqual(
      step.results?.map(({ path }) => path),
      ['films.mp4/inside.mp4'],
    );
  });

  it('media-type stands in for the extension', async (t) => {
    const job = await Job.begin(t);
    job.write('recording', 'moving pictures');
    const step = await job.run({ inputs: { files: 'recording', 'media-type': 'MP4' } });
    assert.equal(step.code, 0, step.stdout);
    const [applied] = job.emulator.requestsOf('vod', 'ApplyUpload');
    assert.deepEqual(applied?.body, { MediaType: 'mp4', MediaName: 'recording' });
  });

  it('with fail-fast nothing is sent at all', async (t) => {
    const job = await Job.begin(t);
    job.write('bad.mp4', '');
    job.write('good.mp4', 'moving pictures');
    const step = await job.run({ inputs: { files: '*.mp4', 'fail-fast': 'true' } });
    assert.equal(step.code, 1);
    assert.deepEqual(
      step.results?.map(({ status }) => status),
      ['failed', 'skipped'],
    );
    assert.deepEqual(job.emulator.requests, []);
  });
});

describe('a file that does not stay as it was planned', () => {
  const cases: { name: string; change(job: Job): void; code: string; size: number }[] = [
    {
      name: 'grows',
      change: (job) => job.write('film.mp4', 'x'.repeat(2000)),
      code: 'FileChanged',
      size: 1000,
    },
    { name: 'shrinks', change: (job) => job.write('film.mp4', 'x'), code: 'FileChanged', size: 1000 },
    {
      name: 'is written again with the same size',
      change: (job) => job.write('film.mp4', 'y'.repeat(1000)),
      code: 'FileChanged',
      size: 1000,
    },
    { name: 'vanishes', change: (job) => rmSync(job.file('film.mp4')), code: 'FileVanished', size: 1000 },
    {
      name: 'grows while its parts are sent',
      change: (job) => job.writeSparse('film.mp4', 21_000_000),
      code: 'FileChanged',
      size: 20_000_000,
    },
  ];
  for (const { name, change, code, size } of cases) {
    it(`${name}: it fails and is not published`, async (t) => {
      const job = await Job.begin(t);
      job.writeSparse('film.mp4', size);
      job.write('other.mp4', 'moving pictures');
      // The plan is made by the time of the first request of this medium; the file changes before its bytes are sent.
      job.emulator.fault({
        match: ({ action, body }) =>
          size > 1000
            ? action === 'InitiateMultipartUpload'
            : (body as { MediaName?: string } | undefined)?.MediaName === 'film',
        effect: () => {
          change(job);
          return undefined;
        },
      });
      const step = await job.run({ inputs: { files: '*.mp4' } });
      assert.deepEqual([step.code, step.stderr], [1, '']);
      assert.deepEqual(
        step.results?.map(({ status, error }) => [status, error?.stage, error?.code]),
        [
          ['failed', 'upload', code],
          ['uploaded', undefined, undefined],
        ],
      );
      assert.equal(job.emulator.media.length, 1);
      assert.deepEqual(job.emulator.openMultiparts, []);
    });
  }
});
