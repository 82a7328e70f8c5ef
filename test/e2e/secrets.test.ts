import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { slowDown } from '../emulator/faults.js';
import type { EndedStep } from './action.js';
import { Job } from './job.js';

const MIB = 1024 * 1024;

/** Fails when a secret stands anywhere that people can read; masks are no such place. */
function assertSilent(step: EndedStep, secrets: readonly string[]): void {
  const masks = new Set(step.stdout.split('\n').filter((line) => line.startsWith('::add-mask::')));
  const places = {
    stdout: step.stdout.replace(/^::add-mask::.*$/gm, ''),
    stderr: step.stderr,
    outputs: JSON.stringify(step.outputs),
    summary: step.summary,
    'results file': step.resultsText,
  };
  for (const secret of secrets) {
    assert.ok(masks.has(`::add-mask::${secret}`), `${secret} is masked`);
    for (const [place, text] of Object.entries(places)) {
      assert.ok(!text.includes(secret), `${secret} in the ${place}`);
      assert.ok(!text.includes(encodeURIComponent(secret)), `${secret}, encoded, in the ${place}`);
    }
  }
  for (const [place, text] of Object.entries(places))
    assert.doesNotMatch(text, /q-signature=|TC3-HMAC-SHA256/, `a signature in the ${place}`);
}

function secretsOf(job: Job, more: readonly string[]): string[] {
  const certificates = job.emulator.sessions.flatMap(({ certificate }) => [
    certificate.secretId,
    certificate.secretKey,
    certificate.token,
  ]);
  assert.ok(certificates.length > 0);
  return [...more, ...certificates];
}

describe('secrets', () => {
  for (const debug of ['', '1']) {
    it(`stay out of everything that a run prints ${debug && 'with debug logging'}`.trim(), async (t) => {
      const job = await Job.begin(t);
      const key = job.emulator.issueTemporaryKey(3600);
      job.write('a.mp4', randomBytes(1000));
      job.write('b.mp4', randomBytes(2000));
      job.write('c.mp4', randomBytes(20 * MIB));
      const { emulator } = job;
      emulator.fault({ service: 'cos', action: 'PutObject', effect: slowDown });
      emulator.fault({
        service: 'cos',
        action: 'UploadPart',
        effect: { kind: 'reset-amid', afterBytes: MIB },
      });
      emulator.fault({
        service: 'cos',
        action: 'PutObject',
        match: ({ path }) =>
          emulator.sessions.some(
            ({ mediaKey, request }) => path === `/${mediaKey}` && request.MediaName === 'b',
          ),
        times: 'always',
        effect: { kind: 'error', code: 'SignatureDoesNotMatch' },
      });
      const step = await job.run({
        inputs: {
          files: '*.mp4',
          'secret-id': key.secretId,
          'secret-key': key.secretKey,
          'session-token': key.token,
        },
        env: debug === '' ? {} : { RUNNER_DEBUG: debug },
      });
      assert.deepEqual([step.code, step.stderr], [1, '']);
      assert.equal(step.outputs['uploaded-count'], '2');
      assertSilent(step, secretsOf(job, [key.secretId, key.secretKey, key.token]));

      const logged = [
        ...step.stdout.matchAll(
          /^::debug::(VOD|COS) ([A-Z]+) (\S+) (\d{3}|[A-Za-z]+) (\d+) ms(?: RequestId (\S+))?$/gm,
        ),
      ];
      if (debug === '') {
        assert.deepEqual(logged, []);
        return;
      }
      assert.equal(logged.length, emulator.requests.length, 'a line for each request');
      const lines = new Set(
        logged.map(([, , method, host, status, , id]) => `${method} ${host} ${status} ${id}`),
      );
      for (const { method, host, status, requestId, service, action } of emulator.requests) {
        if (status === 0) continue;
        const line = `${method} ${host} ${status} ${requestId}`;
        assert.ok(lines.has(line), `${service} ${action}: ${line}`);
      }
    });
  }

  it('that a service echoes are taken out of what is kept', async (t) => {
    const job = await Job.begin(t);
    const key = job.emulator.issueTemporaryKey(3600);
    job.write('a.mp4', randomBytes(1000));
    const echo = `The token ${key.token} of ${key.secretId} is refused.`;
    job.emulator.fault({
      service: 'vod',
      times: 'always',
      effect: { kind: 'error', code: 'FailedOperation', message: echo },
    });
    const step = await job.run({
      inputs: {
        files: '*.mp4',
        'secret-id': key.secretId,
        'secret-key': key.secretKey,
        'session-token': key.token,
      },
    });
    assert.equal(step.results?.[0]?.error?.message, 'The token *** of *** is refused.');
    assertSilent(step, [key.secretId, key.secretKey, key.token]);
  });
});
