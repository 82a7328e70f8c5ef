import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { eventually } from './eventually.js';
import { Job } from './job.js';

const MIB = 1024 * 1024;
/** Milliseconds that a runner's grace leaves, with a margin: it kills 7.5 s after SIGINT and 2.5 s after SIGTERM follows. */
const DEADLINE = 5000;

/** The second of the signals that a runner sends. */
const SECOND = process.platform === 'win32' ? 'SIGBREAK' : 'SIGTERM';

describe('a cancelled job', () => {
  const names = [
    'SIGINT',
    SECOND,
    ...(process.platform === 'win32' ? [] : (['SIGHUP', 'SIGUSR2'] as const)),
  ] as const;
  for (const name of names) {
    it(`${name} amid a large upload: what is published stays told, the rest is cleaned up`, async (t) => {
      const job = await Job.begin(t, { digests: false });
      const { emulator } = job;
      job.writeSparse('a-large.mp4', 200 * MIB);
      job.write('b-done.mp4', randomBytes(5000));
      job.write('c-waiting.mp4', randomBytes(4000));
      emulator.fault({
        service: 'cos',
        action: 'UploadPart',
        times: 'always',
        effect: { kind: 'throttle', bytesPerSecond: 2 * MIB },
      });
      emulator.fault({
        service: 'vod',
        action: 'ApplyUpload',
        match: ({ body }) => (body as { MediaName?: string }).MediaName === 'c-waiting',
        effect: { kind: 'delay', ms: 60_000 },
      });
      // Few large parts, so that the small files start beside them.
      const { signal, ended } = job.start({ inputs: { files: '*.mp4', 'part-size': '50' } });
      await eventually('a published medium and parts under way', () => {
        const parts = emulator.requestsOf('cos', 'UploadPart').filter(({ bytes }) => bytes > 0);
        return emulator.media.length === 1 && parts.length >= 4;
      });
      const sentAt = performance.now();
      signal(name);
      const step = await ended;
      const took = performance.now() - sentAt;

      assert.ok(took < DEADLINE, `${Math.round(took)} ms`);
      assert.notEqual(step.code, 0);
      assert.equal(step.signal, null, 'it ended by itself');
      assert.equal(step.stderr, '');
      assert.deepEqual(
        step.results?.map(({ path, status }) => `${path} ${status}`),
        ['a-large.mp4 cancelled', 'b-done.mp4 uploaded', 'c-waiting.mp4 cancelled'],
      );
      const [published] = emulator.media;
      assert.deepEqual(JSON.parse(step.outputs['file-ids'] ?? ''), [published?.fileId]);
      assert.equal(step.outputs['media-url'], published?.mediaUrl);
      assert.equal(step.outputs['uploaded-count'], '1');
      assert.match(step.summary, /Cancelled: 1 of 3 media published/);
      assert.deepEqual(emulator.openMultiparts, [], 'nothing is left that costs money');
      assert.equal(emulator.requestsOf('cos', 'AbortMultipartUpload').length, 1);
    });
  }

  it('lets a commit under way bring its FileId', async (t) => {
    const job = await Job.begin(t);
    const { emulator } = job;
    job.write('film.mp4', randomBytes(5000));
    emulator.fault({ service: 'vod', action: 'CommitUpload', effect: { kind: 'delay', ms: 1000 } });
    const { signal, ended } = job.start({ inputs: { files: '*.mp4' } });
    await eventually('the commit', () => emulator.requestsOf('vod', 'CommitUpload').length === 1);
    signal('SIGINT');
    const step = await ended;
    assert.notEqual(step.code, 0);
    assert.deepEqual(
      step.results?.map(({ status }) => status),
      ['uploaded'],
    );
    assert.deepEqual(JSON.parse(step.outputs['file-ids'] ?? ''), [emulator.media[0]?.fileId]);
  });

  it('tells a medium whose commit got no answer in time as one that may be published', async (t) => {
    const job = await Job.begin(t);
    const { emulator } = job;
    job.write('film.mp4', randomBytes(5000));
    emulator.fault({ service: 'vod', action: 'CommitUpload', effect: { kind: 'delay', ms: 60_000 } });
    const { signal, ended } = job.start({ inputs: { files: '*.mp4' } });
    await eventually('the commit', () => emulator.requestsOf('vod', 'CommitUpload').length === 1);
    const sentAt = performance.now();
    signal('SIGINT');
    const step = await ended;
    const took = performance.now() - sentAt;
    assert.ok(took < DEADLINE, `${Math.round(took)} ms`);
    assert.equal(step.code, 1);
    assert.deepEqual(
      step.results?.map(({ status, error }) => [status, error?.stage, error?.code]),
      [['failed', 'commit', 'CommitUncertain']],
    );
    assert.match(step.stdout, /^::error.*may be published/m);
  });

  it('ends in time although the service has stopped answering', async (t) => {
    const job = await Job.begin(t, { digests: false });
    const { emulator } = job;
    job.writeSparse('film.mp4', 64 * MIB);
    for (const action of ['UploadPart', 'AbortMultipartUpload'])
      emulator.fault({ service: 'cos', action, times: 'always', effect: { kind: 'stall' } });
    const { signal, ended } = job.start({ inputs: { files: '*.mp4' } });
    await eventually('parts', () => emulator.requestsOf('cos', 'UploadPart').length > 4);
    const sentAt = performance.now();
    signal('SIGINT');
    const step = await ended;
    const took = performance.now() - sentAt;
    assert.ok(took < DEADLINE, `${Math.round(took)} ms`);
    assert.equal(step.code, 1);
    assert.deepEqual(
      step.results?.map(({ status }) => status),
      ['cancelled'],
    );
    assert.equal(step.outputs['file-ids'], '[]');
  });

  it('leaves a results file with what is published already when it is killed', async (t) => {
    const job = await Job.begin(t);
    const { emulator } = job;
    for (const name of ['a.mp4', 'b.mp4', 'c.mp4']) job.write(name, randomBytes(5000));
    const named =
      (name: string) =>
      ({ body }: { body: unknown }) =>
        (body as { MediaName?: string }).MediaName === name;
    const delay = { kind: 'delay', ms: 60_000 } as const;
    emulator.fault({ service: 'vod', action: 'ApplyUpload', match: named('b'), effect: delay });
    const { signal, ended } = job.start({ inputs: { files: '*.mp4', 'results-file': 'results.json' } });
    const results = () =>
      JSON.parse(readFileSync(job.file('results.json'), 'utf8')) as {
        path: string;
        status: string;
        fileId?: string;
      }[];
    await eventually(
      'both in the file',
      () =>
        existsSync(job.file('results.json')) &&
        results().filter(({ status }) => status === 'uploaded').length === 2,
    );
    signal('SIGKILL');
    await ended;
    assert.deepEqual(
      results().map(({ path, status }) => `${path} ${status}`),
      ['a.mp4 uploaded', 'b.mp4 cancelled', 'c.mp4 uploaded'],
    );
    const known = new Set(emulator.media.map(({ fileId }) => fileId));
    for (const { status, fileId } of results()) assert.equal(known.has(fileId ?? ''), status === 'uploaded');
  });

  it('a second signal changes nothing', async (t) => {
    const job = await Job.begin(t);
    const { emulator } = job;
    job.write('film.mp4', randomBytes(5000));
    emulator.fault({ service: 'vod', action: 'CommitUpload', effect: { kind: 'delay', ms: 1000 } });
    const { signal, ended } = job.start({ inputs: { files: '*.mp4' } });
    await eventually('the commit', () => emulator.requestsOf('vod', 'CommitUpload').length === 1);
    signal('SIGINT');
    signal(SECOND);
    const step = await ended;
    assert.deepEqual([step.code, step.signal, step.stderr], [1, null, '']);
    assert.equal(step.outputs['uploaded-count'], '1');
  });
});
