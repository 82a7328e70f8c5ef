import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PlannedMedium } from '../../src/media/planned-medium.js';
import { ServiceError } from '../../src/network/errors.js';
import type { Publisher } from '../../src/publish/publish-medium.js';
import { type PublishOptions, publishMedia } from '../../src/publish/scheduler.js';
import type { MediumUpdate } from '../../src/results.js';
import type { UploadEngine, UploadEvents } from '../../src/storage/engine.js';
import { RequestBudget, type Reservation } from '../../src/storage/request-budget.js';
import type { Upload } from '../../src/storage/upload-context.js';
import type { UploadSession, Uploads } from '../../src/vod/uploads.js';
import { deferred } from '../emulator/deferred.js';
import { never } from './local-server.js';

type Stop = (signal: AbortSignal) => Promise<void> | void;

/** What becomes of a medium at each stage; absent stages succeed at once. */
interface Script {
  apply?: Stop;
  upload?: (signal: AbortSignal, events: UploadEvents) => Promise<void> | void;
  commit?: Stop;
}

/** Services that do with each medium what its script says. */
function publisherOf(scripts: Readonly<Record<string, Script>>, budget: RequestBudget): Publisher {
  const uploads: Pick<Uploads, 'apply' | 'commit'> = {
    async apply(name, _requestAt, signal) {
      await scripts[name]?.apply?.(signal);
      const credentials = { secretId: 'i', secretKey: 'k', token: 't', expiresAt: 0 };
      const place = { bucket: 'b', storageRegion: 'r', mediaKey: `${name}.mp4`, coverKey: '' };
      return { key: name, ...place, credentials, requestId: '' } satisfies UploadSession;
    },
    async commit({ VodSessionKey: name }, signal) {
      await scripts[name]?.commit?.(signal);
      return { fileId: `FileId of ${name}`, mediaUrl: '', coverUrl: '', requestId: '' };
    },
  };
  const engine: Pick<UploadEngine, 'reserve' | 'upload'> = {
    reserve: (sizes) => budget.reserve(sizes.length),
    async upload([upload], _destination, reservation: Reservation, events, signal) {
      const { key, path, size } = upload as Upload;
      reservation.take();
      const script = scripts[key.replace('.mp4', '')];
      if (script?.upload) await script.upload(signal, events);
      else events.onBytes(size);
      events.onObject(path);
    },
  };
  return { uploads: uploads as Uploads, engine: engine as UploadEngine, apply: {} };
}

function mediumOf(name: string, size: number): PlannedMedium {
  const path = `${name}.mp4`;
  const file = { file: `/w/${path}`, path, relative: '', size, mtimeMs: 1, contentType: 'video/mp4' };
  return {
    path,
    kind: 'file',
    mediaName: name,
    mediaType: 'mp4',
    objects: [{ ...file, role: 'media' }],
    bytes: size,
  };
}

/** Publishes films of equal size, which start in the order of their scripts. */
function publishing(scripts: Readonly<Record<string, Script>>, changes: Partial<PublishOptions> = {}) {
  const budget = new RequestBudget(32, () => 0);
  const updates: Record<string, MediumUpdate> = {};
  const sent: Record<string, string> = {};
  const ended: string[] = [];
  let time = 1000;
  const done = publishMedia(
    Object.keys(scripts).map((name) => mediumOf(name, 10)),
    {
      publisher: publisherOf(scripts, budget),
      budget,
      failFast: false,
      signal: never,
      progressOf: ({ mediaName: name }) => {
        const note = (what: string): void => {
          sent[name] = `${sent[name] ?? ''}${what}`;
        };
        return {
          sent: (bytes) => note(`+${bytes}`),
          unsent: (bytes) => note(`-${bytes}`),
          objectDone: () => note('!'),
          restarted: () => note('^'),
        };
      },
      onUpdate: ({ mediaName: name }, update) => {
        updates[name] = { ...updates[name], ...update };
      },
      onDigests: () => undefined,
      onEnd: ({ mediaName: name }) => ended.push(name),
      now: () => {
        time += 1000;
        return time;
      },
      ...changes,
    },
  );
  return { done, updates, sent, ended };
}

