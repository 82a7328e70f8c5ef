import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { startEmulator } from './emulator.js';
import { Lines, until } from './line.js';
import type { OutageKind, OutageRule, Target } from './outage.js';

let now = 1_000_000;
const emulator = await startEmulator({ now: () => now });
const lines = new Lines(emulator.caPem);
beforeEach(() => emulator.reset());
afterEach(() => lines.close());
after(() => emulator.close());

/** Moves the clock, and lets what is due happen. */
async function pass(milliseconds: number): Promise<void> {
  now += milliseconds;
  await emulator.settle();
}

const { cosUrl, vodUrl } = emulator;
const ANSWERED = /^\d{3}$/;

describe('an outage begins', () => {
  it('after a number of requests, with the next one', async () => {
    await emulator.outage({ target: 'cos', kind: 'reset', after: 2, forMs: 1000 });
    const open = lines.to(cosUrl);
    assert.match(await open.ask(), ANSWERED);
    await pass(5000);
    assert.match(await open.ask(), ANSWERED);
    assert.equal(await open.ask(), 'reset');
    assert.equal(emulator.requests[2]?.outcome, 'reset');
    assert.equal(await lines.ask(cosUrl), 'reset');
    await pass(1000);
    assert.match(await lines.ask(cosUrl), ANSWERED);
  });

  it('with the first request of an action', async () => {
    const outage = await emulator.outage({
      target: ['cos', 'vod'],
      kind: 'page',
      action: 'PutObject',
      from: 'first',
    });
    assert.deepEqual([await lines.ask(vodUrl), await lines.ask(cosUrl)], ['200', '403']);
    assert.equal(outage.beganAt, undefined);
    assert.equal(await lines.to(cosUrl).ask(Buffer.alloc(1)), '502');
    assert.equal(await lines.ask(vodUrl), '502');
  });

  it('with a request of an action, not with any connection', async () => {
    const waiting = { action: 'PutObject', from: 'first', afterMs: 1000 } as const;
    const outage = await emulator.outage({ target: 'cos', kind: 'page', ...waiting });
    await lines.to(cosUrl).ask(Buffer.alloc(1));
    await pass(1000);
    await lines.ask(cosUrl);
    assert.equal(outage.beganAt, undefined);
    assert.equal(await lines.to(cosUrl).ask(Buffer.alloc(1)), '502');
  });

  it('with the first connection', async () => {
    await emulator.outage({ target: 'vod', kind: 'refused', from: 'first', forMs: 1000 });
    await pass(5000);
    assert.equal(await lines.ask(vodUrl), 'reset', 'the one that was let in is ended');
    await emulator.settle();
    assert.equal(await lines.ask(vodUrl), 'ECONNREFUSED');
    await pass(1000);
    assert.match(await lines.ask(vodUrl), ANSWERED);
  });

  it('after a time', async () => {
    await emulator.outage({ target: 'vod', kind: 'refused', afterMs: 1000, forMs: 500 });
    assert.match(await lines.ask(vodUrl), ANSWERED);
    await pass(1000);
    assert.equal(await lines.ask(vodUrl), 'ECONNREFUSED');
    await pass(500);
    assert.match(await lines.ask(vodUrl), ANSWERED);
  });
});

describe('an outage of some connections', () => {
  it('leaves one in four dead from the start', async () => {
    await emulator.outage({ target: 'cos', kind: 'silence', every: 4, newOnly: true });
    const ended: string[] = [];
    for (let connection = 0; connection < 8; connection += 1) {
      void lines.ask(cosUrl).then((answer) => ended.push(answer));
      await until(() => emulator.connectionLog.length === connection + 1);
    }
    await until(() => ended.length === 6);
    const dead = emulator.connectionLog.flatMap(({ fate }, index) => (fate === 'silent' ? [index + 1] : []));
    assert.deepEqual(dead, [4, 8]);
    assert.deepEqual([emulator.requests.length, emulator.connections.cos], [6, 8]);
  });

  it('is decided once for a connection, not for each of its requests', async () => {
    await emulator.outage({ target: 'cos', kind: 'reset', every: 2, newOnly: true });
    const open = lines.to(cosUrl);
    for (let request = 0; request < 5; request += 1) assert.match(await open.ask(), ANSWERED);
    assert.equal(await lines.ask(cosUrl), 'reset');
  });

  it('meets pages by request', async () => {
    await emulator.outage({ target: 'cos', kind: 'page', every: 3 });
    const open = lines.to(cosUrl);
    const answers: string[] = [];
    for (let request = 0; request < 6; request += 1) answers.push(await open.ask());
    assert.deepEqual(answers, ['403', '403', '502', '403', '403', '502']);
  });
});

describe('outages side by side', () => {
  it('meet their own service, each for its time, with faults beside them', async () => {
    await emulator.outage({ target: 'cos', kind: 'refused', forMs: 1000 });
    await emulator.outage({ target: 'sts', kind: 'page', forMs: 2000 });
    emulator.fault({ service: 'vod', forMs: 500, effect: { kind: 'html', status: 504 } });
    const seen = () => Promise.all([lines.ask(cosUrl), lines.ask(emulator.stsUrl), lines.ask(vodUrl)]);
    assert.deepEqual(await seen(), ['ECONNREFUSED', '502', '504']);
    await pass(500);
    assert.deepEqual(await seen(), ['ECONNREFUSED', '502', '200']);
    await pass(500);
    assert.deepEqual(await seen(), ['403', '502', '200']);
  });
});

describe('the second request of a connection', () => {
  for (const kind of ['reset-before', 'close-before'] as const) {
    it(`can end it: ${kind}`, async () => {
      emulator.fault({ requestOfConnection: 2, times: 'always', effect: { kind } });
      const open = lines.to(cosUrl);
      const answers: string[] = [];
      for (let request = 0; request < 4; request += 1) answers.push(await open.ask());
      assert.deepEqual(answers, ['403', 'reset', '403', 'reset']);
      const outcome = kind === 'reset-before' ? 'reset' : 'closed';
      assert.deepEqual(
        emulator.requests.map((request) => [request.ordinal, request.outcome]),
        [
          [1, 'refused'],
          [2, outcome],
          [1, 'refused'],
          [2, outcome],
        ],
      );
    });
  }
});

it('an outage that means nothing is refused', async () => {
  const wrong: OutageRule[] = [
    { target: [], kind: 'reset' },
    { target: 'dns' as Target, kind: 'reset' },
    { target: 'vod', kind: 'down' as OutageKind },
    { target: 'vod', kind: 'refused', share: 0.5 },
    { target: 'vod', kind: 'refused', host: 'vod.tencentcloudapi.com' },
    { target: 'vod', kind: 'reset', forMs: 0 },
  ];
  for (const rule of wrong) await assert.rejects(emulator.outage(rule), RangeError, JSON.stringify(rule));
});
