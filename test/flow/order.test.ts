import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RequestBudget } from '../../src/storage/request-budget.js';
import { deferred } from '../emulator/deferred.js';
import { slowDown } from '../emulator/faults.js';
import type { LoggedRequest } from '../emulator/request-log.js';
import { clips, films, largeFile, longPackageAndFilm, packageAndFile, threeFiles } from './fixture.js';
import {
  ACCESS_DENIED,
  ALL_UPLOADED,
  counts,
  HANGS,
  hasLength,
  mediaNameOf,
  THREE_UPLOADED,
  tell,
  when,
} from './story.js';

describe('what is sent first', () => {
  it('is the largest medium, and small ones follow it', async (t) => {
    const { emulator, ends } = await tell(t, { lay: threeFiles, inputs: { concurrency: '1' } });
    assert.deepEqual(ends, THREE_UPLOADED);
    const started = emulator.requestsOf('vod', 'ApplyUpload').map(mediaNameOf);
    assert.deepEqual(started, ['first', 'middle', 'last']);
  });

  it('is the largest file of a medium', async (t) => {
    const { emulator } = await tell(t, { lay: packageAndFile, inputs: { concurrency: '1' } });
    const show = emulator.media.find(({ request }) => request.MediaName === 'show');
    const keys = new Set(show?.objects.map(({ key }) => `/${key}`));
    const sizes = emulator
      .requestsOf('cos', 'PutObject')
      .flatMap(({ path, bytes }) => (keys.has(path) ? [bytes] : []));
    assert.equal(sizes.length, 6);
    assert.deepEqual(
      sizes,
      sizes.toSorted((a, b) => b - a),
    );
  });
});

describe('what waits for its turn', () => {
  it('goes out by its size, the largest first', HANGS, async (t) => {
    // One and A are under way, and B and two wait; B comes first and is smaller.
    const [waits, waitBoth, sent] = [deferred(), deferred(), deferred()];
    const { acquire } = RequestBudget.prototype;
    let turns = 0;
    t.mock.method(RequestBudget.prototype, 'acquire', function (this: RequestBudget, ...args: never) {
      const turn = Reflect.apply(acquire, this, args);
      turns++;
      if (turns === 3) waits.resolve();
      if (turns === 4) waitBoth.resolve();
      return turn;
    });
    const { emulator } = await tell(t, {
      lay: () => films({ 'one.mp4': 5000, 'two.mp4': 4000, 'a.mp4': 100, 'b.mp4': 200 }),
      inputs: { concurrency: '2' },
      faults: [
        { action: 'PutObject', match: hasLength(5000), effect: { kind: 'wait', until: waitBoth.promise } },
        { action: 'PutObject', match: hasLength(100), effect: { kind: 'wait', until: sent.promise } },
        {
          action: 'ApplyUpload',
          match: (request) => mediaNameOf(request) === 'two',
          effect: { kind: 'wait', until: waits.promise },
        },
        { ...when('PutObject', sent.resolve), match: hasLength(200) },
      ],
    });
    const sizes = emulator.requestsOf('cos').map(({ bytes }) => bytes);
    assert.deepEqual(sizes.slice(2), [4000, 200]);
  });

  it('is under way as far as concurrency allows', HANGS, async (t) => {
    const allThere = deferred();
    let there = 0;
    const { emulator } = await tell(t, {
      lay: () => films(clips(30)),
      inputs: { concurrency: '24' },
      faults: [
        {
          action: 'PutObject',
          times: 'always',
          effect: () => {
            if (++there === 24) allThere.resolve();
            return { kind: 'wait', until: allThere.promise };
          },
        },
      ],
    });
    assert.equal(counts(emulator, 'PutObject'), 30, 'none waited in vain for a connection');
    assert.ok(emulator.peakStorageRequests <= 24);
  });
});

describe('the next medium', () => {
  const BOTH_UPLOADED = { 'film.mp4': 'uploaded', 'show/show.m3u8': 'uploaded' };
  const applyForShow = {
    action: 'ApplyUpload',
    match: (request: LoggedRequest) => mediaNameOf(request) === 'show',
  };

  it('starts when the last request of the one before does', HANGS, async (t) => {
    const started = deferred();
    const { emulator, ends } = await tell(t, {
      lay: largeFile,
      inputs: { concurrency: '1' },
      faults: [
        { ...when('ApplyUpload', started.resolve), match: (request) => mediaNameOf(request) === 'small' },
        { action: 'CompleteMultipartUpload', effect: { kind: 'wait', until: started.promise } },
      ],
    });
    assert.deepEqual(ends, ALL_UPLOADED);
    const actions = emulator.requests.map(({ action }) => action);
    assert.ok(actions.lastIndexOf('ApplyUpload') > actions.lastIndexOf('UploadPart'), `${actions}`);
  });

  it('starts no sooner when requests are repeated', async (t) => {
    const { emulator, ends } = await tell(t, {
      lay: packageAndFile,
      inputs: { concurrency: '1' },
      faults: [{ action: 'PutObject', times: 3, effect: slowDown }],
    });
    assert.deepEqual(ends, BOTH_UPLOADED);
    const before = emulator.requests.slice(
      0,
      emulator.requests.findIndex((one) => mediaNameOf(one) === 'film'),
    );
    const stored = new Set(before.map(({ path }) => path).filter((path) => path !== '/'));
    // The last of the six may go out at the same moment.
    assert.ok(stored.size >= 5, `${stored.size} files were under way`);
  });

  it('starts when the ApplyUpload of the one before takes long', HANGS, async (t) => {
    const filmSent = deferred();
    const { emulator, ends } = await tell(t, {
      lay: longPackageAndFilm,
      faults: [
        { ...applyForShow, effect: { kind: 'wait', until: filmSent.promise } },
        when('CommitUpload', filmSent.resolve),
      ],
    });
    assert.deepEqual(ends, BOTH_UPLOADED);
    assert.deepEqual(emulator.requestsOf('vod', 'ApplyUpload').map(mediaNameOf), ['show', 'film']);
  });

  it('starts when the one before has failed with many files unsent', HANGS, async (t) => {
    const { ends } = await tell(t, {
      lay: longPackageAndFilm,
      faults: [{ ...applyForShow, effect: ACCESS_DENIED }],
    });
    assert.deepEqual(ends, { 'film.mp4': 'uploaded', 'show/show.m3u8': 'failed: AccessDenied' });
  });

  it('does not start with fail-fast, not even for a moment', async (t) => {
    const { emulator, ends } = await tell(t, {
      lay: longPackageAndFilm,
      inputs: { 'fail-fast': 'true' },
      faults: [{ ...applyForShow, effect: ACCESS_DENIED }],
    });
    assert.deepEqual(ends, { 'film.mp4': 'skipped', 'show/show.m3u8': 'failed: AccessDenied' });
    assert.equal(counts(emulator, 'ApplyUpload'), 1);
  });
});
