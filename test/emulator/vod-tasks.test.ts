import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { startEmulator } from './emulator.js';
import { ask, publish, refusal } from './publishing.js';
import type { TaskSimpleInfo } from './vod-models.js';
import { isoTime } from './vod-time.js';

const NOON = Date.parse('2026-03-01T12:00:00Z');
const HOUR = 3600_000;
let now = NOON;
const emulator = await startEmulator({ now: () => now, apiRatePerSecond: 10_000 });
const { account } = emulator;
beforeEach(async () => {
  now = NOON;
  await emulator.reset();
});
after(() => emulator.close());

async function list(parameters: Record<string, unknown> = {}): Promise<TaskSimpleInfo[]> {
  const { TaskSet } = await ask(emulator, 'DescribeTasks', parameters);
  return TaskSet as TaskSimpleInfo[];
}

const fileIds = async (parameters: Record<string, unknown> = {}) =>
  (await list(parameters)).map(({ FileId }) => FileId).sort();

describe('DescribeTasks', () => {
  it('shows the flow that an upload started, from its commit to its end', async () => {
    account.scriptFlow({ script: { waitingMs: 2000, processingMs: 5000 } });
    const { fileId } = await publish(emulator, { Procedure: 'LongVideoPreset', SessionContext: 'run 7' });
    const at = async (seconds: number) => {
      now = NOON + seconds * 1000;
      const [task, ...others] = await list({ FileId: fileId });
      assert.equal(others.length, 0);
      return task ?? assert.fail('there is no task');
    };
    const waiting = await at(1);
    assert.deepEqual(
      [waiting.Status, waiting.TaskType, waiting.SessionContext],
      ['WAITING', 'Procedure', 'run 7'],
    );
    assert.equal(waiting.CreateTime, '2026-03-01T12:00:00Z');
    const processing = await at(2);
    assert.deepEqual(
      [processing.Status, processing.BeginProcessTime],
      ['PROCESSING', '2026-03-01T12:00:02Z'],
    );
    assert.equal((await at(6)).Status, 'PROCESSING');
    const ended = await at(7);
    assert.deepEqual([ended.Status, ended.FinishTime], ['FINISH', '2026-03-01T12:00:07Z']);
    assert.equal(emulator.tasks[0]?.status, 'FINISH');
  });

  it('writes a time that is not there as nothing or as the year 1, and types with or without a capital', async () => {
    for (let task = 0; task < 6; task += 1) account.addTask();
    const tasks = await list();
    assert.deepEqual(
      new Set(tasks.map(({ FinishTime }) => FinishTime)),
      new Set(['', '0001-01-01T00:00:00Z']),
    );
    assert.deepEqual(new Set(tasks.map(({ TaskType }) => TaskType)), new Set(['EditMedia', 'editMedia']));
  });

  it('filters by status, file, and times, of which the later is outside the range', async () => {
    account.addTask({ fileId: 'waiting', createdAt: NOON - 10_000, waitingMs: HOUR });
    account.addTask({ fileId: 'processing', createdAt: NOON - 20_000, processingMs: HOUR });
    account.addTask({ fileId: 'finished', createdAt: NOON - 20_000, processingMs: 5000 });
    account.addTask({ fileId: 'aborted', createdAt: NOON - 30_000, end: 'abort' });
    assert.deepEqual(await fileIds({ Status: 'WAITING' }), ['waiting']);
    assert.deepEqual(await fileIds({ Status: 'PROCESSING' }), ['processing']);
    assert.deepEqual(await fileIds({ Status: 'FINISH' }), ['finished']);
    assert.deepEqual(await fileIds({ FileId: 'aborted' }), ['aborted']);
    const between = (after: number, before: number) => ({
      After: isoTime(NOON - after * 1000),
      Before: isoTime(NOON - before * 1000),
    });
    assert.deepEqual(await fileIds({ CreateTime: between(20, 10) }), ['finished', 'processing']);
    assert.deepEqual(await fileIds({ FinishTime: between(15, 14) }), ['finished']);
    assert.deepEqual(await fileIds({ FinishTime: between(16, 15) }), []);
    assert.deepEqual(await fileIds({ FinishTime: { After: isoTime(0) } }), ['finished']);
  });

  it('shows an aborted task as such, without any times but that of its creation', async () => {
    account.addTask({ end: 'abort', waitingMs: 1000 });
    now += 1000;
    const [task] = await list();
    assert.equal(task?.Status, 'ABORTED');
    assert.equal(task?.FinishTime, '');
  });

  it('sorts by the time that it is asked for', async () => {
    account.addTask({ fileId: 'a', createdAt: NOON - 30_000, processingMs: 20_000 });
    account.addTask({ fileId: 'b', createdAt: NOON - 20_000, processingMs: 1000 });
    account.addTask({ fileId: 'c', createdAt: NOON - 10_000, processingMs: 5000 });
    const sorted = async (Field: string, Order: string) =>
      (await list({ Sort: { Field, Order } })).map(({ FileId }) => FileId).join('');
    assert.equal(await sorted('CreateTime', 'Asc'), 'abc');
    assert.equal(await sorted('CreateTime', 'Desc'), 'cba');
    assert.equal(await sorted('FinishTime', 'Asc'), 'bac');
  });

  it('shows tasks late, for three days, and those of one application', async () => {
    account.lag({ task: 4000 });
    const { fileId } = await publish(emulator, { SubAppId: 1500000001, Procedure: 'LongVideoPreset' });
    const [task] = emulator.tasks;
    const SubAppId = 1500000001;
    const detail = () => refusal(emulator, 'DescribeTaskDetail', { SubAppId, TaskId: task?.taskId });
    const seen = async (milliseconds: number) => {
      now = NOON + milliseconds;
      return [await fileIds({ SubAppId }), await detail()];
    };
    assert.deepEqual(await seen(3999), [[], 'ResourceNotFound']);
    assert.deepEqual(await seen(4000), [[fileId], '']);
    assert.deepEqual(await fileIds({ SubAppId: 1500000002 }), []);
    assert.deepEqual(await seen(72 * HOUR - 1), [[fileId], '']);
    assert.deepEqual(await seen(72 * HOUR), [[], 'ResourceNotFound']);
    assert.equal(emulator.tasks.length, 1, 'the test still sees it');
  });

  it('pages ten at a time, and ends the last page with a token as well', async () => {
    for (let task = 0; task < 12; task += 1) account.addTask({ fileId: `${task}` });
    const first = await ask(emulator, 'DescribeTasks', {});
    const second = await ask(emulator, 'DescribeTasks', { ScrollToken: first.ScrollToken });
    const third = await ask(emulator, 'DescribeTasks', { ScrollToken: second.ScrollToken });
    assert.deepEqual(
      [first, second, third].map(({ TaskSet }) => (TaskSet as unknown[]).length),
      [10, 2, 0],
    );
    assert.notEqual(second.ScrollToken, '');
    assert.equal(third.ScrollToken, '');
  });

  it('pages through every task once, whatever starts meanwhile', async () => {
    const sorts = [undefined, ...['Asc', 'Desc'].map((Order) => ({ Field: 'CreateTime', Order }))];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom(...sorts),
        async (ages, Limit, Sort) => {
          await emulator.reset();
          const ids = ages.map((age) => account.addTask({ createdAt: NOON - age * 1000 }));
          const seen: (string | undefined)[] = [];
          let ScrollToken = '';
          do {
            const query = { Limit, ScrollToken, ...(Sort === undefined ? {} : { Sort }) };
            const answer = await ask(emulator, 'DescribeTasks', query);
            seen.push(...(answer.TaskSet as TaskSimpleInfo[]).map(({ TaskId }) => TaskId));
            ScrollToken = String(answer.ScrollToken);
            account.addTask({ createdAt: NOON });
          } while (ScrollToken !== '' && seen.length < 200);
          const known = seen.filter((id) => ids.includes(String(id)));
          assert.deepEqual([...known].sort(), [...ids].sort());
          assert.equal(new Set(seen).size, seen.length);
        },
      ),
      { numRuns: 30 },
    );
  });

  const token = Buffer.from('["0","0"]').toString('base64url');
  const cases: ReadonlyArray<[name: string, code: string, parameters: Record<string, unknown>]> = [
    ['101 tasks', 'InvalidParameterValue', { Limit: 101 }],
    ['no tasks', 'InvalidParameterValue', { Limit: 0 }],
    ['aborted ones', 'InvalidParameterValue.Status', { Status: 'ABORTED' }],
    ['an order by status', 'InvalidParameterValue', { Sort: { Field: 'Status', Order: 'Asc' } }],
    ['another order', 'InvalidParameterValue', { Sort: { Field: 'CreateTime', Order: 'asc' } }],
    ['the token of another query', 'InvalidParameterValue', { ScrollToken: token }],
    ['a token that is not one', 'InvalidParameterValue', { ScrollToken: 'token-test' }],
    ['a time that is not one', 'InvalidParameterValue', { FinishTime: { After: 'today' } }],
    ['an offset', 'UnknownParameter', { Offset: 0 }],
  ];
  for (const [name, code, parameters] of cases) {
    it(`refuses ${name}`, async () =>
      assert.equal(await refusal(emulator, 'DescribeTasks', parameters), code));
  }
});
