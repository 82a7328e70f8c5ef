import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { LookupAddress } from 'node:dns';
import dns from 'node:dns';
import { once } from 'node:events';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { whyNoDeadAddress } from './dead-address.js';
import { startEmulator } from './emulator.js';
import { Line, until } from './line.js';
import { useLookup } from './names-hook.js';

let now = 1_000_000;
const emulator = await startEmulator({ now: () => now });
const { names } = emulator;
beforeEach(() => emulator.reset());
afterEach(() => useLookup());
after(() => emulator.close());

const COS = 'a-1.cos.ap-beijing.myqcloud.com';

/** The addresses of a name, or the code of the error. */
function lookUp(hostname: string, family = 0): Promise<string> {
  return new Promise((resolve) => {
    names.lookup(hostname, { all: true, family }, (error, addresses) => {
      const found = (addresses as LookupAddress[]).map(({ address }) => address).join(' ');
      resolve(error === null ? found : String(error.code));
    });
  });
}

describe('names', () => {
  it('of the services and of this machine lead to the emulator, others to nothing', async () => {
    const found = await Promise.all(
      ['vod.tencentcloudapi.com', COS, 'LOCALHOST', '192.0.2.1', 'example.org'].map((name) => lookUp(name)),
    );
    assert.deepEqual(found, ['127.0.0.1', '127.0.0.1', '127.0.0.1', '192.0.2.1', 'ENOTFOUND']);
  });

  it('can be set', async () => {
    names.set('proxy.test', ['127.0.0.1', '127.0.0.2', '::1']);
    names.set(COS, []);
    assert.deepEqual(
      [await lookUp('proxy.test'), await lookUp('proxy.test', 6), await lookUp(COS)],
      ['127.0.0.1 127.0.0.2 ::1', '::1', 'ENOTFOUND'],
    );
    assert.throws(() => names.set('proxy.test', ['nowhere']), RangeError);
  });

  it('can not be resolved for a time', async () => {
    await emulator.outage({ target: 'cos', kind: 'unresolved', code: 'EAI_AGAIN', forMs: 1000 });
    assert.deepEqual(
      [await lookUp(COS), await lookUp('localhost'), await lookUp('vod.tencentcloudapi.com')],
      ['EAI_AGAIN', 'EAI_AGAIN', '127.0.0.1'],
    );
    now += 1000;
    assert.equal(await lookUp(COS), '127.0.0.1');
    assert.deepEqual(
      names.questions.map(({ hostname, askedAt, code }) => [hostname, now - askedAt, code]),
      [
        [COS, 1000, 'EAI_AGAIN'],
        ['localhost', 1000, 'EAI_AGAIN'],
        ['vod.tencentcloudapi.com', 1000, ''],
        [COS, 0, ''],
      ],
    );
  });

  it('fail by host, and by every second question', async () => {
    names.set('proxy.test', ['127.0.0.1']);
    await emulator.outage({ target: 'proxy', kind: 'unresolved', host: 'proxy.test', every: 2 });
    const found = [await lookUp('proxy.test'), await lookUp('proxy.test'), await lookUp(COS)];
    assert.deepEqual(found, ['127.0.0.1', 'ENOTFOUND', '127.0.0.1']);
  });

  it('can not be resolved from the first question on', async () => {
    const outage = await emulator.outage({ target: 'cos', kind: 'unresolved', from: 'first', forMs: 1000 });
    now += 5000;
    assert.equal(await lookUp('vod.tencentcloudapi.com'), '127.0.0.1');
    assert.equal(outage.beganAt, undefined);
    assert.equal(await lookUp(COS), 'ENOTFOUND');
    now += 1000;
    assert.equal(await lookUp(COS), '127.0.0.1');
  });

  it('may take long to fail', async () => {
    await emulator.outage({ target: 'cos', kind: 'unresolved', lookupMs: 30 });
    const before = performance.now();
    assert.equal(await lookUp(COS), 'ENOTFOUND');
    // Timers may fire a millisecond early.
    assert.ok(performance.now() - before >= 29);
  });
});

describe('a lookup in the place of that of the system', () => {
  it('answers whatever connects, in every form of dns.lookup', async () => {
    useLookup(names.lookup);
    names.set('vod.test', ['127.0.0.1']);
    const { address } = await new Promise<{ address: string | LookupAddress[] }>((resolve) => {
      dns.lookup('vod.test', (_error, found) => resolve({ address: found }));
    });
    assert.equal(address, '127.0.0.1');
    const line = new Line(emulator.vodUrl.replace('127.0.0.1', 'vod.test'), emulator.caPem);
    assert.equal(await line.ask(), '200');
    await emulator.outage({ target: 'vod', host: 'vod.test', kind: 'unresolved' });
    line.close();
    assert.equal(await line.ask(), 'ENOTFOUND');
  });

  it('serves a process of its own, too', async () => {
    names.set('vod.test', ['127.0.0.1']);
    const script = `
      import { get } from 'node:http';
      import { lookup } from 'node:dns';
      get(process.argv[1], (response) => {
        console.log(response.resume().statusCode);
        lookup('unknown.test', 4, ({ code }) => console.log(code));
      });
    `;
    const preload = new URL('./names-preload.js', import.meta.url).href;
    const url = emulator.vodUrl.replace('127.0.0.1', 'vod.test');
    const args = ['--import', preload, '--input-type=module', '-e', script, url];
    const env = { ...process.env, EMULATED_NAMES: emulator.namesUrl };
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    await once(child, 'close');
    assert.deepEqual(output.trim().split(/\s+/), ['200', 'ENOTFOUND']);
    assert.deepEqual(
      names.questions.map(({ hostname }) => hostname),
      ['vod.test', 'unknown.test'],
    );
  });
});

describe('a dead second address', () => {
  for (const kind of ['silent', 'unanswered'] as const) {
    it(`is ${kind} while the first one answers`, { skip: whyNoDeadAddress ?? false }, async () => {
      const dead = await emulator.deadAddress(emulator.vodUrl, kind);
      useLookup(names.lookup);
      names.set('vod.test', [dead.address]);
      const url = emulator.vodUrl.replace('127.0.0.1', 'vod.test');
      const stuck = new Line(url, emulator.caPem);
      let ended = false;
      void stuck.ask().then(() => (ended = true));
      if (kind === 'silent') await until(() => dead.accepted.size === 1);
      names.set('vod.test', ['127.0.0.1', dead.address]);
      const line = new Line(url, emulator.caPem);
      for (let request = 0; request < 10; request += 1) assert.equal(await line.ask(), '200');
      assert.equal(ended, false);
      line.close();
      stuck.close();
      await emulator.reset();
      const refused = new Line(emulator.vodUrl.replace('127.0.0.1', dead.address), emulator.caPem);
      assert.equal(await refused.ask(), 'ECONNREFUSED', 'the address is given back');
    });
  }
});
