import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { DelayLine, departure, type LineOptions } from './delay-line.js';
import { median, type Run, summarize } from './figures.js';
import { plot } from './plot.js';
import { parseAnswer } from './raw-connection.js';
import type { BenchResult } from './results.js';
import { atLeast, below, SCENARIOS } from './scenarios.js';
import { markdown } from './table.js';

const run: Run = {
  contender: 'ours',
  seconds: 2,
  storageSeconds: 1,
  storageRequests: 405,
  apiRequests: 2,
  connections: 32,
  inFlight: 32,
  cpuSeconds: 0.5,
  peakMemory: 100e6,
};

function listening(test: TestContext, server: Server): Promise<number> {
  test.after(() => server.close());
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

/** Sends bytes over a line to a server that sends them back; returns what came back. */
async function echo(test: TestContext, bytes: Buffer, line: LineOptions): Promise<Buffer> {
  const echoing = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  const target = await listening(test, echoing);
  const relay = createServer({ allowHalfOpen: true }, (near) => {
    const far: Socket = connect({ host: '127.0.0.1', port: target, allowHalfOpen: true });
    new DelayLine(near, far, line);
    new DelayLine(far, near, line);
  });
  const client = connect({ host: '127.0.0.1', port: await listening(test, relay) });
  client.end(bytes);
  return buffer(client);
}

describe('a simulated line', () => {
  it('sends one byte after the other at its rate, and at once when it was idle', () => {
    assert.equal(departure(1000, 0, 500, 1000), 1500);
    assert.equal(departure(1000, 1500, 250, 1000), 1750);
    assert.equal(departure(9000, 1750, 1, 0), 9000);
  });

  it('hands everything over in order, both ways, though it holds little at a time', async (t) => {
    const bytes = randomBytes(3_000_000);
    const line = { delayMs: 2, bytesPerSecond: 100_000_000, capBytes: 100_000 };
    assert.ok((await echo(t, bytes, line)).equals(bytes));
  });

  it('carries the end of a connection that says nothing', async (t) => {
    assert.equal((await echo(t, Buffer.alloc(0), { delayMs: 1, bytesPerSecond: 0, capBytes: 1 })).length, 0);
  });
});

describe('figures', () => {
  it('are medians, of each program by itself', () => {
    assert.equal(median([9, 1, 5]), 5);
    assert.equal(median([4, 1, 2, 9]), 3);
    const runs = [
      run,
      { ...run, seconds: 4 },
      { ...run, seconds: 9 },
      { ...run, contender: 'limit' as const },
    ];
    assert.equal(summarize(runs, 'ours')?.seconds, 4);
    assert.equal(summarize(runs, 'ours')?.rounds, 3);
    assert.equal(summarize(runs, 'vod-node-sdk'), undefined);
  });

  it('tell of CPU beside the program only where it is known of every run', () => {
    const known = { ...run, emulatorCpuSeconds: 1 };
    assert.equal(summarize([known, known], 'ours')?.emulatorCpuSeconds, 1);
    assert.equal(summarize([known, run], 'ours')?.emulatorCpuSeconds, undefined);
  });

  it('meet a target or not', () => {
    assert.equal(atLeast(3, 3, 'times').met, true);
    assert.equal(atLeast(3, 2.99, 'times').met, false);
    assert.equal(below(130, 130, 'MB').met, false);
  });
});

describe('an answer', () => {
  it('is read when it is whole, and not before', () => {
    const whole = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 4\r\nETag: "a:b"\r\n\r\nbody');
    for (let cut = 0; cut < whole.length; cut += 1) {
      assert.equal(parseAnswer(whole.subarray(0, cut)), undefined);
    }
    const answer = parseAnswer(whole);
    assert.deepEqual([answer?.status, answer?.headers.get('etag'), answer?.body], [200, '"a:b"', 'body']);
  });
});

describe('the report', () => {
  const scenario = SCENARIOS[0];
  const summaries = [{ ...run, rounds: 3 }];
  const result: BenchResult = {
    command: 'npm run bench',
    date: '2026-01-02T03:04:05.000Z',
    machine: { processor: 'a processor', cores: 2, node: '24.0.0', system: 'linux', load: 0 },
    concurrency: 32,
    quick: false,
    scenarios: [
      {
        id: 'a',
        title: scenario?.title ?? '',
        bytes: 200e6,
        objects: 405,
        summaries,
        findings: [atLeast(40, 50, 'times'), atLeast(2, 1, 'times')],
        runs: [run],
      },
    ],
    loading: { rounds: 1, emptySeconds: 0.04, bundleSeconds: 0.15, bundleBytes: 2e6, findings: [] },
  };

  it('says which targets were met and which were missed', () => {
    const text = markdown(result);
    assert.match(text, /- met: at least 40 times; shown: 50/);
    assert.match(text, /- \*\*missed\*\*: at least 2 times; shown: 1/);
    assert.match(text, /\| ours \| 3 \| 2\.00 \| 1\.00 \| 1\.00 \| 200 \| 405 \+ 2 \|/);
    assert.doesNotMatch(text, /NaN|undefined/);
  });

  it('draws a bar for each program', () => {
    const image = plot(result);
    assert.equal(image.match(/<rect class="(ours|sdk|limit)"/g)?.length, 3);
    assert.doesNotMatch(image, /NaN|undefined/);
  });
});
