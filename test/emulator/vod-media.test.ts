import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { apply, callVod } from './cloud-client.js';
import { startEmulator } from './emulator.js';
import { ask, describeMedium, publish, refusal } from './publishing.js';
import type { MediaInfo } from './vod-models.js';
import type { VodOptions } from './vod-options.js';
import { isoTime } from './vod-time.js';

const NOON = Date.parse('2026-03-01T12:00:00Z');
let now = NOON;
const emulator = await startEmulator({ now: () => now, pathSubAppIds: [1500000009] });
beforeEach(async () => {
  now = NOON;
  await emulator.reset();
});
after(() => emulator.close());

const describeOne = (fileId: string, parameters = {}) => describeMedium(emulator, fileId, parameters);

async function missing(FileIds: string[], parameters: Record<string, unknown> = {}): Promise<unknown> {
  const { NotExistFileIdSet } = await ask(emulator, 'DescribeMediaInfos', { FileIds, ...parameters });
  return NotExistFileIdSet;
}

describe('DescribeMediaInfos', () => {
  it('tells what was asked for at ApplyUpload, from the commit on', async () => {
    const medium = await publish(emulator, {
      MediaName: 'one',
      CoverType: 'jpg',
      ClassId: 3,
      ExpireTime: '2026-04-01T08:00:00+08:00',
      SourceContext: 'release 7',
    });
    const info = await describeOne(medium.fileId);
    assert.deepEqual(info.BasicInfo, {
      Name: 'one',
      Description: '',
      CreateTime: '2026-03-01T12:00:00Z',
      UpdateTime: '2026-03-01T12:00:00Z',
      ExpireTime: '2026-04-01T00:00:00Z',
      ClassId: 3,
      ClassName: 'Class 3',
      ClassPath: 'Class 3',
      CoverUrl: medium.coverUrl,
      Type: 'mp4',
      MediaUrl: medium.mediaUrl,
      SourceInfo: {
        SourceType: 'Upload',
        SourceContext: 'release 7',
        LiveRecordInfo: null,
        TrtcRecordInfo: null,
        WebPageRecordInfo: null,
      },
      StorageRegion: 'ap-guangzhou-2',
      StoragePath: `/${medium.mediaKey}`,
      TagSet: [],
      Vid: medium.fileId,
      Category: 'Video',
      Status: 'Normal',
      StorageClass: 'STANDARD',
    });
    const { FileId: _fileId, BasicInfo: _basicInfo, ...others } = info;
    assert.deepEqual(new Set(Object.values(others)), new Set([null]));
  });

  it('has no metadata at first, and the size of what was stored later', async () => {
    const { fileId, mediaKey } = await publish(emulator, { CoverType: 'jpg' });
    assert.equal((await describeOne(fileId)).MetaData, null);
    now += 60_000;
    assert.equal((await describeOne(fileId)).MetaData?.Size, emulator.objects.get(mediaKey)?.size);
  });

  it('leaves sections out that are not asked for', async () => {
    const { fileId } = await publish(emulator);
    assert.equal((await describeOne(fileId, { Filters: ['metaData'] })).BasicInfo, null);
    assert.equal((await describeOne(fileId, { Filters: ['basicInfo'] })).BasicInfo?.Name, '');
  });

  it('does not know media that were never committed, deleted, expired, or are of another application', async () => {
    const { media } = await apply(emulator);
    const applied = /\/[0-9a-f]{8}(\d+)\//.exec(media)?.[1] ?? '';
    assert.equal(applied, emulator.sessions[0]?.fileId, 'the path holds the FileId');
    const deleted = await publish(emulator);
    const expired = await publish(emulator, { ExpireTime: isoTime(NOON + 1000) });
    const elsewhere = await publish(emulator, { SubAppId: 1500000001 });
    const kept = await publish(emulator);
    emulator.account.deleteMedium(deleted.fileId);
    now += 1000;
    const FileIds = [applied, deleted, expired, elsewhere].map((id) =>
      typeof id === 'string' ? id : id.fileId,
    );
    assert.deepEqual(await missing([...FileIds, kept.fileId, '1']), [...FileIds, '1']);
    assert.deepEqual(
      emulator.media.map(({ fileId }) => fileId),
      [elsewhere.fileId, kept.fileId],
    );
  });

  it('refuses no FileIds, and more than twenty', async () => {
    const FileIds = Array.from({ length: 21 }, (_, id) => `${id}`);
    for (const [parameters, code] of [
      [{ FileIds: [] }, 'InvalidParameterValue.FileIdsEmpty'],
      [{ FileIds }, 'InvalidParameterValue.FileIdsOverLimit'],
      [{ FileIds: [5285890784] }, 'InvalidParameter'],
      [{ FileIds: ['1'], Filters: ['everything'] }, 'InvalidParameter'],
      [{}, 'MissingParameter'],
    ] as const) {
      assert.equal(await refusal(emulator, 'DescribeMediaInfos', parameters), code);
    }
    assert.deepEqual(await missing(FileIds.slice(1)), FileIds.slice(1));
  });
});

