import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { whyNeverDeaf } from './deaf-port.js';
import { startEmulator } from './emulator.js';
import { slowDown } from './faults.js';
import { Line, until } from './line.js';
import type { Target } from './outage.js';

const MIB = 1024 * 1024;
let now = 1_000_000;
const emulator = await startEmulator({ now: () => now });
const lines: Line[] = [];
beforeEach(() => emulator.reset());
afterEach(() => {
  for (const line of lines.splice(0)) line.close();
});
after(() => emulator.close());

function line(url: string): Line {
  const made = new Line(url, emulator.caPem);
  lines.push(made);
  return made;
}

/** Sends one request over a connection of its own. */
function askAnew(url: string): Promise<string> {
  return line(url).ask();
}

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
const { cosUrl, vodUrl, cosTlsUrl } = emulator;
const ANSWERED = /^\d{3}$/;

describe('an endpoint that refuses connections', () => {
  for (const [target, url] of ENDPOINTS) {
    it(`leaves those to ${target} alone that are open, over ${new URL(url).protocol}`, async () => {
      const open = line(url);
      assert.match(await open.ask(), ANSWERED);
      const outage = await emulator.outage({ target, kind: 'refused', forMs: 3000 });
      assert.equal(await askAnew(url), 'ECONNREFUSED');
      assert.match(await open.ask(), ANSWERED);
      await pass(2999);
      assert.equal(await askAnew(url), 'ECONNREFUSED');
      await pass(1);
      assert.match(await askAnew(url), ANSWERED);
      assert.deepEqual([outage.on, outage.beganAt], [false, now - 3000]);
    });
  }

  it('comes back when the last of two outages is over, or when they are cleared', async () => {
    await emulator.outage({ target: ['cos', 'vod'], kind: 'refused', forMs: 1000 });
    const longer = await emulator.outage({ target: 'cos', kind: 'refused' });
    await pass(1000);
    assert.deepEqual([await askAnew(cosUrl), await askAnew(vodUrl)], ['ECONNREFUSED', '200']);
    await emulator.endOutage(longer);
    assert.match(await askAnew(cosUrl), ANSWERED);
    await emulator.outage({ target: 'vod', kind: 'refused' });
    await emulator.clearOutages();
    assert.match(await askAnew(vodUrl), ANSWERED);
  });

  it('comes and goes', async () => {
    await emulator.outage({ target: 'cos', kind: 'refused', flap: { onMs: 200, offMs: 100 }, forMs: 500 });
    const seen: boolean[] = [];
    for (const step of [0, 199, 1, 99, 1, 200, 1000]) {
      await pass(step);
      seen.push((await askAnew(cosUrl)) === 'ECONNREFUSED');
    }
    assert.deepEqual(seen, [true, true, false, false, true, false, false]);
  });

  it('ends by itself when time passes', async (t) => {
    const real = await startEmulator();
    t.after(() => real.close());
    await real.outage({ target: 'vod', kind: 'refused', forMs: 50 });
    assert.equal(await askAnew(real.vodUrl), 'ECONNREFUSED');
    while ((await askAnew(real.vodUrl)) === 'ECONNREFUSED');
    assert.match(await askAnew(real.vodUrl), ANSWERED);
  });
});

