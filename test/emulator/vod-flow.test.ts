import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { startEmulator } from './emulator.js';
import { EVERYTHING } from './every-task.js';
import { ask, describeMedium, publish, refusal } from './publishing.js';
import type { FlowScript } from './vod-flow-script.js';
import type { DescribeTaskDetailResponse, ProcedureTask } from './vod-models.js';

const NOON = Date.parse('2026-03-01T12:00:00Z');
let now = NOON;
const emulator = await startEmulator({ now: () => now, vod: { procedures: [EVERYTHING] } });
const { account } = emulator;
beforeEach(async () => {
  now = NOON;
  await emulator.reset();
});
after(() => emulator.close());

/** Publishes a medium whose flow goes by a script, and returns its FileId. */
async function start(script: FlowScript, Procedure = 'LongVideoPreset', more = {}): Promise<string> {
  account.scriptFlow({ script });
  return (await publish(emulator, { MediaName: 'film', Procedure, ...more })).fileId;
}

const taskOf = (type: string) =>
  emulator.tasks.find((task) => task.type === type) ?? assert.fail(`there is no ${type}`);

async function detailOf(type: string): Promise<DescribeTaskDetailResponse> {
  return ask(emulator, 'DescribeTaskDetail', { TaskId: taskOf(type).taskId });
}

async function flow(): Promise<ProcedureTask> {
  return (await detailOf('Procedure')).ProcedureTask ?? assert.fail('it is not a flow');
}

const info = (fileId: string) => describeMedium(emulator, fileId);

describe('a scripted flow', () => {
  it('fails in part, though its status is FINISH', async () => {
    const fileId = await start({
      processingMs: 0,
      media: [
        { type: 'Transcode', definition: 100010 },
        { type: 'Transcode', definition: 100030, code: 'SourceFileError.NoVideoMedia', message: 'no video' },
      ],
    });
    const [good, bad] = (await flow()).MediaProcessResultSet ?? [];
    assert.deepEqual([good?.TranscodeTask?.Status, good?.TranscodeTask?.ErrCodeExt], ['SUCCESS', '']);
    const { Status, ErrCodeExt, ErrCode, Message, Output } = bad?.TranscodeTask ?? {};
    assert.deepEqual(
      [Status, ErrCodeExt, ErrCode, Message, Output],
      ['FAIL', 'SourceFileError.NoVideoMedia', 60000, 'no video', null],
    );
    assert.equal((await detailOf('Procedure')).Status, 'FINISH');
    const { TranscodeInfo } = await info(fileId);
    assert.deepEqual(
      TranscodeInfo?.TranscodeSet.map(({ Definition }) => Definition),
      [0, 100010],
    );
  });

  it('brings the outputs that it is given', async () => {
    await start({
      processingMs: 0,
      media: [
        { type: 'Transcode', definition: 7, output: { Url: 'https://example.com/a.mp4', Height: 1440 } },
      ],
    });
    const { Output } = (await flow()).MediaProcessResultSet?.[0]?.TranscodeTask ?? {};
    assert.deepEqual(
      [Output?.Url, Output?.Height, Output?.Container],
      ['https://example.com/a.mp4', 1440, 'mp4'],
    );
  });

  it('is aborted while it waits', async () => {
    const fileId = await start({ waitingMs: 3000, end: 'abort' });
    assert.equal((await detailOf('Procedure')).Status, 'WAITING');
    now += 3000;
    const { Status, ProcedureTask } = await detailOf('Procedure');
    assert.deepEqual([Status, ProcedureTask?.MediaProcessResultSet], ['ABORTED', []]);
    assert.equal((await info(fileId)).AdaptiveDynamicStreamingInfo, null);
  });

  it('ends empty', async () => {
    await start({ processingMs: 0, media: [] });
    const { Status, MediaProcessResultSet, AiAnalysisResultSet } = await flow();
    assert.deepEqual([Status, MediaProcessResultSet, AiAnalysisResultSet], ['FINISH', [], []]);
  });

  it('never appears, or never ends', async () => {
    const fileId = await start({ never: true, processingMs: 0 });
    assert.deepEqual((await ask(emulator, 'DescribeTasks', {})).TaskSet, []);
    assert.equal((await info(fileId)).AdaptiveDynamicStreamingInfo, null);
    await emulator.reset();
    await start({ end: 'hang' });
    now += 24 * 3600_000;
    assert.equal((await flow()).MediaProcessResultSet?.[0]?.ImageSpriteTask?.Status, 'PROCESSING');
  });

  it('may call sprites by their other name', async () => {
    const fileId = await start({ processingMs: 0, media: [{ type: 'ImageSprite', definition: 10 }] });
    const [item] = (await flow()).MediaProcessResultSet ?? [];
    const { ImageSpriteInfo } = await info(fileId);
    assert.deepEqual(ImageSpriteInfo?.ImageSpriteSet, [item?.ImageSpriteTask?.Output]);
  });

  it('has an item of a type that nobody knows', async () => {
    await start({ processingMs: 0, media: [{ type: 'Hologram', definition: 3 }] });
    const [item] = (await flow()).MediaProcessResultSet ?? [];
    assert.equal(item?.Type, 'Hologram');
    const { HologramTask } = item as unknown as { HologramTask: { Status: string; Output: { Url: string } } };
    assert.match(HologramTask.Output.Url, /\/Hologram_3$/);
    assert.equal(item?.TranscodeTask, null);
  });

  it('fails by a review, by analysis or by recognition', async () => {
    const code = 'InternalError';
    await start({
      processingMs: 0,
      media: [],
      contentReview: [{ type: 'Political.Asr', output: { Suggestion: 'block' } }],
      analysis: [{ type: 'Highlight', code }],
      recognition: [{ type: 'FaceRecognition', code }],
    });
    const { AiContentReviewResultSet, AiAnalysisResultSet, AiRecognitionResultSet } = await flow();
    assert.equal(AiContentReviewResultSet?.[0]?.PoliticalAsrTask?.Output?.Suggestion, 'block');
    assert.equal(AiAnalysisResultSet?.[0]?.HighlightTask?.ErrCodeExt, code);
    assert.equal(AiRecognitionResultSet?.[0]?.FaceTask?.Status, 'FAIL');
  });

  it('is chosen by template, name, file or condition, and applies as often as its rule says', async () => {
    account.scriptFlow({ procedure: 'everything', times: 1, script: { end: 'hang' } });
    account.scriptFlow({ mediaName: 'film', script: { waitingMs: 5000 } });
    account.scriptFlow({ match: (medium) => medium.tags.length > 0, script: { never: true } });
    const state = async (MediaName: string, name: string) => {
      await publish(emulator, { MediaName, Procedure: name });
      return emulator.tasks.findLast(({ type }) => type === 'Procedure');
    };
    assert.equal((await state('other', 'everything'))?.end, 'hang');
    assert.equal((await state('other', 'everything'))?.end, 'finish');
    assert.equal((await state('film', 'LongVideoPreset'))?.waitingMs, 5000);
    const { fileId } = await publish(emulator, { MediaName: 'tagged' });
    account.scriptFlow({ fileId, script: { waitingMs: 7000 } });
    const again = async () => {
      await ask(emulator, 'ProcessMediaByProcedure', { FileId: fileId, ProcedureName: 'LongVideoPreset' });
      return emulator.tasks.at(-1);
    };
    assert.equal((await again())?.waitingMs, 7000);
    await ask(emulator, 'ModifyMediaInfo', { FileId: fileId, AddTags: ['a'] });
    assert.equal((await again())?.hidden, true);
  });
});

