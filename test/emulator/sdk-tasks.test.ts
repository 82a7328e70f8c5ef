import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { startEmulator } from './emulator.js';
import { officialClient } from './official-client.js';
import { publish } from './publishing.js';

const SubAppId = 1500000001;
const emulator = await startEmulator();
const client = officialClient(emulator);
let FileId = '';
beforeEach(async () => {
  await emulator.reset();
  emulator.account.scriptFlow({ script: { processingMs: 0 } });
  ({ fileId: FileId } = await publish(emulator, { SubAppId, Procedure: 'LongVideoPreset' }));
});
after(() => emulator.close());

describe('the official client of the API, unchanged,', () => {
  it('follows the flow of an upload to its outputs', async () => {
    const { TaskSet, ScrollToken } = await client.DescribeTasks({
      SubAppId,
      FileId,
      Status: 'FINISH',
      CreateTime: { After: '2026-01-01T00:00:00Z' },
      FinishTime: { Before: '2999-01-01T00:00:00Z' },
      Sort: { Field: 'FinishTime', Order: 'Desc' },
      Limit: 100,
    });
    assert.equal(TaskSet?.length, 1);
    assert.notEqual(ScrollToken, '');
    const { ProcedureTask, Status } = await client.DescribeTaskDetail({
      SubAppId,
      TaskId: TaskSet?.[0]?.TaskId ?? '',
    });
    assert.equal(Status, 'FINISH');
    const adaptive = ProcedureTask?.MediaProcessResultSet?.find(
      ({ Type }) => Type === 'AdaptiveDynamicStreaming',
    );
    const { Output } = adaptive?.AdaptiveDynamicStreamingTask ?? {};
    assert.equal(Output?.Package, 'HLS');
    const { MediaInfoSet } = await client.DescribeMediaInfos({ SubAppId, FileIds: [FileId] });
    assert.equal(
      MediaInfoSet?.[0]?.AdaptiveDynamicStreamingInfo?.AdaptiveDynamicStreamingSet[0]?.Url,
      Output?.Url,
    );
  });

  it('looks templates up', async () => {
    const { TotalCount, ProcedureTemplateSet } = await client.DescribeProcedureTemplates({
      SubAppId,
      Names: ['LongVideoPreset', 'mine'],
      Type: 'Preset',
      Offset: 0,
      Limit: 100,
      SortBy: [{ Field: 'CreateTime', Order: 'desc' }],
    });
    assert.equal(TotalCount, 1);
    assert.equal(
      ProcedureTemplateSet?.[0]?.MediaProcessTask?.CoverBySnapshotTaskSet?.[0]?.PositionType,
      'Time',
    );
  });

  it('starts a flow once', async () => {
    const request = {
      SubAppId,
      FileId,
      ProcedureName: 'LongVideoPreset',
      SessionId: 'pub-1',
      TasksPriority: 1,
    };
    const { TaskId, ReviewAudioVideoTaskId } = await client.ProcessMediaByProcedure(request);
    assert.equal(emulator.tasks.at(-1)?.taskId, TaskId);
    assert.equal(ReviewAudioVideoTaskId, '');
    await assert.rejects(client.ProcessMediaByProcedure(request), {
      code: 'InvalidParameterValue.UniqueIdentifier',
    });
  });

  it('attaches subtitles', async () => {
    const Content = Buffer.from('WEBVTT\n').toString('base64');
    await client.ModifyMediaInfo({
      SubAppId,
      FileId,
      AddSubtitles: [{ Id: 'en-1', Name: 'English', Language: 'en', Format: 'vtt', Content }],
    });
    await client.AttachMediaSubtitles({
      SubAppId,
      FileId,
      Operation: 'Attach',
      AdaptiveDynamicStreamingDefinition: 10,
      SubtitleIds: ['en-1'],
      DefaultSubtitleId: 'en-1',
    });
    assert.deepEqual(emulator.media[0]?.attachments, [
      { definition: 10, subtitleIds: ['en-1'], defaultId: 'en-1' },
    ]);
  });
});
