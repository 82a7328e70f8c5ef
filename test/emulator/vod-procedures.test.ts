import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { startEmulator } from './emulator.js';
import { ask, publish, refusal } from './publishing.js';
import type { ProcedureTemplate } from './vod-models.js';

const NOON = Date.parse('2026-03-01T12:00:00Z');
const DAY = 24 * 3600_000;
let now = NOON;
const emulator = await startEmulator({ now: () => now, pathSubAppIds: [1500000009] });
const { account } = emulator;
beforeEach(async () => {
  now = NOON;
  await emulator.reset();
});
after(() => emulator.close());

async function templates(parameters: Record<string, unknown> = {}): Promise<ProcedureTemplate[]> {
  const { ProcedureTemplateSet } = await ask(emulator, 'DescribeProcedureTemplates', parameters);
  return ProcedureTemplateSet as ProcedureTemplate[];
}

describe('DescribeProcedureTemplates', () => {
  const names = async (parameters: Record<string, unknown>) =>
    (await templates(parameters)).map(({ Name }) => Name);

  it('lists the presets and the templates of the account', async () => {
    account.addProcedure({ Name: 'mine', MediaProcessTask: { TranscodeTaskSet: [{ Definition: 100030 }] } });
    assert.deepEqual(await names({ Type: 'Preset' }), [
      'LongVideoPreset',
      'SimpleAesEncryptPreset',
      'WidevineFairPlayPreset',
      'SDMC-WidevineFairPlayPreset',
      'MultiDRMPreset',
    ]);
    assert.deepEqual(await names({ Type: 'Custom' }), ['mine']);
    assert.deepEqual(await names({ Names: ['mine', 'LongVideoPreset', 'longvideopreset'] }), [
      'LongVideoPreset',
      'mine',
    ]);
    const { TotalCount } = await ask(emulator, 'DescribeProcedureTemplates', { Offset: 4, Limit: 1 });
    assert.equal(TotalCount, 6);
    assert.deepEqual(await names({ Offset: 4, Limit: 2 }), ['MultiDRMPreset', 'mine']);
  });

  it('shows what a template starts', async () => {
    account.addProcedure({ Name: 'review', ReviewAudioVideoTask: { Definition: 40 } });
    const [review, long] = await templates({
      Names: ['LongVideoPreset', 'review'],
      SortBy: [{ Field: 'CreateTime', Order: 'desc' }],
    }).then((found) => found.sort((a, b) => ((a.Name ?? '') < (b.Name ?? '') ? 1 : -1)));
    assert.deepEqual([review?.MediaProcessTask, review?.ReviewAudioVideoTask], [null, { Definition: 40 }]);
    assert.deepEqual(long?.MediaProcessTask?.AdaptiveDynamicStreamingTaskSet, [{ Definition: 10 }]);
    assert.deepEqual(long?.MediaProcessTask?.TranscodeTaskSet, []);
    assert.equal(long?.ReviewAudioVideoTask, null);
  });

  it('refuses 101 names, a page of 101, and another type', async () => {
    for (const [parameters, code] of [
      [{ Names: Array.from({ length: 101 }, (_, name) => `${name}`) }, 'InvalidParameterValue.Names'],
      [{ Limit: 101 }, 'InvalidParameterValue.Limit'],
      [{ Type: 'preset' }, 'InvalidParameterValue.Type'],
      [{ SortBy: [{ Field: 'Name', Order: 'asc' }] }, 'InvalidParameterValue'],
      [{ Limit: 100 }, ''],
    ] as const) {
      assert.equal(await refusal(emulator, 'DescribeProcedureTemplates', parameters), code);
    }
  });
});