describe('an endpoint that resets connections', () => {
  for (const [target, url] of ENDPOINTS) {
    it(`ends open ones to ${target} and new ones, over ${new URL(url).protocol}`, async () => {
      const open = line(url);
      await open.ask();
      const [{ id = 0 } = {}] = emulator.connectionLog;
      await emulator.outage({ target, kind: 'reset', forMs: 1000 });
      await until(() => emulator.connectionLog[0]?.closedAt !== 0);
      assert.equal(await askAnew(url), 'reset');
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

  it('spares open ones when it is told to', async () => {
    const open = line(cosUrl);
    await open.ask();
    await emulator.outage({ target: 'cos', kind: 'reset', newOnly: true });
    assert.equal(await askAnew(cosUrl), 'reset');
    assert.match(await open.ask(), ANSWERED);
    assert.equal(emulator.requests[1]?.ordinal, 2);
  });

  it('cuts a request short that is being answered', async () => {
    emulator.fault({ service: 'cos', effect: { kind: 'delay', ms: 60_000 } });
    const asked = askAnew(cosUrl);
    await until(() => emulator.requests[0]?.fault === 'delay');
    await emulator.outage({ target: 'cos', kind: 'reset' });
    assert.equal(await asked, 'reset');
    await until(() => emulator.requests[0]?.endedAt !== 0);
    const [{ outcome, fault } = {}] = emulator.requests;
    assert.deepEqual([outcome, fault], ['reset', 'delay']);
  });
});

describe('an endpoint that falls silent', () => {
  for (const [target, url] of ENDPOINTS) {
    it(`answers those to ${target} that go on afterwards, over ${new URL(url).protocol}`, async () => {
      const open = line(url);
      await open.ask();
      await emulator.outage({ target, kind: 'silence', resumes: true, forMs: 1000 });
      const answers = [open.ask(), askAnew(url)];
      await until(() => emulator.requests[1]?.outcome === 'silent' && emulator.connectionLog.length === 2);
      assert.deepEqual(
        emulator.connectionLog.map(({ fate, requests }) => [fate, requests]),
        [
          ['silent', 2],
          ['silent', 0],
        ],
      );
      assert.deepEqual(
        [emulator.requests.length, emulator.inFlight[emulator.requests[0]?.service ?? 'vod'].now],
        [2, 0],
      );
      await pass(1000);
      for (const answer of await Promise.all(answers)) assert.match(answer, ANSWERED);
      assert.deepEqual(
        emulator.requests.map(({ outcome, fault }) => [outcome, fault]),
        [
          [emulator.requests[0]?.outcome, ''],
          [emulator.requests[0]?.outcome, 'silence'],
          [emulator.requests[0]?.outcome, ''],
        ],
      );
    });
  }

  it('leaves dead connections behind, unless it is told otherwise', async () => {
    const open = line(cosUrl);
    await open.ask();
    await emulator.outage({ target: 'cos', kind: 'silence', forMs: 1000 });
    let answered = false;
    for (const asked of [open.ask(), askAnew(cosUrl)]) void asked.then(() => (answered = true));
    await until(() => emulator.requests.length === 2 && emulator.connectionLog.length === 2);
    await pass(1000);
    assert.match(await askAnew(cosUrl), ANSWERED);
    assert.deepEqual([answered, emulator.requests[1]?.outcome], [false, 'silent']);
  });

  it('stops reading amid a body', async () => {
    emulator.fault({ service: 'cos', effect: slowDown });
    const asked = line(cosUrl).ask(Buffer.alloc(32 * MIB));
    await until(() => (emulator.requests[0]?.bytes ?? 0) > 0);
    await emulator.outage({ target: 'cos', kind: 'silence', resumes: true, forMs: 1000 });
    const { bytes } = emulator.requests[0] ?? assert.fail();
    // Others are served meanwhile, so this one had its chance.
    for (let round = 0; round < 20; round += 1) await askAnew(vodUrl);
    const { bytes: later, outcome } = emulator.requests[0] ?? assert.fail();
    assert.ok(later - bytes <= MIB && later < 32 * MIB, `${later - bytes} bytes`);
    assert.equal(outcome, 'silent');
    await pass(1000);
    assert.equal(await asked, '503');
    assert.equal(emulator.requests[0]?.bytes, 32 * MIB);
  });

  it('keeps an answer back that was under way', async () => {
    emulator.fault({ service: 'cos', effect: { kind: 'delay', ms: 1 } });
    const asked = askAnew(cosUrl);
    await until(() => emulator.requests[0]?.fault === 'delay');
    const outage = await emulator.outage({ target: 'cos', kind: 'silence', resumes: true });
    let answered = false;
    void asked.then(() => (answered = true));
    for (let round = 0; round < 20; round += 1) await askAnew(vodUrl);
    assert.equal(answered, false);
    await emulator.endOutage(outage);
    assert.match(await asked, ANSWERED);
  });
});

describe('an endpoint that does not even answer the first packet', { skip: whyNeverDeaf ?? false }, () => {
  it('leaves clients in connect, and is back afterwards', async () => {
    const open = line(cosTlsUrl);
    await open.ask();
    await emulator.outage({ target: 'cos', kind: 'unanswered', forMs: 1000 });
    let answered = false;
    for (const asked of [open.ask(), askAnew(cosTlsUrl)]) void asked.then(() => (answered = true));
    for (let round = 0; round < 20; round += 1) await askAnew(vodUrl);
    assert.equal(answered, false);
    assert.equal(emulator.connectionLog.filter(({ service }) => service === 'cos').length, 1);
    await pass(1000);
    assert.match(await askAnew(cosTlsUrl), ANSWERED);
  });
});

describe('an endpoint with a page in front of it', () => {
  for (const [target, url] of ENDPOINTS) {
    it(`answers requests to ${target} by its status, over ${new URL(url).protocol}`, async () => {
      const open = line(url);
      await open.ask();
      await emulator.outage({ target, kind: 'page', status: 503, forMs: 1000 });
      assert.deepEqual([await open.ask(), await askAnew(url)], ['503', '503']);
      await pass(1000);
      assert.notEqual(await open.ask(), '503');
      const [, page] = emulator.requests;
      assert.deepEqual([page?.outcome, page?.fault, page?.code], ['refused', 'html', 'HTTP 503']);
    });
  }
});
