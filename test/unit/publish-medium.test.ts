import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ObjectRole, PlannedMedium, PlannedObject } from '../../src/media/planned-medium.js';
import { ServiceError } from '../../src/network/errors.js';
import { applyRequest, uploadsOf } from '../../src/publish/publish-medium.js';
import type { UploadSession } from '../../src/vod/client.js';

const object = (path: string, relative: string, role: ObjectRole): PlannedObject => ({
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

function refusal(planned: PlannedMedium, granted: UploadSession): ServiceError {
  try {
    uploadsOf(planned, granted);
  } catch (error) {
    assert.ok(error instanceof ServiceError);
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
      expireTime: '2030-01-31T12:00:00Z',
      storageRegion: 'ap-shanghai',
    };
    assert.deepEqual(applyRequest(planned, apply), {
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
    assert.deepEqual(applyRequest(medium(), {}), { MediaType: 'm3u8', MediaName: 'a' });
  });
});

describe('the keys of a medium', () => {
  it('lie beside the manifest under their relative paths', () => {
    const planned = medium({ cover: object('art/a.jpg', '', 'cover') });
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

  it('must not overwrite the manifest', () => {
    const planned = medium({
      objects: [object('hls/a.m3u8', '', 'manifest'), object('hls/f0.m3u8', 'f0.m3u8', 'playlist')],
    });
    const error = refusal(planned, session());
    assert.deepEqual([error.code, error.kind], ['KeyClash', 'final']);
    assert.match(error.message, /^hls\/f0\.m3u8 would be stored at prefix\/52\/f0\.m3u8/);
    assert.equal(keysOf(planned, session({ mediaKey: 'prefix/52/f1.m3u8' })).length, 2);
  });

  it('must have a place for the cover', () => {
    const error = refusal(medium({ cover: object('a.jpg', '', 'cover') }), session({ coverKey: '' }));
    assert.deepEqual([error.code, error.requestId], ['IncompleteAnswer', 'beef']);
    assert.match(error.message, /a\.jpg/);
  });
});