describe('a deleted medium', () => {
  it('is gone with all that belongs to it, and can be deleted once', async () => {
    const { fileId: FileId } = await publish(emulator);
    assert.equal(
      await refusal(emulator, 'DeleteMedia', { FileId, SubAppId: 1500000001 }),
      'ResourceNotFound',
    );
    assert.equal(await refusal(emulator, 'DeleteMedia', { FileId, DeleteParts: [] }), '');
    assert.deepEqual(await missing([FileId]), [FileId]);
    assert.deepEqual(emulator.media, []);
    assert.equal(await refusal(emulator, 'DeleteMedia', { FileId }), 'ResourceNotFound');
  });

  it('stays without its source, where only that is deleted', async () => {
    const { fileId: FileId } = await publish(emulator, { CoverType: 'jpg' });
    await ask(emulator, 'DeleteMedia', { FileId, DeleteParts: [{ Type: 'OriginalFiles' }] });
    const { BasicInfo } = await describeOne(FileId);
    assert.deepEqual([BasicInfo?.MediaUrl, BasicInfo?.CoverUrl], ['', '']);
    const wrong = { FileId, DeleteParts: [{ Type: 'Everything' }] };
    assert.equal(await refusal(emulator, 'DeleteMedia', wrong), 'InvalidParameterValue');
  });
});

describe('a forbidden medium', () => {
  it('is there, with its status, until it is recovered', async () => {
    const { fileId } = await publish(emulator);
    const forbid = (Operation: string) =>
      ask(emulator, 'ForbidMediaDistribution', { FileIds: [fileId, '1'], Operation });
    assert.deepEqual((await forbid('forbid')).NotExistFileIdSet, ['1']);
    assert.equal((await describeOne(fileId)).BasicInfo?.Status, 'Forbidden');
    assert.equal(emulator.media[0]?.status, 'Forbidden');
    await forbid('recover');
    assert.equal((await describeOne(fileId)).BasicInfo?.Status, 'Normal');
  });

  it('stays forbidden where the service itself forbade it', async () => {
    const { fileId } = await publish(emulator);
    emulator.account.forbidMedium(fileId, 'SystemForbidden');
    assert.equal((await describeOne(fileId)).BasicInfo?.Status, 'Forbidden');
    const recover = { FileIds: [fileId], Operation: 'recover' };
    const code = await refusal(emulator, 'ForbidMediaDistribution', recover);
    assert.equal(code, 'FailedOperation.MediaForbidedBySystem');
    const allow = { ...recover, Operation: 'allow' };
    assert.equal(
      await refusal(emulator, 'ForbidMediaDistribution', allow),
      'InvalidParameterValue.Operation',
    );
  });
});

