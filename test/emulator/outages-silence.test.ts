import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:http';
import { connect } from 'node:net';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { apply, callCos } from './cloud-client.js';
import { whyNeverDeaf } from './deaf-port.js';
import { startEmulator } from './emulator.js';
import { slowDown } from './faults.js';
import { Lines, until } from './line.js';
import type { Target } from './outage.js';
import type { LoggedRequest } from './request-log.js';

const MIB = 1024 * 1024;
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
const { cosUrl, vodUrl, cosTlsUrl } = emulator;
const ANSWERED = /^\d{3}$/;

describe('an endpoint that falls silent', () => {
  for (const [target, url] of ENDPOINTS) {
    it(`answers those to ${target} that go on afterwards, over ${new URL(url).protocol}`, async () => {
      const open = lines.to(url);
      await open.ask();
      await emulator.outage({ target, kind: 'silence', resumes: true, forMs: 1000 });
      const answers = [open.ask(), lines.ask(url)];
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

  it('leaves dead connections behind by default', async () => {
    const open = lines.to(cosUrl);
    await open.ask();
    await emulator.outage({ target: 'cos', kind: 'silence', forMs: 1000 });
    let answered = false;
    for (const asked of [open.ask(), lines.ask(cosUrl)]) void asked.then(() => (answered = true));
    await until(() => emulator.requests.length === 2 && emulator.connectionLog.length === 2);
    await pass(1000);
    assert.match(await lines.ask(cosUrl), ANSWERED);
    assert.deepEqual([answered, emulator.requests[1]?.outcome], [false, 'silent']);
  });

  it('stops reading amid a body', async () => {
    emulator.fault({ service: 'cos', effect: slowDown });
    const asked = lines.to(cosUrl).ask(Buffer.alloc(32 * MIB));
    await until(() => (emulator.requests[0]?.bytes ?? 0) > 0);
    await emulator.outage({ target: 'cos', kind: 'silence', resumes: true, forMs: 1000 });
    const { bytes } = emulator.requests[0] ?? assert.fail();
    // Others are served meanwhile, so this one had its chance.
    for (let round = 0; round < 20; round += 1) await lines.ask(vodUrl);
    const { bytes: later, outcome } = emulator.requests[0] ?? assert.fail();
    assert.ok(later - bytes <= MIB && later < 32 * MIB, `${later - bytes} bytes`);
    assert.equal(outcome, 'silent');
    await pass(1000);
    assert.equal(await asked, '503');
    assert.equal(emulator.requests[0]?.bytes, 32 * MIB);
  });

  it('keeps an answer back that was under way', async () => {
    emulator.fault({ service: 'cos', effect: { kind: 'delay', ms: 1 } });
    const asked = lines.ask(cosUrl);
    await until(() => emulator.requests[0]?.fault === 'delay');
    const outage = await emulator.outage({ target: 'cos', kind: 'silence', resumes: true });
    let answered = false;
    void asked.then(() => (answered = true));
    for (let round = 0; round < 20; round += 1) await lines.ask(vodUrl);
    assert.deepEqual([answered, emulator.requests[0]?.status], [false, 0]);
    await emulator.endOutage(outage);
    assert.match(await asked, ANSWERED);
  });

  it('interrupts an answer that has begun', async () => {
    emulator.fault({
      service: 'cos',
      effect: { kind: 'slow-complete', spaces: 50, intervalMs: 1, code: 'Busy' },
    });
    let text = '';
    const outgoing = get(cosUrl, { agent: false }, (response) => {
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
    });
    await until(() => text !== '');
    const outage = await emulator.outage({ target: 'cos', kind: 'silence', resumes: true });
    for (let round = 0; round < 20; round += 1) await lines.ask(vodUrl);
    const before = text;
    for (let round = 0; round < 20; round += 1) await lines.ask(vodUrl);
    assert.deepEqual([text, /\S/.test(text)], [before, false]);
    const ended = once(outgoing, 'close');
    await emulator.endOutage(outage);
    await ended;
    assert.match(text, /^ {50}<\?xml/);
  });

  it('loses no byte of a body that came meanwhile', async () => {
    const open = lines.to(cosUrl);
    await open.ask();
    const outage = await emulator.outage({ target: 'cos', kind: 'silence', resumes: true });
    emulator.fault({ service: 'cos', effect: slowDown });
    const asked = open.ask(Buffer.alloc(MIB));
    await until(() => emulator.requests.length === 2);
    for (let round = 0; round < 20; round += 1) await lines.ask(vodUrl);
    assert.equal(emulator.requests[1]?.bytes, 0);
    await emulator.endOutage(outage);
    assert.equal(await asked, '503');
    assert.equal(emulator.requests[1]?.bytes, MIB);
  });

  it('does not begin to read a body that was about to be read', async () => {
    const { media: key, signer } = await apply(emulator);
    emulator.fault({ service: 'cos', effect: { kind: 'delay', ms: 1 } });
    const put = callCos(emulator, { method: 'PUT', key, signer, body: Buffer.alloc(MIB) });
    const request = (): LoggedRequest | undefined => emulator.requestsOf('cos')[0];
    await until(() => request()?.fault === 'delay');
    const outage = await emulator.outage({ target: 'cos', kind: 'silence', resumes: true });
    for (let round = 0; round < 20; round += 1) await lines.ask(vodUrl);
    assert.equal(request()?.bytes, 0);
    await emulator.endOutage(outage);
    assert.equal((await put).status, 200);
    assert.equal(emulator.objects.get(key)?.size, MIB);
  });

  for (const url of [cosUrl, cosTlsUrl]) {
    it(`can come and go while a connection lasts, over ${new URL(url).protocol}`, async () => {
      const flap = { onMs: 100, offMs: 100 };
      await emulator.outage({ target: 'cos', kind: 'silence', resumes: true, flap });
      const open = lines.to(url);
      for (let turn = 0; turn < 3; turn += 1) {
        const asked = open.ask();
        await until(() => emulator.connectionLog[0]?.fate === 'silent');
        if (turn > 0) await until(() => emulator.requests[turn]?.outcome === 'silent');
        await pass(100);
        assert.match(await asked, ANSWERED);
        await pass(100);
      }
      assert.deepEqual([emulator.connections.cos, emulator.requests.length], [1, 3]);
    });
  }
});

describe('an endpoint that does not even answer the first packet', { skip: whyNeverDeaf ?? false }, () => {
  it('leaves clients in connect, and is back afterwards', async () => {
    const open = lines.to(cosTlsUrl);
    await open.ask();
    await emulator.outage({ target: 'cos', kind: 'unanswered', forMs: 1000 });
    let answered = false;
    for (const asked of [open.ask(), lines.ask(cosTlsUrl)]) void asked.then(() => (answered = true));
    const { port, hostname } = new URL(cosTlsUrl);
    const sockets = Array.from({ length: 5 }, () => connect(Number(port), hostname));
    for (let round = 0; round < 20; round += 1) await lines.ask(vodUrl);
    assert.equal(answered, false);
    assert.ok(sockets.every(({ connecting }) => connecting));
    for (const socket of sockets) socket.destroy();
    assert.equal(emulator.connectionLog.filter(({ service }) => service === 'cos').length, 1);
    await pass(1000);
    assert.match(await lines.ask(cosTlsUrl), ANSWERED);
  });
});
