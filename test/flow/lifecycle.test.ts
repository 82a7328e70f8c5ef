import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type EndedStep, type RunningStep, startStep } from '../e2e/action.js';
import { workspaceWith } from '../unit/workspace.js';

const PROGRAM = resolve('lib/test/flow/lifecycle-jobs.js');
/** The second of the signals that a runner sends. */
const SECOND = process.platform === 'win32' ? 'SIGBREAK' : 'SIGTERM';
/** Milliseconds after which a process that does not end is killed. */
const LONGEST = 30_000;

/** A step of an action whose job ends in one of the ways of the program. */
function startJob(test: TestContext, ending: string, env: Record<string, string> = {}) {
  const workspace = workspaceWith(test, { 'film.mp4': 'moving pictures' });
  const temp = join(workspace, 'temp');
  mkdirSync(temp);
  return startStep({ workspace, temp, inputs: {}, env, longest: LONGEST, program: [PROGRAM, ending] });
}

/** Waits until the job of a step has begun to work. */
function working({ child }: RunningStep): Promise<void> {
  return new Promise((begun) => {
    child.stdout?.on('data', (text: string) => text.includes('Working.') && begun());
  });
}

/** A step whose job is sent signals while it works. */
async function interrupted(
  test: TestContext,
  ending: string,
  ...signals: NodeJS.Signals[]
): Promise<EndedStep> {
  const step = startJob(test, ending);
  await working(step);
  for (const name of signals) step.signal(name);
  return step.ended;
}

const errorsOf = ({ stdout }: EndedStep): string[] =>
  stdout.split('\n').filter((line) => line.startsWith('::error'));

/** The film that the job published is told in every place, whatever happened afterwards. */
function assertTold({ outputs, results }: EndedStep): void {
  assert.equal(outputs['file-ids'], '["5285890784246869930"]');
  assert.deepEqual(
    results?.map(({ path, status }) => [path, status]),
    [['film.mp4', 'uploaded']],
  );
}

describe('a step', { concurrency: 4 }, () => {
  it('succeeds when its job did, and keeps secrets out of the log', async (t) => {
    const step = await startJob(t, 'succeeds').ended;
    assert.deepEqual([step.code, step.stderr, errorsOf(step)], [0, '', []]);
    assert.ok(step.stdout.includes('::add-mask::a secret\n'));
    assert.match(step.summary, /film\.mp4/);
    assertTold(step);
  });

  it('measures time by a clock that nobody sets', async (t) => {
    const step = await startJob(t, 'has its clock set back').ended;
    assert.deepEqual([step.code, errorsOf(step)], [0, []]);
  });

  const failures: [ending: string, error: string][] = [
    ['is refused', '::error::Login refused.'],
    ['has a bug', '::error::Unexpected error: x is not a function'],
    ['throws no error', '::error::Unexpected error: a text'],
    ['has a bug in a callback', '::error::Unexpected error: x is not a function'],
    [
      'never settles',
      '::error::The run ended before its work was done. This is a bug of the action; please report it.',
    ],
  ];
  for (const [ending, error] of failures) {
    it(`fails when its job ${ending}, and what was published is told`, async (t) => {
      const step = await startJob(t, ending).ended;
      assert.deepEqual([step.code, errorsOf(step)[0]], [1, error]);
      assert.match(step.summary, /film\.mp4/);
      assertTold(step);
    });
  }

  it('fails when something ends the process, and what was published is told', async (t) => {
    const step = await startJob(t, 'calls process.exit').ended;
    assert.deepEqual([step.code, step.stderr], [1, '']);
    assertTold(step);
  });

  for (const [when, ending] of [
    ['while its report is written', 'has a bug in a callback while it is reported on'],
    ['after its end', 'has a bug in a callback after its end'],
  ] as const) {
    it(`fails when there is a bug ${when}, and the report is whole`, async (t) => {
      const step = await startJob(t, ending).ended;
      assert.deepEqual([step.code, step.stderr], [1, '']);
      assert.match(step.summary, /film\.mp4/);
      assertTold(step);
    });
  }

  it('shows the stack of a bug with debug logging', async (t) => {
    const step = await startJob(t, 'has a bug', { RUNNER_DEBUG: '1' }).ended;
    assert.match(step.stdout, /^::debug::TypeError: x is not a function.*lifecycle-jobs/m);
  });

  it('writes no summary where none is wanted', async (t) => {
    const { ended } = startJob(t, 'succeeds', { INPUT_SUMMARY: 'false' });
    assert.equal((await ended).summary, '');
  });
});

describe('a step that is cancelled', { concurrency: 4 }, () => {
  for (const name of ['SIGINT', SECOND] as const) {
    it(`by ${name} ends by itself when its job stops, without an error for what that broke off`, async (t) => {
      const step = await interrupted(t, 'stops when it is told to', name);
      assert.deepEqual([step.code, step.signal, step.stderr], [1, null, '']);
      assert.ok(step.stdout.includes(`Stopping, because the job was cancelled (${name})`));
      assert.match(step.stdout, /^Nothing is left to do\.$/m);
      assert.ok(!step.stdout.includes('Stopped midway'));
      assertTold(step);
    });
  }

  it('says so once, however many signals come', async (t) => {
    const step = await interrupted(t, 'stops at a second signal', 'SIGINT', SECOND);
    assert.equal(step.stdout.match(/Stopping, because/g)?.length, 1);
    assert.deepEqual([step.code, step.signal], [1, null]);
  });

  it('ends although its job left something running, and reports once', async (t) => {
    const step = await interrupted(t, 'leaves something running', 'SIGINT');
    assert.deepEqual([step.code, step.signal], [1, null]);
    assert.equal(errorsOf(step).length, 1);
  });

  it('ends although its job does not stop, and what was published is told', async (t) => {
    const step = await interrupted(t, 'does not stop', 'SIGINT');
    assert.deepEqual([step.code, step.signal, step.stderr], [1, null, '']);
    assert.match(step.summary, /Cancelled/);
    assertTold(step);
  });
});

describe('a step whose log nobody reads any more', () => {
  it('goes on, and says so in the summary', async (t) => {
    const step = startJob(t, 'loses its log');
    await working(step);
    step.child.stdout?.destroy();
    const { code, stderr, summary, ...others } = await step.ended;
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(summary, /The log ended early/);
    assertTold({ code, stderr, summary, ...others });
  });
});