describe('a denied action', () => {
  const call = async (kind: 'temporary' | 'permanent', action: string) => {
    const signer = kind === 'temporary' ? { signer: emulator.issueTemporaryKey(600) } : {};
    const { response } = await callVod(emulator, action, { FileIds: ['1'] }, signer);
    return response.Error?.Code ?? '';
  };

  it('is refused to all keys, to those of a role, or to one', async () => {
    emulator.account.deny(['DescribeMediaInfos']);
    assert.equal(await call('permanent', 'DescribeMediaInfos'), 'UnauthorizedOperation');
    emulator.account.allowAll();
    emulator.account.deny(['DescribeMediaInfos'], { kind: 'temporary' });
    assert.equal(await call('temporary', 'DescribeMediaInfos'), 'UnauthorizedOperation');
    assert.equal(await call('permanent', 'DescribeMediaInfos'), '');
    emulator.account.allowAll();
    emulator.account.deny(['DescribeMediaInfos'], { secretId: emulator.settings.secretId });
    assert.equal(await call('permanent', 'DescribeMediaInfos'), 'UnauthorizedOperation');
    assert.equal(await call('temporary', 'DescribeMediaInfos'), '');
    await emulator.reset();
    assert.equal(await call('permanent', 'DescribeMediaInfos'), '');
  });

  it('may be one from the start, under either of the documented codes', async () => {
    const vod: VodOptions = {
      deniedActions: ['SearchMedia'],
      denialCode: 'AuthFailure.UnauthorizedOperation',
    };
    const strict = await startEmulator({ vod });
    strict.reset();
    const code = await refusal(strict, 'SearchMedia', {});
    await strict.close();
    assert.equal(code, 'AuthFailure.UnauthorizedOperation');
  });
});

describe('the storage path', () => {
  const cases: ReadonlyArray<[folder: VodOptions['storageFolder'], pattern: RegExp, isFileId: boolean]> = [
    ['file-id', /\/[0-9a-f]{8}(\d{19})\/\w+\.mp4$/, true],
    ['other-digits', /\/[0-9a-f]{8}(\d{19})\/\w+\.mp4$/, false],
    ['opaque', /\/([g-z]{24})\/\w+\.mp4$/, false],
  ];
  for (const [storageFolder = 'file-id', pattern, isFileId] of cases) {
    it(`holds what "${storageFolder}" says`, async () => {
      const other = await startEmulator({ vod: { storageFolder } });
      const { media } = await apply(other);
      const [session] = other.sessions;
      await other.close();
      assert.match(media, pattern);
      assert.equal(pattern.exec(media)?.[1] === session?.fileId, isFileId);
    });
  }

  it('is the one that was asked for in FileID + Path mode', async () => {
    const SubAppId = 1500000009;
    const { fileId } = await publish(emulator, { SubAppId, MediaStoragePath: '/releases/a.mp4' });
    assert.equal((await describeOne(fileId, { SubAppId })).BasicInfo?.StoragePath, '/releases/a.mp4');
  });
});

describe('an upload that was never committed', () => {
  it('is described as a medium where the service would do so', async () => {
    const careless = await startEmulator({ vod: { describeUncommitted: true } });
    await apply(careless, { MediaName: 'draft' });
    const FileIds = [careless.sessions[0]?.fileId, '1'];
    const { MediaInfoSet, NotExistFileIdSet } = await ask(careless, 'DescribeMediaInfos', { FileIds });
    assert.deepEqual(careless.media, []);
    await careless.close();
    assert.equal((MediaInfoSet as MediaInfo[])[0]?.BasicInfo?.Name, 'draft');
    assert.deepEqual(NotExistFileIdSet, ['1']);
  });
});

describe('a medium of somebody else', () => {
  it('is found like any other, and can be changed', async () => {
    const fileId = emulator.account.addMedium({
      subAppId: 1500000001,
      createdAt: NOON - 3600_000,
      tags: ['theirs'],
      request: { MediaName: 'theirs', SourceContext: 'elsewhere' },
    });
    const SubAppId = 1500000001;
    const { BasicInfo } = await describeOne(fileId, { SubAppId });
    assert.equal(BasicInfo?.SourceInfo?.SourceContext, 'elsewhere');
    assert.equal(BasicInfo?.CreateTime, '2026-03-01T11:00:00Z');
    assert.equal((await ask(emulator, 'SearchMedia', { SubAppId, Tags: ['theirs'] })).TotalCount, 1);
    await ask(emulator, 'ModifyMediaInfo', { SubAppId, FileId: fileId, AddTags: ['ours'] });
    assert.deepEqual(emulator.media[0]?.tags, ['theirs', 'ours']);
    assert.deepEqual(emulator.sessions, []);
  });
});

describe('the figures', () => {
  it('count the requests of each action', async () => {
    await publish(emulator);
    await refusal(emulator, 'SearchMedia', { Nothing: 1 });
    assert.deepEqual(emulator.requestCounts('vod'), { ApplyUpload: 1, CommitUpload: 1, SearchMedia: 1 });
    assert.deepEqual(emulator.requestCounts('cos'), { PutObject: 1 });
  });
});
