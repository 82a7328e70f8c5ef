import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { ServiceError } from '../../src/network/errors.js';
import { RateLimiter } from '../../src/vod/rate-limit.js';
import { seededRandom } from './simulated-line.js';

const never = new AbortController().signal;
setMaxListeners(0, never);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Time that goes on only as the test says, for timers too. The mock timers of node:test are experimental in Node 20. */
class Time {
  now = 0;
  private readonly timers = new Set<{ due: number; run: () => void }>();

  setTimeout(run: () => void, delay: number): object {
    const timer = { due: this.now + delay, run };
    this.timers.add(timer);
    return timer;
  }

  clearTimeout(timer: never): void {
    this.timers.delete(timer);
  }

  /** Goes on by milliseconds, one by one, and lets everything happen that is due. */
  async pass(milliseconds: number): Promise<void> {
    for (let step = 0; step < milliseconds; step++) {
      this.now++;
      for (const timer of this.timers) {
        if (timer.due > this.now) continue;
        this.timers.delete(timer);
        timer.run();
      }
      await turn();
    }
  }
}

/** Requests that take the times that they are told, by the test's time. */
function serviceOf(time: Time, latency: (index: number) => number) {
  const starts: number[] = [];
  const ends: number[] = [];
  let inFlight = 0;
  let most = 0;
  const request = async (): Promise<number> => {
    const index = starts.push(time.now) - 1;
    inFlight++;
    most = Math.max(most, inFlight);
    await new Promise<void>((resolve) => setTimeout(resolve, latency(index)));
    inFlight--;
    ends.push(time.now);
    return index;
  };
  return { request, starts, ends, most: () => most };
}

/** The most entries that any second holds. */
function mostInAnySecond(times: readonly number[]): number {
  return Math.max(
    0,
    ...times.map((start) => times.filter((time) => time >= start && time < start + 1000).length),
  );
}

describe('the pace of API requests', () => {
  let time: Time;
  let pace: RateLimiter;
  beforeEach(() => {
    time = new Time();
    mock.method(globalThis, 'setTimeout', (run: () => void, delay: number) => time.setTimeout(run, delay));
    mock.method(globalThis, 'clearTimeout', (timer: never) => time.clearTimeout(timer));
    pace = new RateLimiter(() => time.now);
  });
  afterEach(() => mock.restoreAll());

  const latencies: [what: string, latency: (index: number) => number, longest: number][] = [
    ['a near API', () => 3, 4000],
    ['one across the world', () => 250, 5000],
    ['one that is slower at times', (index) => (index % 17 === 0 ? 600 : 40), 8000],
    [
      'one that answers at random',
      (
        (random) => () =>
          100 + Math.floor(random() * 100)
      )(seededRandom(7)),
      6000,
    ],
  ];
  for (const [what, latency, longest] of latencies) {
    it(`is never more than 50 in any second with ${what}, and not much less`, async () => {
      const service = serviceOf(time, latency);
      const all = Array.from({ length: 160 }, () => pace.run(0, never, service.request));
      while (service.ends.length < all.length && time.now < longest) await time.pass(20);
      assert.equal(service.ends.length, all.length, `all are answered in ${longest} ms`);
      await Promise.all(all);
      assert.ok(mostInAnySecond(service.starts) <= 50, `${mostInAnySecond(service.starts)} starts`);
    });
  }

  it('uses two connections for a near API, and as many as its distance needs for a far one', async () => {
    for (const [latency, most] of [
      [3, 2],
      [200, 10],
    ] as const) {
      time = new Time();
      const own = new RateLimiter(() => time.now);
      const service = serviceOf(time, () => latency);
      const done = Promise.all(Array.from({ length: 60 }, () => own.run(0, never, service.request)));
      await time.pass(4000);
      await done;
      assert.equal(service.most(), most);
    }
  });

  it('serves the higher priority first, and among equals the one that came first', async () => {
    const order: string[] = [];
    const open: (() => void)[] = [];
    const run = (name: string, priority: number): Promise<void> =>
      pace.run(priority, never, () => {
        order.push(name);
        return new Promise<void>((resolve) => open.push(resolve));
      });
    const all = [
      run('first', 0),
      run('second', 0),
      run('commit', 0),
      run('apply', 1),
      run('commit 2', 0),
      run('apply 2', 1),
    ];
    while (order.length < all.length) {
      await turn();
      open.shift()?.();
    }
    open.forEach((end) => {
      end();
    });
    await Promise.all(all);
    assert.deepEqual(order, ['first', 'second', 'apply', 'apply 2', 'commit', 'commit 2']);
  });

  it('hands back what a request gives or throws, and goes on', async () => {
    assert.equal(await pace.run(0, never, async () => 'answer'), 'answer');
    const failure = new Error('refused');
    for (let turns = 0; turns < 5; turns++) {
      await assert.rejects(
        pace.run(0, never, async () => {
          throw failure;
        }),
        failure,
      );
    }
    assert.equal(await pace.run(0, never, async () => 'still there'), 'still there');
  });

  it('lets a cancelled request go without starting it, and the others keep their turn', async () => {
    const stop = new AbortController();
    const held: (() => void)[] = [];
    const hold = (): Promise<void> => new Promise((resolve) => held.push(resolve));
    const running = [pace.run(0, never, hold), pace.run(0, never, hold)];
    let started = false;
    const cancelled = pace.run(9, stop.signal, async () => {
      started = true;
    });
    const next = pace.run(0, never, async () => 'next');
    stop.abort();
    const isCancelled = (error: unknown) => error instanceof ServiceError && error.kind === 'cancelled';
    await assert.rejects(cancelled, isCancelled);
    await assert.rejects(
      pace.run(0, stop.signal, async () => 'late'),
      isCancelled,
    );
    await turn();
    for (const end of held) end();
    assert.equal(await next, 'next');
    await Promise.all(running);
    assert.equal(started, false);
  });
});

describe('a pace that nobody waits for any more', () => {
  it('keeps no timer, which would keep the process alive', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const pace = new RateLimiter();
    const stop = new AbortController();
    setMaxListeners(0, stop.signal);
    const before = timers();
    const all = Array.from({ length: 60 }, (_, index) => pace.run(0, stop.signal, async () => index));
    await Promise.all(all.slice(0, 50));
    await turn();
    assert.equal(timers(), before + 1, 'the others wait for a second to pass');
    stop.abort();
    const outcomes = await Promise.allSettled(all.slice(50));
    assert.ok(outcomes.every(({ status }) => status === 'rejected'));
    assert.equal(timers(), before);
  });
});
