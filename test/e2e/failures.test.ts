import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { requestLimitExceeded } from '../emulator/faults.js';
import type { EndedStep } from './action.js';
import { Job } from './job.js';

/** The statuses of all media in path order. */
function statuses(step: EndedStep): (string | undefined)[] | undefined {
  return step.results?.map(({ path, status }) => `${path} ${status}`);
}

describe('a medium that the service refuses', () => {
  const refuseSecond = (job: Job) =>
    job.emulator.fault({
      service: 'vod',
      action: 'ApplyUpload',
      match: ({ body }) => (body as { MediaName?: string }).MediaName === 'b',
      times: 'always',
      effect: { kind: 'error', code: 'InvalidParameterValue.MediaType', message: 'No such type.' },
    });

  it('fails the step, and the others are published', async (t) => {
    const job = await Job.begin(t);
    for (const name of ['a', 'b', 'c']) job.write(`${name}.mp4`, randomBytes(1000));
    refuseSecond(job);
    const step = await job.run({ inputs: { files: '*.mp4' } });
    assert.deepEqual([step.code, step.stderr], [1, '']);
    assert.deepEqual(statuses(step), ['a.mp4 uploaded', 'b.mp4 failed', 'c.mp4 uploaded']);

    const refused = job.emulator.requests.find(({ code }) => code !== '');
    assert.deepEqual(step.results?.[1]?.error, {
      stage: 'apply',
      code: 'InvalidParameterValue.MediaType',
      message: 'No such type.',
      requestId: refused?.requestId,
    });
    assert.ok(refused?.requestId);
    assert.ok(step.summary.includes(refused.requestId));
    assert.match(step.summary, /1 medium failed/);
    assert.match(step.stdout, new RegExp(`^::error [^:]*::b\\.mp4: .*RequestId: ${refused.requestId}$`, 'm'));
    assert.match(step.stdout, /What to do: /);

    const ids = JSON.parse(step.outputs['file-ids'] ?? '');
    assert.deepEqual(ids, [step.results?.[0]?.fileId, step.results?.[2]?.fileId]);
    assert.deepEqual(
      ids.toSorted(),
      job.emulator.media.map(({ fileId }) => fileId).toSorted(),
      'nothing that is published is missing',
    );
    assert.deepEqual([step.outputs['uploaded-count'], step.outputs['failed-count']], ['2', '1']);
    assert.equal(step.outputs['uploaded-bytes'], '2000');
  });

  it('stops with fail-fast those that have not started', async (t) => {
    // The second medium applies when the first is being sent: the first is whole by the time of the refusal.
    const job = await Job.begin(t, { apiLatencyMs: 500 });
    for (const name of ['a', 'b', 'c', 'd', 'e']) job.write(`${name}.mp4`, randomBytes(1000));
    refuseSecond(job);
    const step = await job.run({ inputs: { files: '*.mp4', 'fail-fast': 'true', concurrency: '1' } });
    assert.equal(step.code, 1);
    assert.deepEqual(statuses(step), [
      'a.mp4 uploaded',
      'b.mp4 failed',
      'c.mp4 skipped',
      'd.mp4 skipped',
      'e.mp4 skipped',
    ]);
    assert.deepEqual(
      job.emulator.requestsOf('vod', 'ApplyUpload').length,
      2,
      'the others were not applied for',
    );
    assert.deepEqual(JSON.parse(step.outputs['file-ids'] ?? ''), [step.results?.[0]?.fileId]);
    assert.deepEqual(JSON.parse(step.outputs.results ?? ''), step.results);
  });
});

describe('errors of the API', () => {
  const cases = [
    ['UnauthorizedOperation', /vod:ApplyUpload/],
    ['AuthFailure.UnauthorizedOperation', /CAM/],
    ['AuthFailure.SignatureFailure', /secret-key/],
    ['AuthFailure.SecretIdNotFound', /secret-id/],
    ['InvalidParameterValue.SubAppId', /sub-app-id/],
    ['FailedOperation.InvalidVodUser', /sub-app-id/],
    ['InvalidParameterValue.StorageRegion', /storage-region/],
  ] as const;
  for (const [code, advice] of cases) {
    it(`${code} comes with a line on what to do, in the log and in the summary`, async (t) => {
      const job = await Job.begin(t);
      job.write('a.mp4', 'moving pictures');
      job.emulator.fault({ service: 'vod', times: 'always', effect: { kind: 'error', code } });
      const step = await job.run({ inputs: { files: '*.mp4' } });
      assert.deepEqual([step.code, step.stderr], [1, '']);
      assert.equal(step.results?.[0]?.error?.code, code);
      const [request] = job.emulator.requests;
      assert.equal(job.emulator.requests.length, 1, 'a repeat would be refused again');
      const [annotation = ''] = /^::error .*$/m.exec(step.stdout) ?? [];
      const [, told = ''] = /What to do: (.*?)%0A/.exec(annotation) ?? [];
      assert.match(told, advice);
      for (const text of [annotation, step.summary]) {
        assert.ok(text.includes(request?.requestId ?? 'no request'));
        assert.match(text, /What to do/);
      }
    });
  }

  it('throttling is waited out', async (t) => {
    const job = await Job.begin(t);
    job.write('a.mp4', 'moving pictures');
    for (const action of ['ApplyUpload', 'CommitUpload'])
      job.emulator.fault({ service: 'vod', action, effect: requestLimitExceeded });
    const step = await job.run({ inputs: { files: '*.mp4' } });
    assert.equal(step.code, 0, step.stdout);
    assert.deepEqual(
      job.emulator.requestsOf('vod').map(({ action, code }) => `${action} ${code}`.trim()),
      [
        'ApplyUpload RequestLimitExceeded',
        'ApplyUpload',
        'CommitUpload RequestLimitExceeded',
        'CommitUpload',
      ],
    );
    assert.match(step.stdout, /again.*RequestLimitExceeded/);
  });
});

describe('a Node without WebAssembly', () => {
  it('is named before anything is sent', async (t) => {
    const job = await Job.begin(t);
    job.write('a.mp4', 'pictures');
    const step = await job.run({ inputs: { files: '*.mp4' }, env: { NODE_OPTIONS: '--jitless' } });
    assert.equal(step.code, 1);
    assert.match(step.stdout, /^::error.*without WebAssembly.*--jitless/m);
    assert.equal(step.outputs['uploaded-count'], '0');
    assert.deepEqual(job.emulator.requests, []);
  });
});

describe('a report that cannot be written', () => {
  const places: [what: string, lay: (job: Job) => string, message: RegExp][] = [
    [
      'a results file below a file',
      (job) => join(job.file('a.mp4'), 'results.json'),
      /results-file: .* cannot be written/,
    ],
    ['a results file that is a folder', (job) => job.workspace, /results-file: .* cannot be written/],
    ['a results file that is a video', (job) => job.file('a.mp4'), /media file of this name/],
    [
      'a results file that is a video which no pattern matches',
      (job) => job.file('b.mov'),
      /media file of this name/,
    ],
  ];
  for (const [what, lay, message] of places) {
    it(`because of ${what} is found out before anything is published`, async (t) => {
      const job = await Job.begin(t);
      job.write('a.mp4', 'pictures');
      job.write('b.mov', 'pictures');
      const step = await job.run({ inputs: { files: '*.mp4', 'results-file': lay(job) } });
      assert.equal(step.code, 1);
      for (const name of ['a.mp4', 'b.mov']) assert.equal(readFileSync(job.file(name), 'utf8'), 'pictures');
      assert.match(step.stdout, message);
      assert.deepEqual(job.emulator.requests, []);
    });
  }
});
