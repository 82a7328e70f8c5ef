import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EmulatorOptions } from '../emulator/emulator.js';
import { Job, type Step } from './job.js';

/** A step that logs in by the workflow's OIDC token. */
function keylessStep({ emulator }: Job): Step & { env: Record<string, string> } {
  const { roleArn, providerId } = emulator.settings.oidc;
  return {
    inputs: {
      files: '*.mp4',
      'secret-id': '',
      'secret-key': '',
      'role-arn': roleArn,
      'oidc-provider-id': providerId,
    },
    env: {
      ACTIONS_ID_TOKEN_REQUEST_URL: emulator.oidcRequestUrl,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: emulator.oidcRequestToken,
      GITHUB_RUN_ID: '7000000001',
      GITHUB_RUN_ATTEMPT: '2',
    },
  };
}

async function beginWithFilm(
  test: Parameters<typeof Job.begin>[0],
  options: EmulatorOptions = {},
): Promise<Job> {
  const job = await Job.begin(test, options);
  job.write('film.mp4', 'moving pictures');
  return job;
}

describe('a login without stored keys', () => {
  it('exchanges the token of the workflow once, and publishes with what it gets', async (t) => {
    const job = await beginWithFilm(t);
    job.write('trailer.mp4', 'moving pictures');
    const step = await job.run(keylessStep(job));
    assert.deepEqual([step.code, step.stderr], [0, ''], step.stdout);
    assert.equal(step.outputs['uploaded-count'], '2');
    const { emulator } = job;
    assert.equal(emulator.requestsOf('oidc').length, 1);
    const [exchange, ...others] = emulator.requestsOf('sts');
    assert.deepEqual(others, []);
    assert.ok(exchange);
    const { RoleArn, RoleSessionName, DurationSeconds } = exchange.body as Record<string, unknown>;
    assert.deepEqual(
      [RoleArn, RoleSessionName, DurationSeconds],
      [emulator.settings.oidc.roleArn, 'github-actions-7000000001-2', 7200],
    );
    const [apply] = emulator.requestsOf('vod');
    const token = String(apply?.headers['x-tc-token']);
    assert.ok(step.stdout.includes(`::add-mask::${token}\n`));
    const shown = step.stdout.replace(/^::add-mask::.*$/gm, '') + step.summary + step.resultsText;
    assert.ok(!shown.includes(token));
    assert.ok(!shown.includes(emulator.oidcRequestToken));
  });

  it('says which permission the job lacks', async (t) => {
    const job = await beginWithFilm(t);
    const { inputs } = keylessStep(job);
    const step = await job.run({ inputs });
    assert.equal(step.code, 1);
    assert.match(step.stdout, /^::error.*id-token: write/m);
    assert.deepEqual(job.emulator.requests, []);
  });

  it('shows what the role would have to trust when it is refused', async (t) => {
    const job = await beginWithFilm(t, {
      oidc: {
        subject: 'repo:octo-org/octo-repo:ref:refs/heads/feature',
        trustedSubjects: ['repo:octo-org/octo-repo:ref:refs/heads/main'],
      },
    });
    const step = await job.run(keylessStep(job));
    assert.deepEqual([step.code, step.stderr], [1, '']);
    // A line for what the service says, for each claim, for what to do, and for the RequestId.
    assert.match(
      step.stdout,
      /^::error::The login failed: UnauthorizedOperation: .*%0A {2}sub repo:octo-org\/octo-repo:ref:refs\/heads\/feature%0AWhat to do: .*%0ARequestId: /m,
    );
    assert.deepEqual(job.emulator.requestsOf('vod'), []);
    assert.deepEqual(
      step.results?.map(({ status }) => status),
      ['skipped'],
    );
  });
});
