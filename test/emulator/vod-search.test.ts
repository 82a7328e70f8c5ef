import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { startEmulator } from './emulator.js';
import { ask, publish, refusal } from './publishing.js';
import type { MediaInfo } from './vod-models.js';
import { isoTime } from './vod-time.js';

const NOON = Date.parse('2026-03-01T12:00:00Z');
let now = NOON;
const emulator = await startEmulator({ now: () => now, apiRatePerSecond: 10_000 });
const { account } = emulator;
beforeEach(async () => {
  now = NOON;
  await emulator.reset();
});
after(() => emulator.close());

/** The names that a search finds, in the order of the answer. */
async function names(parameters: Record<string, unknown>): Promise<string[]> {
  const { MediaInfoSet } = await ask(emulator, 'SearchMedia', parameters);
  return (MediaInfoSet as MediaInfo[]).map((info) => info.BasicInfo?.Name ?? '');
}

async function tag(fileId: string, AddTags: string[]): Promise<void> {
  await ask(emulator, 'ModifyMediaInfo', { FileId: fileId, AddTags });
}

describe('SearchMedia finds', () => {
  it('media with any of the tags, exactly as they are spelt', async () => {
    for (const [MediaName, tags] of [
      ['one', ['a', 'b']],
      ['two', ['b', 'c']],
      ['three', ['ab']],
      ['four', []],
    ] as const) {
      const { fileId } = await publish(emulator, { MediaName });
      await tag(fileId, [...tags]);
    }
    assert.deepEqual((await names({ Tags: ['a', 'c'] })).sort(), ['one', 'two']);
    assert.deepEqual(await names({ Tags: ['A'] }), []);
    assert.deepEqual(await names({ Tags: ['b'], Names: ['TWO'] }), ['two']);
  });

  it('media by source, type, class, name, description and identity', async () => {
    const { fileId } = await publish(emulator, { MediaName: 'Trailer 1', ClassId: 7, MediaType: 'mov' });
    await publish(emulator, { MediaName: 'Feature', MediaType: 'mp4' });
    await ask(emulator, 'ModifyMediaInfo', { FileId: fileId, Description: 'The first of two' });
    for (const parameters of [
      { Names: ['railer'] },
      { NamePrefixes: ['Trailer'] },
      { Descriptions: ['FIRST'] },
      { Text: 'first' },
      { FileIds: [fileId] },
      { ClassIds: [7] },
      { MediaTypes: ['mov'] },
    ]) {
      assert.deepEqual(await names(parameters), ['Trailer 1'], JSON.stringify(parameters));
    }
    assert.equal((await names({ SourceTypes: ['Upload', 'Record'] })).length, 2);
    assert.deepEqual(await names({ SourceTypes: ['Record'] }), []);
    assert.deepEqual(await names({ StreamIds: ['live'] }), []);
    assert.deepEqual(await names({ NamePrefixes: ['railer'] }), []);
  });

  it('media by the time of their commit, both ends included', async () => {
    for (let minute = 0; minute < 4; minute += 1) {
      now = NOON + minute * 60_000 + 700;
      await publish(emulator, { MediaName: `${minute}` });
    }
    const CreateTime = { After: '2026-03-01T12:01:00Z', Before: '2026-03-01T12:02:00Z' };
    const Sort = { Field: 'CreateTime', Order: 'Desc' };
    assert.deepEqual(await names({ CreateTime, Sort }), ['2', '1']);
    assert.deepEqual(await names({ CreateTime, Sort: { ...Sort, Order: 'Asc' } }), ['1', '2']);
    assert.deepEqual(await names({ StartTime: CreateTime.Before, EndTime: '2026-03-01T12:03:00Z' }), ['2']);
  });

  it('media of one application only', async () => {
    await publish(emulator, { MediaName: 'here', SubAppId: 1500000001 });
    await publish(emulator, { MediaName: 'there', SubAppId: 1500000002 });
    assert.deepEqual(await names({ SubAppId: 1500000001 }), ['here']);
    assert.deepEqual(await names({}), []);
  });

  it('no medium that has expired or was deleted, and tells forbidden ones apart', async () => {
    await publish(emulator, { MediaName: 'short', ExpireTime: isoTime(NOON + 60_000) });
    const { fileId: deleted } = await publish(emulator, { MediaName: 'deleted' });
    const { fileId: forbidden } = await publish(emulator, { MediaName: 'forbidden' });
    account.deleteMedium(deleted);
    account.forbidMedium(forbidden);
    assert.deepEqual(await names({ Status: ['Normal'] }), ['short']);
    now += 60_000;
    assert.deepEqual(await names({}), ['forbidden']);
    assert.deepEqual(await names({ Status: ['Forbidden'] }), ['forbidden']);
  });
});

