import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { type EmulatedMedium, startEmulator } from './emulator.js';
import { officialClient } from './official-client.js';
import { publish } from './publishing.js';

const emulator = await startEmulator();
const client = officialClient(emulator);
let medium: EmulatedMedium;
beforeEach(async () => {
  await emulator.reset();
  medium = await publish(emulator, { MediaName: '视频', SubAppId: 1500000001, SourceContext: 'release 7' });
});
after(() => emulator.close());

const place = () => ({ SubAppId: 1500000001, FileId: medium.fileId });

describe('the official client of the API, unchanged,', () => {
  it('describes media', async () => {
    const { MediaInfoSet, NotExistFileIdSet } = await client.DescribeMediaInfos({
      SubAppId: 1500000001,
      FileIds: [medium.fileId, '1'],
      Filters: ['basicInfo'],
    });
    assert.equal(MediaInfoSet?.[0]?.BasicInfo?.SourceInfo?.SourceContext, 'release 7');
    assert.equal(MediaInfoSet?.[0]?.BasicInfo?.Name, '视频');
    assert.deepEqual(NotExistFileIdSet, ['1']);
  });

  it('searches media', async () => {
    await client.ModifyMediaInfo({ ...place(), AddTags: ['标签'] });
    const { TotalCount, MediaInfoSet } = await client.SearchMedia({
      SubAppId: 1500000001,
      Tags: ['标签', 'other'],
      SourceTypes: ['Upload'],
      CreateTime: { After: '2026-01-01T00:00:00Z', Before: '2999-01-01T00:00:00Z' },
      Sort: { Field: 'CreateTime', Order: 'Desc' },
      Offset: 0,
      Limit: 100,
    });
    assert.equal(TotalCount, 1);
    assert.equal(MediaInfoSet?.[0]?.FileId, medium.fileId);
  });

  it('changes a medium', async () => {
    const { AddedSubtitleSet } = await client.ModifyMediaInfo({
      ...place(),
      Description: 'The first',
      AddTags: ['a'],
      AddSubtitles: [
        {
          Name: 'English',
          Language: 'en-US',
          Format: 'vtt',
          Content: Buffer.from('WEBVTT\n').toString('base64'),
        },
      ],
      AddKeyFrameDescs: [{ TimeOffset: 2, Content: 'Two' }],
      DeleteKeyFrameDescs: [3],
    });
    assert.equal(AddedSubtitleSet?.[0]?.Source, 'UserUploaded');
    assert.equal(emulator.media[0]?.description, 'The first');
  });

  it('is refused with the code of the reason', async () => {
    await assert.rejects(client.ModifyMediaInfo({ FileId: '1', Name: 'x' }), {
      code: 'ResourceNotFound.FileNotExist',
    });
    emulator.account.deny(['SearchMedia']);
    await assert.rejects(client.SearchMedia({}), { code: 'UnauthorizedOperation' });
  });

  it('forbids and deletes a medium', async () => {
    const { SubAppId, FileId } = place();
    const { NotExistFileIdSet } = await client.ForbidMediaDistribution({
      SubAppId,
      FileIds: [FileId],
      Operation: 'forbid',
    });
    assert.deepEqual(NotExistFileIdSet, []);
    assert.equal(emulator.media[0]?.status, 'Forbidden');
    await client.DeleteMedia({
      SubAppId,
      FileId,
      DeleteParts: [{ Type: 'TranscodeFiles', Definition: 230 }],
    });
    assert.equal(emulator.media.length, 1);
    await client.DeleteMedia({ SubAppId, FileId });
    assert.deepEqual(emulator.media, []);
  });
});
