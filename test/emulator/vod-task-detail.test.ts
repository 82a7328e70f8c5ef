import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { startEmulator } from './emulator.js';
import { EVERYTHING } from './every-task.js';
import { ask, publish, refusal } from './publishing.js';
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

describe('DescribeTaskDetail', () => {
  it('has an item for every task of the template, with the field and the output of its type', async () => {
    await start({ processingMs: 60_000 }, 'everything');
    now += 60_000;
    const detail = await detailOf('Procedure');
    assert.deepEqual([detail.TaskType, detail.Status], ['Procedure', 'FINISH']);
    assert.equal(detail.FinishTime, '2026-03-01T12:01:00Z');
    assert.equal(detail.ReviewAudioVideoTask, null);
    const { MediaProcessResultSet: results = [], ...task } = await flow();
    assert.deepEqual([task.Status, task.FileName], ['FINISH', 'film']);
    const urls = results.map((item) => [
      item.Type,
      item.TranscodeTask?.Output?.Url ??
        item.AnimatedGraphicTask?.Output?.Url ??
        item.SnapshotByTimeOffsetTask?.Output?.PicInfoSet?.[0]?.Url ??
        item.SampleSnapshotTask?.Output?.ImageUrlSet?.[0] ??
        item.ImageSpriteTask?.Output?.WebVttUrl ??
        item.CoverBySnapshotTask?.Output?.CoverUrl ??
        item.AdaptiveDynamicStreamingTask?.Output?.Url,
    ]);
    assert.deepEqual(
      urls.map(([type, url]) => [type, url?.replace(/.*\//, '')]),
      [
        ['Transcode', 'v.f100030.mp4'],
        ['Transcode', 'v.f100220.m3u8'],
        ['Transcode', 'v.f1010.mp3'],
        ['AnimatedGraphics', 'animatedGraphics_20000_0.gif'],
        ['SnapshotByTimeOffset', 'snapshotByTimeOffset_10_0.jpg'],
        ['SampleSnapshot', 'sampleSnapshot_10_0.jpg'],
        ['ImageSprites', 'imageSprite_10.vtt'],
        ['CoverBySnapshot', 'coverBySnapshot_10_0.jpg'],
        ['AdaptiveDynamicStreaming', 'adp.10.m3u8'],
        ['AdaptiveDynamicStreaming', 'adp.20.mpd'],
        ['AdaptiveDynamicStreaming', 'adp.12.m3u8'],
      ],
    );
    const adaptive = results.slice(-3).map((item) => item.AdaptiveDynamicStreamingTask?.Output);
    assert.deepEqual(
      adaptive.map((output) => [output?.Package, output?.DrmType]),
      [
        ['HLS', ''],
        ['DASH', ''],
        ['HLS', 'SimpleAES'],
      ],
    );
    const [transcode] = results;
    assert.deepEqual(transcode?.TranscodeTask?.Input, { Definition: 100030 });
    assert.equal(transcode?.TranscodeTask?.Output?.Definition, 0, 'the Input tells the template');
    assert.equal(transcode?.AdaptiveDynamicStreamingTask, null);
    assert.equal(task.AiContentReviewResultSet?.[0]?.PornTask?.Status, 'SUCCESS');
    assert.equal(task.AiAnalysisResultSet?.[0]?.TagTask?.Input?.Definition, 20);
    assert.equal(task.AiRecognitionResultSet?.[0]?.AsrFullTextTask?.Progress, 100);
  });

  it('has an item for the older of the two ways to ask for recognition', async () => {
    account.addProcedure({ Name: 'older', AiRecognitionTask: { Definition: 70 } });
    await start({}, 'older');
    const { AiRecognitionResultSet, MediaProcessResultSet } = await flow();
    assert.equal(AiRecognitionResultSet?.[0]?.AsrFullTextTask?.Input?.Definition, 70);
    assert.deepEqual(MediaProcessResultSet, []);
  });

  it('shows items that are processed, and those that have ended before the others', async () => {
    await start({
      processingMs: 10_000,
      media: [
        { type: 'Transcode', definition: 100010, afterMs: 4000 },
        { type: 'Transcode', definition: 100030 },
      ],
    });
    now += 5000;
    const [early, late] = (await flow()).MediaProcessResultSet ?? [];
    assert.equal(early?.TranscodeTask?.Status, 'SUCCESS');
    assert.equal(early?.TranscodeTask?.FinishTime, '2026-03-01T12:00:04Z');
    const { Status, Progress, Output } = late?.TranscodeTask ?? {};
    assert.deepEqual([Status, Progress, Output], ['PROCESSING', 50, null]);
    assert.equal((await detailOf('Procedure')).Status, 'PROCESSING');
  });

  it('has nothing of a flow that waits', async () => {
    await start({ waitingMs: 1000 });
    const { Status, ProcedureTask } = await detailOf('Procedure');
    assert.deepEqual([Status, ProcedureTask?.Status], ['WAITING', 'PROCESSING']);
    assert.deepEqual(ProcedureTask?.MediaProcessResultSet, []);
  });

  it('refuses what is not the id of a task, and those of other applications', async () => {
    await start({});
    const TaskId = taskOf('Procedure').taskId;
    for (const [parameters, code] of [
      [{ TaskId: 'x' }, 'InvalidParameterValue.TaskId'],
      [{ TaskId: `${TaskId}0` }, 'ResourceNotFound'],
      [{ TaskId, SubAppId: 1500000001 }, 'ResourceNotFound'],
      [{}, 'MissingParameter'],
      [{ TaskId }, ''],
    ] as const) {
      assert.equal(await refusal(emulator, 'DescribeTaskDetail', parameters), code);
    }
  });
});
