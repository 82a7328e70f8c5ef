import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CodedError } from '../../src/errors.js';
import type { PlannedMedium } from '../../src/media/planned-medium.js';
import { cancelledError, ServiceError } from '../../src/network/errors.js';
import { publishAndReport } from '../../src/publish/medium-report.js';
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
