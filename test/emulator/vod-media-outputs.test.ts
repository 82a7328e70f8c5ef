import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { startEmulator } from './emulator.js';
import { EVERYTHING } from './every-task.js';
import { ask, describeMedium, publish } from './publishing.js';
import type { FlowScript } from './vod-flow-script.js';

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

const info = (fileId: string) => describeMedium(emulator, fileId);

describe('DescribeMediaInfos of a medium with a flow', () => {
  it('shows what the flow made once it has ended, and with a lag later', async () => {
    account.lag({ outputs: 5000 });
    const fileId = await start({ processingMs: 10_000, review: null }, 'everything');
    const before = await info(fileId);
    now += 14_999;
    const { BasicInfo: _now, MetaData: _meta, ...sections } = await info(fileId);
    const { BasicInfo: _then, MetaData: _null, ...same } = before;
    assert.deepEqual(sections, same);
    now += 1;
    const after = await info(fileId);
    assert.deepEqual(
      after.TranscodeInfo?.TranscodeSet.map(({ Definition, Height }) => [Definition, Height]),
      [
        [0, 2160],
        [100030, 720],
        [100220, 540],
        [1010, 0],
      ],
      'the source is the tallest of them',
    );
    assert.deepEqual(
      after.AdaptiveDynamicStreamingInfo?.AdaptiveDynamicStreamingSet.map(({ Definition }) => Definition),
      [10, 20, 12],
    );
    assert.equal(after.ImageSpriteInfo?.ImageSpriteSet.length, 1);
    assert.equal(after.SampleSnapshotInfo?.SampleSnapshotSet.length, 1);
    assert.equal(after.SnapshotByTimeOffsetInfo?.SnapshotByTimeOffsetSet.length, 1);
    assert.equal(after.AnimatedGraphicsInfo?.AnimatedGraphicsSet.length, 1);
    assert.match(after.BasicInfo?.CoverUrl ?? '', /coverBySnapshot_10_0\.jpg$/);
    assert.equal(after.BasicInfo?.UpdateTime, '2026-03-01T12:00:10Z');
  });

  it('keeps outputs when the tasks are forgotten, and loses what is deleted', async () => {
    const FileId = await start({ processingMs: 0, review: null }, 'everything');
    now += 4 * 24 * 3600_000;
    assert.deepEqual((await ask(emulator, 'DescribeTasks', {})).TaskSet, []);
    const parts = [{ Type: 'AdaptiveDynamicStreamingFiles', Definition: 20 }, { Type: 'TranscodeFiles' }];
    await ask(emulator, 'DeleteMedia', { FileId, DeleteParts: parts });
    const { AdaptiveDynamicStreamingInfo, TranscodeInfo, BasicInfo } = await info(FileId);
    assert.deepEqual(
      AdaptiveDynamicStreamingInfo?.AdaptiveDynamicStreamingSet.map(({ Definition }) => Definition),
      [10, 12],
    );
    assert.deepEqual([TranscodeInfo?.TranscodeSet.length, BasicInfo?.CoverUrl], [1, '']);
  });

  it('shows the newest cover', async () => {
    const FileId = await start({ processingMs: 10_000 }, 'LongVideoPreset', { CoverType: 'jpg' });
    const cover = async () => (await info(FileId)).BasicInfo?.CoverUrl;
    assert.equal(await cover(), emulator.media[0]?.coverUrl);
    now += 10_000;
    assert.match((await cover()) ?? '', /coverBySnapshot/);
    now += 1;
    const CoverData = Buffer.from('GIF89a').toString('base64');
    await ask(emulator, 'ModifyMediaInfo', { FileId, CoverData });
    assert.match((await cover()) ?? '', /\.gif$/);
  });
});