describe('ProcessMediaByProcedure', () => {
  const ProcedureName = 'LongVideoPreset';

  it('starts the tasks of a template, and says which', async () => {
    account.addProcedure({
      Name: 'both',
      MediaProcessTask: {},
      ReviewAudioVideoTask: { Definition: 40 },
      ImportMediaKnowledgeTaskSet: [{ Definition: 50 }],
    });
    const { fileId: FileId } = await publish(emulator);
    const started = await ask(emulator, 'ProcessMediaByProcedure', {
      FileId,
      ProcedureName: 'both',
      SessionContext: 'again',
      TasksPriority: -10,
      TasksNotifyMode: 'None',
    });
    assert.deepEqual(
      emulator.tasks.map(({ type, taskId, fileId, sessionContext }) => [
        type,
        taskId,
        fileId,
        sessionContext,
      ]),
      [
        ['Procedure', started.TaskId, FileId, 'again'],
        ['ReviewAudioVideo', started.ReviewAudioVideoTaskId, FileId, 'again'],
        ['ImportMediaKnowledge', (started.ImportMediaKnowledgeTaskIdSet as string[])[0], FileId, 'again'],
      ],
    );
  });

  it('has no id for a task that the template does not start', async () => {
    account.addProcedure({ Name: 'review', ReviewAudioVideoTask: { Definition: 40 } });
    const { fileId: FileId } = await publish(emulator);
    const started = await ask(emulator, 'ProcessMediaByProcedure', { FileId, ProcedureName: 'review' });
    assert.equal(started.TaskId, '');
    assert.notEqual(started.ReviewAudioVideoTaskId, '');
    assert.deepEqual(started.ImportMediaKnowledgeTaskIdSet, []);
  });

  it('takes a SessionId once in seven days and in an application', async () => {
    const { fileId: FileId } = await publish(emulator);
    const { fileId: other } = await publish(emulator, { SubAppId: 1500000001 });
    const again = (more = {}) =>
      refusal(emulator, 'ProcessMediaByProcedure', { FileId, ProcedureName, SessionId: 'key-1', ...more });
    assert.equal(await again({ ProcedureName: 'unknown' }), 'InvalidParameterValue.ProcedureName');
    assert.equal(await again(), '', 'a refused request does not use it up');
    assert.equal(await again(), 'InvalidParameterValue.UniqueIdentifier');
    assert.equal(await again({ FileId: other, SubAppId: 1500000001 }), '');
    assert.equal(await again({ SessionId: '' }), '');
    assert.equal(await again({ SessionId: '' }), '');
    now += 7 * DAY - 1;
    assert.equal(await again(), 'InvalidParameterValue.UniqueIdentifier');
    now += 1;
    assert.equal(await again(), '');
  });

  it('finds a medium by its path in FileID + Path mode alone', async () => {
    const SubAppId = 1500000009;
    const MediaStoragePath = '/releases/a.mp4';
    const { fileId } = await publish(emulator, { SubAppId, MediaStoragePath });
    await ask(emulator, 'ProcessMediaByProcedure', { SubAppId, MediaStoragePath, ProcedureName });
    assert.equal(emulator.tasks[0]?.fileId, fileId);
    const elsewhere = { MediaStoragePath, ProcedureName };
    assert.equal(await refusal(emulator, 'ProcessMediaByProcedure', elsewhere), 'InvalidParameterValue');
  });

  it('refuses what it can not start', async () => {
    const { fileId: FileId } = await publish(emulator);
    for (const [parameters, code] of [
      [{ FileId: '1' }, 'InvalidParameterValue.FileId'],
      [{ FileId: undefined }, 'InvalidParameterValue.FileId'],
      [{ ProcedureName: 'WidevineFairPlayPrese' }, 'InvalidParameterValue.ProcedureName'],
      [{ ProcedureName: undefined }, 'MissingParameter'],
      [{ SessionId: 'x'.repeat(51) }, 'InvalidParameterValue.SessionIdTooLong'],
      [{ SessionContext: 'x'.repeat(1001) }, 'InvalidParameterValue.SessionContextTooLong'],
      [{ TasksPriority: 11 }, 'InvalidParameterValue'],
      [{ TasksNotifyMode: 'Always' }, 'InvalidParameterValue'],
    ] as const) {
      const code2 = await refusal(emulator, 'ProcessMediaByProcedure', {
        FileId,
        ProcedureName,
        ...parameters,
      });
      assert.equal(code2, code, JSON.stringify(parameters));
    }
    await ask(emulator, 'DeleteMedia', { FileId, DeleteParts: [{ Type: 'OriginalFiles' }] });
    assert.equal(
      await refusal(emulator, 'ProcessMediaByProcedure', { FileId, ProcedureName }),
      'FailedOperation',
    );
    assert.deepEqual(emulator.tasks, []);
  });
});

describe('a procedure that the account does not know', () => {
  it('is taken by ApplyUpload and starts nothing', async () => {
    await publish(emulator, { Procedure: 'LongVideoPrese' });
    await publish(emulator);
    assert.equal(emulator.media.length, 2);
    assert.deepEqual(emulator.tasks, []);
  });

  it('and no second flow follows from a commit that is repeated', async () => {
    const lenient = await startEmulator({ repeatedCommit: 'same-answer' });
    const { vodSessionKey } = await publish(lenient, { Procedure: 'LongVideoPreset' });
    await ask(lenient, 'CommitUpload', { VodSessionKey: vodSessionKey });
    const { tasks, media } = lenient;
    await lenient.close();
    assert.deepEqual([tasks.length, media.length], [1, 1]);
  });
});
