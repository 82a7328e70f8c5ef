import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { type EmulatedMedium, startEmulator } from './emulator.js';
import { ask, describeMedium, publish, refusal } from './publishing.js';
import { folderUrlOf } from './upload-session.js';
import { NEVER } from './vod-time.js';

const NOON = Date.parse('2026-03-01T12:00:00Z');
let now = NOON;
const emulator = await startEmulator({ now: () => now });
let medium: EmulatedMedium;
beforeEach(async () => {
  now = NOON;
  await emulator.reset();
  medium = await publish(emulator, { MediaName: 'one' });
});
after(() => emulator.close());

const state = (): EmulatedMedium => emulator.media[0] ?? assert.fail('the medium is gone');
const modify = (parameters: Record<string, unknown>) =>
  ask(emulator, 'ModifyMediaInfo', { FileId: medium.fileId, ...parameters });
const refused = (parameters: Record<string, unknown>) =>
  refusal(emulator, 'ModifyMediaInfo', { FileId: medium.fileId, ...parameters });

const text = (length: number): string => 'x'.repeat(length);
const letters = (count: number, prefix = ''): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);
const base64 = (content: string | Buffer): string => Buffer.from(content).toString('base64');
const WEBVTT = base64('WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n');
const subtitle = (Id: string, changes = {}) => ({
  Id,
  Name: 'English',
  Language: 'en',
  Format: 'vtt',
  Content: WEBVTT,
  ...changes,
});

describe('ModifyMediaInfo changes', () => {
  it('everything at once', async () => {
    now += 5000;
    await modify({
      Name: 'two',
      Description: 'The second',
      ClassId: 4,
      ExpireTime: '2026-04-01T02:00:00+02:00',
      AddTags: ['a', 'b'],
      AddSubtitles: [subtitle('en-1')],
      AddKeyFrameDescs: [{ TimeOffset: 1.5, Content: 'The gun' }],
    });
    const { name, description, classId, expireTime, tags, keyFrames, subtitles, updatedAt } = state();
    assert.deepEqual(
      [name, description, classId, expireTime],
      ['two', 'The second', 4, '2026-04-01T00:00:00Z'],
    );
    assert.deepEqual(tags, ['a', 'b']);
    assert.deepEqual(keyFrames, [{ TimeOffset: 1.5, Content: 'The gun' }]);
    assert.match(subtitles[0]?.content ?? '', /^WEBVTT\n/);
    assert.equal(updatedAt, NOON + 5000);
    const info = await describeMedium(emulator, medium.fileId);
    assert.equal(info.BasicInfo?.Description, 'The second');
    assert.deepEqual(info.BasicInfo?.TagSet, ['a', 'b']);
    assert.equal(info.BasicInfo?.UpdateTime, '2026-03-01T12:00:05Z');
    assert.equal(info.SubtitleInfo?.SubtitleSet[0]?.Id, 'en-1');
    assert.equal(info.KeyFrameDescInfo?.KeyFrameDescSet.length, 1);
  });

  it('or nothing', async () => {
    assert.equal(
      await refused({ Name: 'two', AddTags: ['a'], Description: text(129) }),
      'InvalidParameterValue.Description',
    );
    assert.equal(
      await refused({ Name: 'two', AddSubtitles: [subtitle('en'), subtitle('en')] }),
      'InvalidParameterValue',
    );
    assert.deepEqual([state().name, state().tags, state().subtitles], ['one', [], []]);
  });

  it('tags: adds what is new, deletes, clears', async () => {
    await modify({ AddTags: ['a', 'b'] });
    await modify({ AddTags: ['b', 'c'], DeleteTags: ['a'] });
    assert.deepEqual(state().tags, ['b', 'c']);
    await modify({ ClearTags: 0 });
    assert.deepEqual(state().tags, ['b', 'c'], 'only 1 clears');
    await modify({ ClearTags: 1 });
    assert.deepEqual(state().tags, []);
  });

  it('subtitles: adds, replaces in two steps, clears', async () => {
    const { AddedSubtitleSet } = await modify({
      AddSubtitles: [subtitle('en-1'), subtitle('de-1', { Language: 'de' })],
    });
    assert.deepEqual((AddedSubtitleSet as unknown[])[0], {
      Id: 'en-1',
      Name: 'English',
      Language: 'en',
      Format: 'vtt',
      Url: `${folderUrlOf(medium)}/subtitles/en-1.vtt`,
      Source: 'UserUploaded',
    });
    await modify({ AddSubtitles: [subtitle('en-2')], DeleteSubtitleIds: ['en-1'] });
    assert.deepEqual(
      state().subtitles.map(({ id }) => id),
      ['de-1', 'en-2'],
    );
    await modify({ ClearSubtitles: 1 });
    assert.deepEqual(state().subtitles, []);
  });

  it('a subtitle without an Id, which gets one', async () => {
    const { Id: _id, ...input } = subtitle('');
    await modify({ AddSubtitles: [input] });
    assert.match(state().subtitles[0]?.id ?? '', /^[A-Za-z0-9]{1,16}$/);
  });

  it('the cover, by the format of its bytes', async () => {
    const before = medium.coverUrl;
    const { CoverUrl } = await modify({ CoverData: base64(Buffer.from('89504e470d0a1a0a00', 'hex')) });
    assert.match(String(CoverUrl), /\.png$/);
    assert.notEqual(CoverUrl, before);
    assert.equal(state().coverUrl, CoverUrl);
  });

  it('the expiry back to never', async () => {
    await modify({ ExpireTime: '2026-04-01T00:00:00Z' });
    await modify({ ExpireTime: NEVER });
    now = Date.parse('2026-05-01T00:00:00Z');
    assert.equal(state().expireTime, NEVER);
  });
});

