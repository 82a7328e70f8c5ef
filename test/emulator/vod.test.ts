import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { type ApiVariation, apply, callCos, callVod, callVodByForm } from './cloud-client.js';
import { startEmulator } from './emulator.js';

const emulator = await startEmulator({ pathSubAppIds: [1500000009], keepBodies: true });
beforeEach(() => emulator.reset());
after(() => emulator.close());

const now = (): number => emulator.clock.seconds();

describe('the VOD API refuses requests that are not signed as TC3-HMAC-SHA256 says', () => {
  const cases: ReadonlyArray<[name: string, code: string, variation: () => ApiVariation]> = [
    ['a wrong signature', 'AuthFailure.SignatureFailure', () => ({ signature: '0'.repeat(64) })],
    ['another service name', 'AuthFailure.SignatureFailure', () => ({ service: 'cvm' })],
    ['no Authorization', 'AuthFailure.SignatureFailure', () => ({ headers: { Authorization: '' } })],
    [
      'a body changed on the way',
      'AuthFailure.SignatureFailure',
      () => ({ headers: { 'Content-Type': 'application/json; a' } }),
    ],
    ['a timestamp six minutes old', 'AuthFailure.SignatureExpire', () => ({ timestamp: now() - 360 })],
    ['a timestamp six minutes ahead', 'AuthFailure.SignatureExpire', () => ({ timestamp: now() + 360 })],
    ['no timestamp', 'MissingParameter', () => ({ headers: { 'X-TC-Timestamp': '' } })],
    [
      'an unknown key',
      'AuthFailure.SecretIdNotFound',
      () => ({ signer: { secretId: 'AKIDunknown', secretKey: 'x', token: '' } }),
    ],
    [
      'a token with a permanent key',
      'AuthFailure.TokenFailure',
      () => ({ headers: { 'X-TC-Token': 'token' } }),
    ],
    [
      'a temporary key without its token',
      'AuthFailure.TokenFailure',
      () => ({ signer: { ...emulator.issueTemporaryKey(600), token: '' } }),
    ],
    [
      'an expired temporary key',
      'AuthFailure.TokenFailure',
      () => ({ signer: emulator.issueTemporaryKey(-1) }),
    ],
    ['no version', 'MissingParameter', () => ({ headers: { 'X-TC-Version': '' } })],
    ['another version', 'NoSuchVersion', () => ({ headers: { 'X-TC-Version': '2017-03-12' } })],
    ['no action', 'MissingParameter', () => ({ headers: { 'X-TC-Action': '' } })],
    ['no region', 'MissingParameter', () => ({ headers: { 'X-TC-Region': '' } })],
    ['an impossible region', 'UnsupportedRegion', () => ({ headers: { 'X-TC-Region': 'guangzhou' } })],
    ['a body that is no JSON', 'InvalidParameter', () => ({ payload: '{"MediaType":' })],
    ['a body that is no object', 'InvalidParameter', () => ({ payload: '["mp4"]' })],
    ['another type of content', 'InvalidParameter', () => ({ contentType: 'text/plain' })],
    ['another method', 'UnsupportedOperation', () => ({ method: 'GET' })],
    ['another path', 'UnsupportedOperation', () => ({ path: '/v2/index.php' })],
  ];
  for (const [name, code, variation] of cases) {
    it(name, async () => {
      const { status, response } = await callVod(emulator, 'ApplyUpload', { MediaType: 'mp4' }, variation());
      assert.equal(status, 200);
      assert.equal(response.Error?.Code, code);
      assert.match(response.RequestId, /^[0-9a-f-]{36}$/);
      assert.deepEqual(emulator.sessions, []);
      assert.equal(emulator.requests.at(-1)?.code, code);
    });
  }

  it('but takes a temporary key with its token, and the first label of a loopback endpoint as the service', async () => {
    const signer = emulator.issueTemporaryKey(600);
    const { response } = await callVod(
      emulator,
      'ApplyUpload',
      { MediaType: 'mp4' },
      { signer, service: '127' },
    );
    assert.equal(response.Error, undefined);
  });
});

