import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { send } from './cloud-client.js';
import { Commands } from './commands.js';
import { whyNoDeadAddress } from './dead-address.js';
import { startEmulator } from './emulator.js';

let now = 1_000_000;
const emulator = await startEmulator({ now: () => now });
let armed = 0;
const commands = new Commands(emulator, () => {
  armed += 1;
});
beforeEach(async () => {
  await commands.obey('reset');
});
after(() => emulator.close());

async function obey(command: string, given: unknown): Promise<Record<string, unknown>> {
  return (await commands.obey(`${command} ${JSON.stringify(given)}`)) as Record<string, unknown>;
}

/** The status of an answer, or the code of the connection's error. */
async function ask(url: string): Promise<number | string> {
  return send(url, { method: 'GET' }).then(
    ({ status }) => status,
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  );
}

describe('a command', () => {
  it('arms a fault for a time, and disarms it', async () => {
    const effect = { kind: 'html', status: 503 };
    const { id } = await obey('fault', { service: 'cos', forMs: 1000, effect });
    assert.equal(await ask(emulator.cosUrl), 503);
    await obey('disarm', { fault: id });
    assert.equal(await ask(emulator.cosUrl), 405);
    await obey('fault', { service: 'cos', forMs: 1000, effect });
    assert.equal(await ask(emulator.cosUrl), 503);
    now += 1000;
    assert.equal(await ask(emulator.cosUrl), 405);
  });

  it('arms an outage, which is on when it is answered, and ends it', async () => {
    const { id } = await obey('outage', { target: 'cos', kind: 'refused', forMs: 5000 });
    assert.equal(await ask(emulator.cosUrl), 'ECONNREFUSED');
    await obey('disarm', { outage: id });
    assert.equal(await ask(emulator.cosUrl), 405);
    await obey('outage', { target: 'cos', kind: 'refused' });
    await obey('fault', { times: 'always', effect: { kind: 'html' } });
    await commands.obey('clear');
    assert.equal(await ask(emulator.cosUrl), 405);
  });

  it('arms random faults and outages', async () => {
    await obey('random-faults', { seed: 1, rate: 1, lastMs: [1000, 1000] });
    await ask(emulator.vodUrl);
    assert.notEqual(emulator.requests[0]?.fault, '');
    const { outages } = await obey('random-outages', {
      seed: 1,
      withinMs: 10_000,
      gapMs: [0, 100],
      lastMs: [1000, 2000],
    });
    assert.ok((outages as unknown[]).length >= 4);
  });

  it('changes rates and loads', async () => {
    await obey('rates', { '': 2 });
    const codes: unknown[] = [];
    for (let request = 0; request < 3; request += 1) {
      const { body } = await send(emulator.vodUrl, { method: 'POST', body: '{}' });
      codes.push(JSON.parse(body).Response.Error.Code);
    }
    assert.deepEqual(codes, ['MissingParameter', 'MissingParameter', 'RequestLimitExceeded']);
    await obey('rates', { '': 100 });
    await obey('loads', { '': 5000 });
    now += 2000;
    const { body } = await send(emulator.vodUrl, { method: 'POST', body: '{}' });
    assert.equal(JSON.parse(body).Response.Error.Code, 'RequestLimitExceeded');
  });

  it('sets names', async () => {
    await obey('names', { 'vod.test': ['127.0.0.9'] });
    assert.deepEqual(await emulator.names.resolve('vod.test'), ['127.0.0.9']);
  });

  it('opens a dead address', { skip: whyNoDeadAddress ?? false }, async () => {
    const { address } = await obey('dead-address', { url: emulator.vodUrl, kind: 'silent' });
    assert.equal(address, '127.0.0.2');
  });

  it('tells what has happened', async () => {
    await obey('fault', { service: 'cos', every: 2, effect: { kind: 'reset-before' } });
    await obey('outage', { target: 'vod', kind: 'page', from: 'first' });
    const { cosUrl, vodUrl } = emulator;
    for (const url of [cosUrl, cosUrl, vodUrl]) await ask(url);
    const traffic = (await commands.obey('traffic')) as Record<string, unknown>;
    assert.deepEqual(traffic.actions, {
      'cos ': { requests: 2, mostPerSecond: 2, throttled: 0, outcomes: { refused: 1, reset: 1 } },
      'vod ': { requests: 1, mostPerSecond: 1, throttled: 0, outcomes: { refused: 1 } },
    });
    const [fault] = traffic.faults as { hits: number; beganAt: number }[];
    const [outage] = traffic.outages as { hits: number; on: boolean }[];
    assert.deepEqual([fault?.hits, fault?.beganAt, outage?.hits, outage?.on], [1, now, 1, true]);
    assert.equal((traffic.connections as unknown[]).length, 3);
    const report = (await commands.obey('report')) as { requests: unknown[] };
    assert.equal(report.requests.length, 3);
  });

  it('forgets everything and arms anew what is always armed', async () => {
    const before = armed;
    await obey('outage', { target: 'cos', kind: 'refused' });
    await commands.obey('reset');
    assert.deepEqual([await ask(emulator.cosUrl), armed], [405, before + 1]);
  });

  for (const wrong of [
    'fault {"service": "cos", "forMS": 3000, "effect": {"kind": "stall"}}',
    'fault {"effect": {"kind": "stal"}}',
    'fault {"service": "cos"}',
    'outage {"target": "cos", "kind": "refused", "for": 3000}',
    'disarm {"fault": 77}',
    'faults',
    'fault {',
  ]) {
    it(`that makes no sense is refused: ${wrong}`, async () => {
      await assert.rejects(commands.obey(wrong));
    });
  }
});
