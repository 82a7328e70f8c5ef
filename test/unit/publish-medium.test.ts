import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CodedError } from '../../src/errors.js';
import type { FileRole } from '../../src/media/package/reference.js';
import type { PlannedMedium, PlannedObject } from '../../src/media/planned-medium.js';
import { ServiceError } from '../../src/network/errors.js';
import { applyRequest, publishMedium, uploadsOf } from '../../src/publish/publish-medium.js';
import type { UploadEngine } from '../../src/storage/engine.js';
import type { Reservation } from '../../src/storage/request-budget.js';
import type { UploadSession, Uploads } from '../../src/vod/uploads.js';
import { never } from './local-server.js';

const object = (path: string, relative: string, role: FileRole): PlannedObject => ({
  file: `/w/${path}`,
  path,
  relative,
  role,
  size: 1,
  mtimeMs: 1,
  contentType: 'video/mp2t',
});

const medium = (changes: Partial<PlannedMedium> = {}): PlannedMedium => ({
  path: 'hls/a.m3u8',
  kind: 'hls',
  mediaName: 'a',
  mediaType: 'm3u8',
  objects: [object('hls/a.m3u8', '', 'manifest'), object('hls/v/0.ts', 'v/0.ts', 'segment')],
  bytes: 2,
  ...changes,
});

const session = (changes: Partial<UploadSession> = {}): UploadSession => ({
  key: 'session',
  bucket: 'b-1250000000',
  storageRegion: 'ap-guangzhou-2',
  mediaKey: 'prefix/52/f0.m3u8',
  coverKey: 'prefix/52/53.jpg',
  credentials: { secretId: 'i', secretKey: 'k', token: 't', expiresAt: 0 },
  requestId: 'beef',
  ...changes,
});

const keysOf = (planned: PlannedMedium, granted: UploadSession) =>
  uploadsOf(planned, granted).map(({ path, key }) => [path, key]);

function refusal(planned: PlannedMedium, granted: UploadSession): CodedError {
  try {
    uploadsOf(planned, granted);
  } catch (error) {
    assert.ok(error instanceof CodedError);
    return error;
  }
  return assert.fail('it was let pass');
}

describe('ApplyUpload', () => {
  it('is sent every field that is known', () => {
    const planned = medium({
      coverType: 'jpg',
      sourceContext: 'source',
      sessionContext: 'session',
      mediaStoragePath: '/films/a.m3u8',
    });
    const apply = {
      subAppId: 1_500_000_001,
      classId: 0,
      procedure: 'Lesson',
      expireTimeAt: (now: number) => `${new Date(now).toISOString().slice(0, 19)}Z`,
      storageRegion: 'ap-shanghai',
    };
    assert.deepEqual(applyRequest(planned, apply, Date.parse('2030-01-31T12:00:00Z')), {
      MediaType: 'm3u8',
      SubAppId: 1_500_000_001,
      MediaName: 'a',
      CoverType: 'jpg',
      Procedure: 'Lesson',
      ExpireTime: '2030-01-31T12:00:00Z',
      StorageRegion: 'ap-shanghai',
      ClassId: 0,
      SourceContext: 'source',
      SessionContext: 'session',
      MediaStoragePath: '/films/a.m3u8',
    });
  });

  it('is not sent the fields that are not', () => {
    assert.deepEqual(applyRequest(medium(), {}, 0), { MediaType: 'm3u8', MediaName: 'a' });
  });
});