describe('ApplyUpload refuses', () => {
  const cases: ReadonlyArray<[name: string, code: string, parameters: Record<string, unknown>]> = [
    ['a request without MediaType', 'MissingParameter', { MediaType: undefined }],
    ['an unknown MediaType', 'InvalidParameterValue.MediaType', { MediaType: 'exe' }],
    ['a MediaType with its dot', 'InvalidParameterValue.MediaType', { MediaType: '.mp4' }],
    ['an unknown CoverType', 'InvalidParameterValue.CoverType', { CoverType: 'mp4' }],
    ['an unknown field', 'UnknownParameter', { Tags: ['a'] }],
    [
      'the fields of vod-node-sdk when they are signed as TC3',
      'UnknownParameter',
      { MediaFilePath: 'a.mp4' },
    ],
    ['SubAppId as text', 'InvalidParameter', { SubAppId: '1500000001' }],
    ['ClassId as text', 'InvalidParameter', { ClassId: '3' }],
    ['a ClassId with a fraction', 'InvalidParameter', { ClassId: 0.5 }],
    ['null', 'InvalidParameter', { MediaName: null }],
    ['an application of another account', 'InvalidParameterValue.SubAppId', { SubAppId: 1 }],
    ['a region that is not enabled', 'InvalidParameterValue.StorageRegion', { StorageRegion: 'moon-1' }],
    ['an ExpireTime that is a date', 'InvalidParameterValue.ExpireTime', { ExpireTime: '2099-01-01' }],
    ['an ExpireTime in the past', 'InvalidParameter.ExpireTime', { ExpireTime: '2020-01-01T00:00:00Z' }],
    ['a long SourceContext', 'InvalidParameterValue', { SourceContext: 'x'.repeat(251) }],
    ['a long SessionContext', 'InvalidParameterValue', { SessionContext: 'x'.repeat(1001) }],
    [
      'a path in an ordinary application',
      'InvalidParameterValue.MediaStoragePath',
      { MediaStoragePath: '/a.mp4' },
    ],
    [
      'a path without its slash',
      'InvalidParameterValue.MediaStoragePath',
      { SubAppId: 1500000009, MediaStoragePath: 'a.mp4' },
    ],
  ];
  for (const [name, code, parameters] of cases) {
    it(name, async () => {
      const { response } = await callVod(emulator, 'ApplyUpload', { MediaType: 'mp4', ...parameters });
      assert.equal(response.Error?.Code, code);
    });
  }

  it('an action that does not exist', async () => {
    const { response } = await callVod(emulator, 'ApplyUploads', {});
    assert.equal(response.Error?.Code, 'InvalidAction');
  });
});

describe('ApplyUpload answers', () => {
  it('a FileId beyond 2^53 in its path, a bucket with its APPID and a certificate', async () => {
    const applied = await apply(emulator, { MediaType: 'MP4', CoverType: 'jpg', SubAppId: 1500000001 });
    const [session] = emulator.sessions;
    assert.ok(session);
    assert.match(session.fileId, /^\d{19}$/);
    assert.ok(BigInt(session.fileId) > 2n ** 53n && BigInt(session.fileId) < 2n ** 63n);
    assert.match(
      applied.media,
      new RegExp(`^[0-9a-f]{8}vod[a-z]+1500000001/[0-9a-f]{8}${session.fileId}/\\w+\\.MP4$`),
    );
    assert.match(applied.cover, /\/\d{19}\.jpg$/);
    assert.match(applied.bucket, /-\d+$/);
    assert.equal(applied.region, 'ap-guangzhou-2');
    assert.equal(applied.expiredTime, session.certificate.expiredTime);
    assert.match(applied.sessionKey, /[+/]/);
  });

  it('no cover path, as null and as an empty text in turn', async () => {
    const paths = [];
    for (let time = 0; time < 2; time += 1) {
      const { response } = await callVod(emulator, 'ApplyUpload', { MediaType: 'mp4' });
      paths.push(response.CoverStoragePath);
    }
    assert.deepEqual(new Set(paths), new Set([null, '']));
  });

  it('the path that was asked for in FileID + Path mode', async () => {
    const { media } = await apply(emulator, {
      SubAppId: 1500000009,
      MediaStoragePath: '/releases/1.0/a.mp4',
    });
    assert.equal(media, 'releases/1.0/a.mp4');
  });
});

