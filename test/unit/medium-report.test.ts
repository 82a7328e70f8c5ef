import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CodedError } from '../../src/errors.js';
import type { PlannedMedium } from '../../src/media/planned-medium.js';
import { cancelledError, ServiceError } from '../../src/network/errors.js';
import { publishAndReport, refusedResult } from '../../src/publish/medium-report.js';
import type { Publisher } from '../../src/publish/publish-medium.js';
import type { MediumUpdate } from '../../src/results.js';

const MEDIUM: PlannedMedium = {
  path: 'a.mp4',
  kind: 'file',
  mediaName: 'a',
  mediaType: 'mp4',
  objects: [],
  bytes: 0,
};

const SESSION = { key: 'k', bucket: 'b', storageRegion: 'r', mediaKey: 'm', coverKey: '', credentials: {} };
const PUBLISHED = { fileId: '1', mediaUrl: 'http://x/a.mp4', coverUrl: '', requestId: 'id' };

/** Publishes a medium over services of which one does what the test says, and gathers what is reported. */
async function publish(fails: { apply?: unknown; upload?: unknown; commit?: unknown }) {
  const step = (error: unknown, result: unknown) => async (): Promise<unknown> => {
    if (error !== undefined) throw error;
    return result;
  };
  const publisher = {
    uploads: { apply: step(fails.apply, SESSION), commit: step(fails.commit, PUBLISHED) },
    engine: { upload: step(fails.upload, undefined) },
    apply: {},
  } as unknown as Publisher;
  const reservation = { take() {}, delay() {}, resume() {}, cancel() {} };
  const progress = { sent() {}, unsent() {}, objectDone() {}, restarted() {} };
  const never = new AbortController().signal;
  const updates: MediumUpdate[] = [];
  let now = 1000;
  const succeeded = await publishAndReport(
    MEDIUM,
    publisher,
    reservation,
    progress,
    (update) => updates.push(update),
    () => undefined,
    { now: never, soon: never },
    () => (now += 500),
  );
  return { succeeded, known: Object.assign({}, ...updates) as MediumUpdate };
}

describe('what is reported of a medium', () => {
  it('is what the commit brought, and how long it took', async () => {
    const { succeeded, known } = await publish({});
    assert.ok(succeeded);
    assert.deepEqual(known, {
      startedAt: 1500,
      endedAt: 2000,
      ...PUBLISHED,
      objects: 0,
      bytes: 0,
      seconds: 0.5,
    });
  });

  it('is the stage in which it failed, with what the service said', async () => {
    for (const stage of ['apply', 'upload', 'commit'] as const) {
      const error = new ServiceError('VOD', { code: 'Odd', message: 'No.', kind: 'final', requestId: 'r' });
      const { succeeded, known } = await publish({ [stage]: error });
      assert.ok(!succeeded);
      assert.deepEqual(known.error, { stage, code: 'Odd', message: 'No.', requestId: 'r' });
    }
  });

  it('is a failure of its own for whatever is thrown in it', async () => {
    const thrown: [unknown, string, string][] = [
      [new CodedError('FileChanged', 'It changed.'), 'FileChanged', 'It changed.'],
      [new TypeError('x is undefined'), 'UnexpectedError', 'TypeError: x is undefined'],
      ['a text', 'UnexpectedError', 'a text'],
      [null, 'UnexpectedError', 'null'],
    ];
    for (const [error, code, message] of thrown) {
      const { succeeded, known } = await publish({ upload: error });
      assert.ok(!succeeded);
      assert.deepEqual(known.error, { stage: 'upload', code, message, requestId: '' });
      assert.ok(known.advice, code);
    }
  });

  it('is no failure when the run was stopped', async () => {
    const { succeeded, known } = await publish({ commit: cancelledError('VOD') });
    assert.ok(succeeded);
    assert.equal(known.error, undefined);
    assert.equal(known.endedAt, 2000);
  });
});

describe('a medium that the plan refuses', () => {
  const refused = (...problems: [code: string, message: string][]) => {
    const medium = { path: 'a.m3u8', kind: 'hls' as const, mediaName: 'a' };
    return refusedResult({ ...medium, problems: problems.map(([code, message]) => ({ code, message })) });
  };

  it('has the code of its first problem, and all of them in its message', () => {
    assert.deepEqual(
      refused(['missing', '1.ts is missing.'], ['missing', '2.ts is missing.'], ['empty', '3.ts is empty.']),
      {
        path: 'a.m3u8',
        kind: 'hls',
        status: 'failed',
        mediaName: 'a',
        objects: 0,
        bytes: 0,
        seconds: 0,
        error: {
          stage: 'plan',
          code: 'missing',
          message: '1.ts is missing.\n2.ts is missing.\nempty: 3.ts is empty.',
          requestId: '',
        },
      },
    );
  });

  it('shows twenty problems, and counts the others', () => {
    const problems = (count: number) =>
      Array.from({ length: count }, (_, index): [string, string] => ['missing', `${index}.ts`]);
    const lines = (count: number) => refused(...problems(count)).error?.message.split('\n') ?? [];
    assert.equal(lines(20).length, 20);
    assert.equal(lines(21).at(-1), 'and 1 more problem');
    assert.equal(lines(22).at(-1), 'and 2 more problems');
    assert.equal(lines(22).length, 21);
  });
});