/** Lets everything run that can. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const refusal = new ServiceError('COS', {
  code: 'AccessDenied',
  message: 'No.',
  kind: 'final',
  requestId: 'beef',
});

/** Something that lasts until its signal fires or `end` is called, and the signal that it was given. */
function lasting() {
  const over = deferred();
  const script = {
    end: () => over.resolve(),
    signal: never,
    run: (signal: AbortSignal): Promise<void> => {
      script.signal = signal;
      return new Promise((resolve, reject) => {
        const stop = () =>
          reject(new ServiceError('COS', { code: 'Cancelled', message: '', kind: 'cancelled' }));
        if (signal.aborted) stop();
        signal.addEventListener('abort', stop, { once: true });
        void over.promise.then(resolve);
      });
    },
  };
  return script;
}

describe('media', () => {
  it('are reported as they come, each by its progress, its updates and its end', async () => {
    const { done, updates, sent, ended } = publishing({
      good: {
        upload: (_, { onBytes }) => {
          for (const bytes of [10, -10, 10]) onBytes(bytes);
        },
      },
    });
    await done;
    assert.deepEqual(sent, { good: '+10-10+10!' });
    assert.equal(updates.good?.fileId, 'FileId of good');
    assert.deepEqual(ended, ['good']);
  });

  it('that fail are reported by stage and what was sent, and the others go on', async () => {
    const fail = (): never => {
      throw refusal;
    };
    const { done, updates, ended } = publishing({
      unwanted: { apply: fail },
      lost: {
        upload: (_, { onBytes }) => {
          onBytes(4);
          throw refusal;
        },
      },
      uncommitted: { commit: fail },
      good: {},
    });
    await done;
    const brief = Object.entries(updates).map(([name, { error, bytes, objects, fileId }]) => [
      ...[name, error?.stage, bytes, objects, fileId],
    ]);
    assert.deepEqual(brief.sort(), [
      ['good', undefined, 10, 1, 'FileId of good'],
      ['lost', 'upload', 4, 0, undefined],
      ['uncommitted', 'commit', 10, 1, undefined],
      ['unwanted', 'apply', 0, 0, undefined],
    ]);
    assert.deepEqual(ended.sort(), ['good', 'lost', 'uncommitted', 'unwanted']);
  });

  it('stop with fail-fast, but not those whose bytes are all stored', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const [commit, upload] = [lasting(), lasting()];
    const fail = lasting();
    const { done, updates, ended } = publishing(
      {
        stored: { commit: commit.run },
        sending: { upload: upload.run },
        refused: { upload: (signal) => fail.run(signal).then(() => Promise.reject(refusal)) },
      },
      { failFast: true },
    );
    await settled();
    fail.end();
    await settled();
    assert.deepEqual(ended.sort(), ['refused', 'sending']);
    t.mock.timers.tick(3_600_000);
    assert.equal(commit.signal.aborted, false);
    commit.end();
    await done;
    assert.equal(updates.stored?.fileId, 'FileId of stored');
    assert.equal(updates.sending?.error, undefined, 'it was stopped and did not fail');
  });
});

describe('a run that is stopped', () => {
  it('sends nothing more, and gives commits three seconds', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const stop = new AbortController();
    const [apply, upload, commit] = [lasting(), lasting(), lasting()];
    const { done, updates, ended } = publishing(
      { applying: { apply: apply.run }, sending: { upload: upload.run }, stored: { commit: commit.run } },
      { signal: stop.signal },
    );
    await settled();
    stop.abort();
    await settled();
    assert.deepEqual(ended.sort(), ['applying', 'sending']);
    t.mock.timers.tick(2999);
    assert.equal(commit.signal.aborted, false);
    t.mock.timers.tick(1);
    assert.equal(commit.signal.aborted, true);
    await done;
    assert.deepEqual(updates.sending?.error, undefined);
  });

  it('does not wait for the three seconds when there is nothing to commit', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const stop = new AbortController();
    const commit = lasting();
    const { done } = publishing({ stored: { commit: commit.run } }, { signal: stop.signal });
    await settled();
    stop.abort();
    commit.end();
    await done;
    t.mock.timers.tick(3_600_000);
    assert.equal(commit.signal.aborted, false, 'no timer is left that would keep the process alive');
  });

  it('before it began starts nothing, and every medium has its end', async () => {
    const { done, updates, ended } = publishing({ one: {}, other: {} }, { signal: AbortSignal.abort() });
    await done;
    assert.deepEqual([updates, ended], [{}, ['one', 'other']]);
  });
});