describe('SearchMedia pages', () => {
  it('ten at a time unless it is asked for more', async () => {
    for (let medium = 0; medium < 12; medium += 1) {
      now += 1000;
      await publish(emulator, { MediaName: `${medium}` });
    }
    const Sort = { Field: 'CreateTime', Order: 'Desc' };
    const first = await ask(emulator, 'SearchMedia', { Sort });
    assert.equal(first.TotalCount, 12);
    assert.equal((first.MediaInfoSet as unknown[]).length, 10);
    assert.deepEqual(await names({ Sort, Offset: 10 }), ['1', '0']);
    assert.deepEqual(await names({ Sort, Offset: 3, Limit: 2 }), ['8', '7']);
  });

  it('to the 5000th result, of however many', async () => {
    for (let second = 0; second <= 5000; second += 1) {
      account.addMedium({ createdAt: NOON - second * 1000, request: { MediaName: `${second}` } });
    }
    const Sort = { Field: 'CreateTime', Order: 'Desc' };
    const last = await ask(emulator, 'SearchMedia', { Sort, Offset: 4999, Limit: 1, Filters: ['basicInfo'] });
    assert.equal(last.TotalCount, 5000);
    assert.equal((last.MediaInfoSet as MediaInfo[])[0]?.BasicInfo?.Name, '4999');
    assert.equal(await refusal(emulator, 'SearchMedia', { Sort, Offset: 4999, Limit: 2 }), 'LimitExceeded');
    const CreateTime = { Before: isoTime(NOON - 4999_000) };
    assert.deepEqual(await names({ Sort, CreateTime }), ['4999', '5000'], 'a range leads further');
  });
});

describe('the index of SearchMedia', () => {
  it('knows a new medium, its changes and its end each after a time of its own', async () => {
    account.lag({ searchNew: 20_000, searchChange: 30_000, searchDeletion: 40_000 });
    const { fileId } = await publish(emulator, { MediaName: 'old' });
    const at = async (seconds: number) => {
      now = NOON + seconds * 1000;
      return names({});
    };
    assert.deepEqual(await at(19), []);
    assert.deepEqual(await at(20), ['old']);
    await ask(emulator, 'ModifyMediaInfo', { FileId: fileId, Name: 'new' });
    assert.deepEqual(await at(49), ['old']);
    assert.deepEqual(await at(50), ['new']);
    account.deleteMedium(fileId);
    assert.deepEqual(await at(89), ['new']);
    const { NotExistFileIdSet } = await ask(emulator, 'DescribeMediaInfos', { FileIds: [fileId] });
    assert.deepEqual(NotExistFileIdSet, [fileId], 'the truth is not late');
    assert.deepEqual(await at(90), []);
  });

  it('shows a medium as it was at some time within the lag, and never as it never was', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 30 }),
        fc.array(fc.integer({ min: 1, max: 10 }), { maxLength: 5 }),
        fc.integer({ min: 0, max: 40 }),
        async (lag, pauses, wait) => {
          now = NOON;
          await emulator.reset();
          account.lag({ searchChange: lag * 1000 });
          const { fileId } = await publish(emulator, { MediaName: '0' });
          const changes = [{ at: now, name: '0' }];
          for (const [index, pause] of pauses.entries()) {
            now += pause * 1000;
            const name = `${index + 1}`;
            await ask(emulator, 'ModifyMediaInfo', { FileId: fileId, Name: name });
            changes.push({ at: now, name });
          }
          now += wait * 1000;
          const due = changes.filter(({ at }) => at <= now - lag * 1000).at(-1) ?? changes[0];
          assert.deepEqual(await names({}), [due?.name]);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('is up to date again after a reset', async () => {
    account.lag({ searchNew: 1000 });
    await emulator.reset();
    await publish(emulator, { MediaName: 'at once' });
    assert.deepEqual(await names({}), ['at once']);
  });
});

describe('SearchMedia refuses', () => {
  const cases: ReadonlyArray<[name: string, code: string, parameters: Record<string, unknown>]> = [
    ['17 tags', 'InvalidParameterValue.Tags', { Tags: Array.from({ length: 17 }, (_, tag) => `${tag}`) }],
    ['a tag of 33 characters', 'InvalidParameterValue.Tags', { Tags: ['x'.repeat(33)] }],
    ['tags that are not a list', 'InvalidParameter', { Tags: 'a' }],
    ['a source that does not exist', 'InvalidParameterValue.SourceTypes', { SourceTypes: ['upload'] }],
    [
      'eleven FileIds',
      'InvalidParameterValue.FileIds',
      { FileIds: Array.from({ length: 11 }, (_, id) => `${id}`) },
    ],
    [
      'another field to sort by',
      'InvalidParameterValue.Sort',
      { Sort: { Field: 'UpdateTime', Order: 'Asc' } },
    ],
    ['another order', 'InvalidParameterValue.Sort', { Sort: { Field: 'CreateTime', Order: 'asc' } }],
    ['an order of nothing', 'MissingParameter', { Sort: { Order: 'Asc' } }],
    ['a day for a time', 'InvalidParameterValue', { CreateTime: { After: '2026-03-01' } }],
    ['an unknown end of a range', 'UnknownParameter', { CreateTime: { Since: '2026-03-01T12:00:00Z' } }],
    ['a search by SourceContext', 'UnknownParameter', { SourceContext: 'x' }],
    ['a section that does not exist', 'InvalidParameter', { Filters: ['basic'] }],
    ['a limit as text', 'InvalidParameter', { Limit: '10' }],
    ['an application of another account', 'InvalidParameterValue.SubAppId', { SubAppId: 1 }],
  ];
  for (const [name, code, parameters] of cases) {
    it(name, async () => assert.equal(await refusal(emulator, 'SearchMedia', parameters), code));
  }
});
