import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { startEmulator } from './emulator.js';
import { ask, describeMedium, publish, refusal } from './publishing.js';
import type { AdaptiveDynamicStreamingInfoItem } from './vod-models.js';

const NOON = Date.parse('2026-03-01T12:00:00Z');
let now = NOON;
const emulator = await startEmulator({ now: () => now });
const { account } = emulator;
let FileId = '';
beforeEach(async () => {
  now = NOON;
  await emulator.reset();
  account.addProcedure({
    Name: 'two',
    MediaProcessTask: { AdaptiveDynamicStreamingTaskSet: [{ Definition: 10 }, { Definition: 20 }] },
  });
  account.scriptFlow({ script: { processingMs: 5000 } });
  ({ fileId: FileId } = await publish(emulator, { Procedure: 'two' }));
  const Content = Buffer.from('WEBVTT\n').toString('base64');
  const AddSubtitles = ['en', 'de'].map((Language) => ({
    Id: `${Language}-1`,
    Name: Language,
    Language,
    Format: 'vtt',
    Content,
  }));
  await ask(emulator, 'ModifyMediaInfo', { FileId, AddSubtitles });
});
after(() => emulator.close());

const request = (more = {}) => ({
  FileId,
  Operation: 'Attach',
  AdaptiveDynamicStreamingDefinition: 10,
  SubtitleIds: ['en-1', 'de-1'],
  DefaultSubtitleId: 'en-1',
  ...more,
});
const attach = (more = {}) => refusal(emulator, 'AttachMediaSubtitles', request(more));

async function hls(): Promise<AdaptiveDynamicStreamingInfoItem | undefined> {
  const { AdaptiveDynamicStreamingInfo } = await describeMedium(emulator, FileId);
  return AdaptiveDynamicStreamingInfo?.AdaptiveDynamicStreamingSet[0];
}

const shown = async () => {
  const output = await hls();
  return [output?.SubtitleSet?.map(({ Id }) => Id), output?.DefaultSubtitleId];
};

describe('AttachMediaSubtitles', () => {
  it('needs the adaptive output', async () => {
    assert.equal(await attach(), 'FailedOperation');
    account.lag({ outputs: 1000 });
    now += 5000;
    assert.equal(await attach(), 'FailedOperation');
    now += 1000;
    assert.equal(await attach({ AdaptiveDynamicStreamingDefinition: 12 }), 'FailedOperation');
    assert.equal(await attach(), '');
  });

  it('shows subtitles with the output, until they are detached or deleted', async () => {
    now += 5000;
    assert.deepEqual(await shown(), [[], '']);
    await attach({ SubtitleIds: ['en-1'] });
    assert.deepEqual(await shown(), [['en-1'], 'en-1']);
    await attach({ SubtitleIds: ['de-1'], DefaultSubtitleId: 'de-1' });
    assert.deepEqual(await shown(), [['en-1', 'de-1'], 'de-1']);
    assert.match((await hls())?.SubtitleSet?.[0]?.Url ?? '', /\/subtitles\/en-1\.vtt$/);
    assert.equal(emulator.media[0]?.attachments[0]?.defaultId, 'de-1');
    await attach({ Operation: 'Detach', SubtitleIds: ['en-1'], DefaultSubtitleId: undefined });
    assert.deepEqual(await shown(), [['de-1'], 'de-1']);
    await ask(emulator, 'ModifyMediaInfo', { FileId, DeleteSubtitleIds: ['de-1'] });
    assert.deepEqual(await shown(), [[], '']);
  });

  it('refuses DASH, strangers and nothing', async () => {
    now += 5000;
    for (const [more, code] of [
      [{ AdaptiveDynamicStreamingDefinition: 20 }, 'UnsupportedOperation'],
      [{ SubtitleIds: ['fr-1'] }, 'InvalidParameterValue'],
      [{ SubtitleIds: [] }, 'InvalidParameterValue'],
      [{ SubtitleIds: ['de-1'] }, 'InvalidParameterValue'],
      [{ Operation: 'attach' }, 'InvalidParameterValue'],
      [{ FileId: '1' }, 'InvalidParameterValue'],
      [{ AdaptiveDynamicStreamingDefinition: undefined }, 'MissingParameter'],
      [{ AdaptiveDynamicStreamingDefinition: '10' }, 'InvalidParameter'],
    ] as const) {
      assert.equal(await attach(more), code, JSON.stringify(more));
    }
    assert.deepEqual(await shown(), [[], '']);
  });
});