describe('an ApplyUpload under way', () => {
  /** Publishes a medium whose ApplyUpload lasts until it is ended; tells what becomes of its reservation. */
  const applying = () => {
    const calls: string[] = [];
    const reservation: Reservation = {
      take: () => calls.push('take'),
      delay: () => calls.push('delay'),
      resume: () => calls.push('resume'),
      cancel: () => calls.push('cancel'),
    };
    let answer: (granted: UploadSession) => void = () => undefined;
    let refuse: (error: Error) => void = () => undefined;
    const uploads: Pick<Uploads, 'apply' | 'commit'> = {
      apply: () =>
        new Promise((resolve, reject) => {
          [answer, refuse] = [resolve, reject];
        }),
      commit: async () => ({ fileId: '1', mediaUrl: '', coverUrl: '', requestId: '' }),
    };
    const engine: Pick<UploadEngine, 'upload'> = {
      upload: async () => {
        calls.push('upload');
      },
    };
    const publisher = { uploads: uploads as Uploads, engine: engine as UploadEngine, apply: {} };
    const events = {
      onStage: () => {},
      onRestart: () => {},
      onDigests: () => {},
      onPublished: () => {},
      onBytes: () => {},
      onObject: () => {},
    };
    const done = publishMedium(medium(), publisher, reservation, events, { now: never, soon: never });
    return { calls, done, answer: () => answer(session()), refuse: (error: Error) => refuse(error) };
  };

  it('for more than a second gives way to others until it has ended, however it ends', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const [late, refused] = [applying(), applying()];
    t.mock.timers.tick(999);
    assert.deepEqual(late.calls, []);
    t.mock.timers.tick(1);
    assert.deepEqual(late.calls, ['delay']);
    late.answer();
    await late.done;
    assert.deepEqual(late.calls, ['delay', 'resume', 'upload']);
    refused.refuse(new CodedError('Refused', 'no'));
    await assert.rejects(refused.done);
    assert.deepEqual(refused.calls, ['delay', 'resume']);
  });

  it('for less never gives way', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { calls, done, answer } = applying();
    answer();
    await done;
    t.mock.timers.tick(60_000);
    assert.ok(!calls.includes('delay'));
  });
});

describe('the keys of a medium', () => {
  it('lie beside the manifest under their relative paths', () => {
    const planned = medium();
    planned.objects.push(object('art/a.jpg', '', 'cover'));
    assert.deepEqual(keysOf(planned, session()), [
      ['hls/a.m3u8', 'prefix/52/f0.m3u8'],
      ['hls/v/0.ts', 'prefix/52/v/0.ts'],
      ['art/a.jpg', 'prefix/52/53.jpg'],
    ]);
  });

  it('may have no folder, and keep their first letter', () => {
    assert.deepEqual(keysOf(medium(), session({ mediaKey: 'f0.m3u8' })), [
      ['hls/a.m3u8', 'f0.m3u8'],
      ['hls/v/0.ts', 'v/0.ts'],
    ]);
  });

  it('carry what the engine needs of the file', () => {
    const [upload] = uploadsOf(medium(), session());
    assert.deepEqual(upload, { ...object('hls/a.m3u8', '', 'manifest'), key: 'prefix/52/f0.m3u8' });
  });

  it('must not overwrite the manifest or the cover, nor each other', () => {
    const clashes: [PlannedObject[], string][] = [
      [[object('hls/f0.m3u8', 'f0.m3u8', 'playlist')], 'hls/f0.m3u8 would be stored at prefix/52/f0.m3u8'],
      [
        [object('hls/53.jpg', '53.jpg', 'other'), object('art/a.jpg', '', 'cover')],
        'art/a.jpg would be stored at prefix/52/53.jpg',
      ],
      [[object('hls/0.ts', '0.ts', 'segment'), object('hls/x.ts', '0.ts', 'segment')], 'hls/x.ts would be'],
    ];
    for (const [more, message] of clashes) {
      const error = refusal(medium({ objects: [object('hls/a.m3u8', '', 'manifest'), ...more] }), session());
      assert.equal(error.code, 'KeyClash');
      assert.ok(error.message.startsWith(message), error.message);
    }
  });

  it('clash only under the names that the service chose', () => {
    const planned = medium({
      objects: [object('hls/a.m3u8', '', 'manifest'), object('hls/f0.m3u8', 'f0.m3u8', 'playlist')],
    });
    assert.equal(keysOf(planned, session({ mediaKey: 'prefix/52/f1.m3u8' })).length, 2);
  });

  it('must have a place for the cover', () => {
    const planned = medium({ objects: [object('a.mp4', '', 'media'), object('a.jpg', '', 'cover')] });
    const error = refusal(planned, session({ coverKey: '' }));
    assert.ok(error instanceof ServiceError);
    assert.deepEqual([error.code, error.requestId], ['IncompleteAnswer', 'beef']);
    assert.match(error.message, /a\.jpg/);
  });
});