describe('a review', () => {
  it('is a task of its own, and a success even where it blocks', async () => {
    const fileId = await start(
      { processingMs: 0, review: { suggestion: 'block', label: 'Porn', form: 'Image', createdMs: 5000 } },
      'everything',
    );
    assert.equal(
      await refusal(emulator, 'DescribeTaskDetail', { TaskId: taskOf('ReviewAudioVideo').taskId }),
      'ResourceNotFound',
    );
    now += 5000;
    const { TaskType, Status, ReviewAudioVideoTask, ProcedureTask } = await detailOf('ReviewAudioVideo');
    assert.deepEqual([TaskType, Status, ProcedureTask], ['ReviewAudioVideo', 'FINISH', null]);
    assert.deepEqual(ReviewAudioVideoTask?.Input?.ReviewContents, ['Media', 'Cover']);
    assert.deepEqual(
      [ReviewAudioVideoTask?.ErrCodeExt, ReviewAudioVideoTask?.Output?.Suggestion],
      ['', 'block'],
    );
    const { MediaReviewInfo } = (await info(fileId)).ReviewInfo ?? {};
    assert.deepEqual([MediaReviewInfo?.Suggestion, MediaReviewInfo?.TypeSet], ['block', ['Image.Porn']]);
    const blocked = await ask(emulator, 'SearchMedia', { ReviewResults: ['block'] });
    assert.equal(blocked.TotalCount, 1);
    assert.equal((await ask(emulator, 'SearchMedia', { ReviewResults: ['notModerated'] })).TotalCount, 0);
  });

  it('can be the only task of a template', async () => {
    account.addProcedure({ Name: 'review', ReviewAudioVideoTask: { Definition: 40 } });
    await start({ review: { code: 'SourceFileError', message: 'broken' }, processingMs: 0 }, 'review');
    assert.deepEqual(
      emulator.tasks.map(({ type }) => type),
      ['ReviewAudioVideo'],
    );
    const { ReviewAudioVideoTask } = await detailOf('ReviewAudioVideo');
    assert.deepEqual(
      [ReviewAudioVideoTask?.ErrCodeExt, ReviewAudioVideoTask?.Output],
      ['SourceFileError', null],
    );
  });

  it('can be left out', async () => {
    await start({ review: null }, 'everything');
    assert.equal(
      emulator.tasks.some(({ type }) => type === 'ReviewAudioVideo'),
      false,
    );
    assert.equal((await detailOf('ImportMediaKnowledge')).TaskType, 'ImportMediaKnowledge');
  });
});
