import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { startEmulator } from './emulator.js';
import { Lines, until } from './line.js';
import type { Target } from './outage.js';

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

const ENDPOINTS: ReadonlyArray<[target: Target, url: string]> = [
  ['vod', emulator.vodUrl],
  ['vod', emulator.vodTlsUrl],
  ['cos', emulator.cosUrl],
  ['cos', emulator.cosTlsUrl],
  ['sts', emulator.stsUrl],
  ['sts', emulator.stsTlsUrl],
  ['oidc', emulator.oidcUrl],
];
const { cosUrl, vodUrl } = emulator;
const ANSWERED = /^\d{3}$/;

describe('an endpoint that refuses connections', () => {
  for (const [target, url] of ENDPOINTS) {
    it(`leaves those to ${target} alone that are open, over ${new URL(url).protocol}`, async () => {
      const open = lines.to(url);
      assert.match(await open.ask(), ANSWERED);
      const outage = await emulator.outage({ target, kind: 'refused', forMs: 3000 });
      assert.equal(await lines.ask(url), 'ECONNREFUSED');
      assert.match(await open.ask(), ANSWERED);
      await pass(2999);
      assert.equal(await lines.ask(url), 'ECONNREFUSED');
      await pass(1);
      assert.match(await lines.ask(url), ANSWERED);
      assert.deepEqual([outage.on, outage.beganAt], [false, now - 3000]);
    });
  }

  it('comes back when the last of two outages is over, or when they are cleared', async () => {
    await emulator.outage({ target: ['cos', 'vod'], kind: 'refused', forMs: 1000 });
    const longer = await emulator.outage({ target: 'cos', kind: 'refused' });
    await pass(1000);
    assert.deepEqual([await lines.ask(cosUrl), await lines.ask(vodUrl)], ['ECONNREFUSED', '200']);
    await emulator.endOutage(longer);
    assert.match(await lines.ask(cosUrl), ANSWERED);
    await emulator.outage({ target: 'vod', kind: 'refused' });
    await emulator.clearOutages();
    assert.match(await lines.ask(vodUrl), ANSWERED);
  });

  it('comes and goes', async () => {
    await emulator.outage({ target: 'cos', kind: 'refused', flap: { onMs: 200, offMs: 100 }, forMs: 500 });
    const seen: boolean[] = [];
    for (const step of [0, 199, 1, 99, 1, 200, 1000]) {
      await pass(step);
      seen.push((await lines.ask(cosUrl)) === 'ECONNREFUSED');
    }
    assert.deepEqual(seen, [true, true, false, false, true, false, false]);
  });

  it('ends by itself when time passes', async (t) => {
    const real = await startEmulator();
    t.after(() => real.close());
    await real.outage({ target: 'vod', kind: 'refused', forMs: 50 });
    assert.equal(await lines.ask(real.vodUrl), 'ECONNREFUSED');
    while ((await lines.ask(real.vodUrl)) === 'ECONNREFUSED');
    assert.match(await lines.ask(real.vodUrl), ANSWERED);
  });
});

describe('an endpoint that resets connections', () => {
  for (const [target, url] of ENDPOINTS) {
    it(`ends open ones to ${target} and new ones, over ${new URL(url).protocol}`, async () => {
      const open = lines.to(url);
      await open.ask();
      const [{ id = 0 } = {}] = emulator.connectionLog;
      await emulator.outage({ target, kind: 'reset', forMs: 1000 });
      await until(() => emulator.connectionLog[0]?.closedAt !== 0);
      assert.equal(await lines.ask(url), 'reset');
      assert.deepEqual(
        emulator.connectionLog.map(({ fate, requests }) => [fate, requests]),
        [
          ['reset', 1],
          ['reset', 0],
        ],
      );
      assert.equal(emulator.requests[0]?.connection, id);
      await pass(1000);
      assert.match(await open.ask(), ANSWERED);
    });
  }

  it('spares open ones on request', async () => {
    const open = lines.to(cosUrl);
    await open.ask();
    await emulator.outage({ target: 'cos', kind: 'reset', newOnly: true });
    assert.equal(await lines.ask(cosUrl), 'reset');
    assert.match(await open.ask(), ANSWERED);
    assert.equal(emulator.requests[1]?.ordinal, 2);
  });

  it('cuts a request short that is being answered', async () => {
    emulator.fault({ service: 'cos', effect: { kind: 'delay', ms: 60_000 } });
    const asked = lines.ask(cosUrl);
    await until(() => emulator.requests[0]?.fault === 'delay');
    await emulator.outage({ target: 'cos', kind: 'reset' });
    assert.equal(await asked, 'reset');
    await until(() => emulator.requests[0]?.endedAt !== 0);
    const [{ outcome, fault } = {}] = emulator.requests;
    assert.deepEqual([outcome, fault], ['reset', 'delay']);
  });
});

describe('an endpoint with a page in front of it', () => {
  for (const [target, url] of ENDPOINTS) {
    it(`answers requests to ${target} by its status, over ${new URL(url).protocol}`, async () => {
      const open = lines.to(url);
      await open.ask();
      await emulator.outage({ target, kind: 'page', status: 503, forMs: 1000 });
      assert.deepEqual([await open.ask(), await lines.ask(url)], ['503', '503']);
      await pass(1000);
      assert.notEqual(await open.ask(), '503');
      const [, page] = emulator.requests;
      assert.deepEqual([page?.outcome, page?.fault, page?.code], ['refused', 'html', 'HTTP 503']);
    });
  }
});