describe('ModifyMediaInfo refuses', () => {
  const cases: ReadonlyArray<[name: string, code: string, parameters: Record<string, unknown>]> = [
    ['a name of 65 characters', 'InvalidParameterValue.Name', { Name: '视'.repeat(65) }],
    ['a description of 129 characters', 'InvalidParameterValue.Description', { Description: text(129) }],
    ['an expiry that has passed', 'InvalidParameterValue.ExpireTime', { ExpireTime: '2026-03-01T12:00:00Z' }],
    ['an expiry that is a date', 'InvalidParameterValue.ExpireTime', { ExpireTime: '2027-03-01' }],
    ['a tag of 33 characters', 'InvalidParameterValue.TagTooLong', { AddTags: [text(33)] }],
    ['an empty tag', 'InvalidParameterValue', { AddTags: [''] }],
    ['17 tags', 'LimitExceeded.TagCountReachMax', { AddTags: letters(17) }],
    [
      'a tag added and deleted',
      'InvalidParameterValue.AddTagsAndDeleteTagsConflict',
      { AddTags: ['a'], DeleteTags: ['a'] },
    ],
    [
      'tags added while all go',
      'InvalidParameterValue.AddTagsAndClearTagsConflict',
      { AddTags: ['a'], ClearTags: 1 },
    ],
    ['tags as text', 'InvalidParameter', { AddTags: 'a' }],
    [
      'a cover that is not a picture',
      'InvalidParameterValue.ImageDecodeError',
      { CoverData: base64('BM bitmap') },
    ],
    ['a cover that is not Base64', 'InvalidParameterValue.ImageDecodeError', { CoverData: '/9j/*' }],
    ['SRT', 'InvalidParameterValue', { AddSubtitles: [subtitle('en', { Format: 'srt' })] }],
    [
      'SRT that is called VTT',
      'InvalidParameterValue',
      { AddSubtitles: [subtitle('en', { Content: base64('1\n00:00:01,000') })] },
    ],
    [
      'plain text for Base64',
      'InvalidParameterValue',
      { AddSubtitles: [subtitle('en', { Content: 'WEBVTT\n' })] },
    ],
    ['an Id of 17 characters', 'InvalidParameterValue', { AddSubtitles: [subtitle(text(17))] }],
    ['an Id with a dot', 'InvalidParameterValue', { AddSubtitles: [subtitle('en.1')] }],
    [
      'a language that is not a tag',
      'InvalidParameterValue',
      { AddSubtitles: [subtitle('en', { Language: 'en_US' })] },
    ],
    [
      'a subtitle without its name',
      'MissingParameter',
      { AddSubtitles: [{ Language: 'en', Format: 'vtt', Content: WEBVTT }] },
    ],
    [
      'a subtitle with more than it has',
      'UnknownParameter',
      { AddSubtitles: [subtitle('en', { Url: 'x' })] },
    ],
    ['17 subtitles', 'LimitExceeded', { AddSubtitles: letters(17, 's').map((id) => subtitle(id)) }],
    [
      'subtitles added while all go',
      'InvalidParameterValue',
      { AddSubtitles: [subtitle('en')], ClearSubtitles: 1 },
    ],
    ['the end of a subtitle that is not there', 'InvalidParameterValue', { DeleteSubtitleIds: ['en'] }],
    ['an empty key frame', 'InvalidParameterValue', { AddKeyFrameDescs: [{ TimeOffset: 1, Content: '' }] }],
    [
      'a key frame of 129 characters',
      'InvalidParameterValue.KeyFrameDescContentTooLong',
      { AddKeyFrameDescs: [{ TimeOffset: 1, Content: text(129) }] },
    ],
    [
      '101 key frames',
      'LimitExceeded.KeyFrameDescCountReachMax',
      { AddKeyFrameDescs: letters(101).map((Content, TimeOffset) => ({ TimeOffset, Content })) },
    ],
    ['a medium that never was', 'ResourceNotFound.FileNotExist', { FileId: '123' }],
    ['a medium of another application', 'ResourceNotFound.FileNotExist', { SubAppId: 1500000001 }],
    ['a request without a medium', 'MissingParameter', { FileId: undefined }],
    ['an unknown parameter', 'UnknownParameter', { Tags: ['a'] }],
  ];
  for (const [name, code, parameters] of cases) {
    it(name, async () => assert.equal(await refused(parameters), code));
  }

  it('more tags than sixteen together with those that are there, known and deleted ones included', async () => {
    await modify({ AddTags: letters(16) });
    assert.equal(await refused({ AddTags: ['0'] }), 'LimitExceeded.TagCountReachMax');
    assert.equal(await refused({ AddTags: ['x'], DeleteTags: ['0'] }), 'LimitExceeded.TagCountReachMax');
  });

  it('a subtitle whose Id exists, and one that is deleted by the same request', async () => {
    await modify({ AddSubtitles: [subtitle('en')] });
    assert.equal(await refused({ AddSubtitles: [subtitle('en')] }), 'InvalidParameterValue');
    assert.equal(
      await refused({ AddSubtitles: [subtitle('en')], DeleteSubtitleIds: ['en'] }),
      'InvalidParameterValue',
    );
  });

  it('a medium that was committed a moment ago, while it is too new', async () => {
    emulator.account.lag({ modify: 3000 });
    assert.equal(await refused({ Name: 'two' }), 'ResourceNotFound.FileNotExist');
    now += 3000;
    assert.equal(await refused({ Name: 'two' }), '');
  });

  it('a request above ten megabytes', async () => {
    const content = base64(`WEBVTT\n${text(4 * 1024 * 1024)}`);
    const two = ['a', 'b'].map((id) => subtitle(id, { Content: content }));
    assert.equal(await refused({ AddSubtitles: two }), 'InvalidRequest');
    assert.equal(await refused({ AddSubtitles: two.slice(1) }), '');
  });

  it('tags by their bytes, where the service counts these', async () => {
    const counting = await startEmulator({ vod: { tagUnit: 'bytes' } });
    const { fileId } = await publish(counting);
    const AddTags = ['视频视频视频视频视频视'];
    const code = await refusal(counting, 'ModifyMediaInfo', { FileId: fileId, AddTags });
    await counting.close();
    assert.equal(code, 'InvalidParameterValue.TagTooLong');
    assert.equal(await refused({ AddTags }), '');
  });
});