describe('CommitUpload', () => {
  it('publishes once and refuses the second time', async () => {
    const { signer, media, sessionKey } = await apply(emulator, { MediaName: 'one', ClassId: 3 });
    await callCos(emulator, { method: 'PUT', key: media, signer, body: 'video' });
    const first = await callVod(emulator, 'CommitUpload', { VodSessionKey: sessionKey });
    const second = await callVod(emulator, 'CommitUpload', { VodSessionKey: sessionKey });
    const [medium] = emulator.media;
    assert.equal(first.response.FileId, medium?.fileId);
    assert.equal(first.response.MediaUrl, `http://1500012345.vod2.myqcloud.com/${media}`);
    assert.equal(first.response.CoverUrl, '');
    assert.equal(second.response.Error?.Code, 'InvalidParameterValue.VodSessionKey');
    assert.deepEqual([medium?.commits, medium?.commitAttempts], [1, 2]);
    assert.deepEqual(medium?.request, { MediaType: 'mp4', MediaName: 'one', ClassId: 3 });
    assert.deepEqual(
      medium?.objects.map((object) => object.body?.toString()),
      ['video'],
    );
  });

  it('refuses what is not there or empty', async () => {
    const { signer, media, cover, sessionKey } = await apply(emulator, { CoverType: 'png' });
    const commit = () => callVod(emulator, 'CommitUpload', { VodSessionKey: sessionKey });
    assert.equal((await commit()).response.Error?.Code, 'ResourceNotFound');
    await callCos(emulator, { method: 'PUT', key: media, signer, body: 'video' });
    await callCos(emulator, { method: 'PUT', key: cover, signer, body: '' });
    assert.equal((await commit()).response.Error?.Code, 'ResourceNotFound');
    assert.deepEqual(emulator.media, []);
  });

  it('refuses a session of another application, and one that never was', async () => {
    const { sessionKey } = await apply(emulator);
    for (const parameters of [{ VodSessionKey: sessionKey, SubAppId: 1500000001 }, { VodSessionKey: 'x' }]) {
      const { response } = await callVod(emulator, 'CommitUpload', parameters);
      assert.equal(response.Error?.Code, 'InvalidParameterValue.VodSessionKey');
    }
  });
});

describe('the other actions', () => {
  it('ParseStreamingManifest lists what a playlist refers to', async () => {
    const playlist =
      '#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:9.009,\nfirst.ts\n#EXTINF:9.009,\nsecond.ts\n#EXT-X-ENDLIST';
    const { response } = await callVod(emulator, 'ParseStreamingManifest', {
      MediaManifestContent: playlist,
    });
    assert.deepEqual(response.MediaSegmentSet, ['first.ts', 'second.ts']);
  });

  it('ParseStreamingManifest refuses paths that are not relative', async () => {
    const MediaManifestContent = '#EXTM3U\n#EXTINF:9,\n../first.ts\n';
    const { response } = await callVod(emulator, 'ParseStreamingManifest', { MediaManifestContent });
    assert.equal(response.Error?.Code, 'InvalidParameterValue.MediaManifestContent');
  });

  it('DescribeMediaInfos finds committed media and names the others', async () => {
    const { signer, media, sessionKey } = await apply(emulator, { MediaName: 'one' });
    await callCos(emulator, { method: 'PUT', key: media, signer, body: 'video' });
    await callVod(emulator, 'CommitUpload', { VodSessionKey: sessionKey });
    const fileId = emulator.media[0]?.fileId;
    const { response } = await callVod(emulator, 'DescribeMediaInfos', { FileIds: [fileId, '123'] });
    const [info] = response.MediaInfoSet as Array<{ FileId: string; BasicInfo: { Name: string } }>;
    assert.deepEqual([info?.FileId, info?.BasicInfo.Name], [fileId, 'one']);
    assert.deepEqual(response.NotExistFileIdSet, ['123']);
  });
});

describe('signature method 1', () => {
  it('is accepted with the extra fields that vod-node-sdk sends, and gives fields their types', async () => {
    const fields = {
      Action: 'ApplyUpload',
      MediaType: 'mp4',
      SubAppId: '1500000001',
      MediaFilePath: 'videos/a b.mp4',
    };
    const { response } = await callVodByForm(emulator, fields);
    assert.equal(response.Error, undefined);
    assert.equal(emulator.sessions[0]?.subAppId, 1500000001);
  });

  it('is refused above a megabyte', async () => {
    const fields = { Action: 'ApplyUpload', MediaType: 'mp4', ExtInfo: 'x'.repeat(1024 * 1024) };
    const { response } = await callVodByForm(emulator, fields);
    assert.equal(response.Error?.Code, 'InvalidRequest');
  });

  it('is refused when it is wrong', async () => {
    const { response } = await callVodByForm(emulator, { Action: 'ApplyUpload', MediaType: 'mp4' }, 'AAAA');
    assert.equal(response.Error?.Code, 'AuthFailure.SignatureFailure');
  });
});
