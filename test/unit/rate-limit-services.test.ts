import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RateLimiter } from '../../src/vod/rate-limit.js';
import { COUNTERS, publish, SimulatedApi, type SimulatedApiOptions, VirtualTime } from './simulated-api.js';
import { seededRandom } from './simulated-line.js';

type Counter = keyof typeof COUNTERS;
const counters = Object.keys(COUNTERS) as Counter[];

/** Latencies of about so many milliseconds, half of them on the way there. */
function around(milliseconds: number, jitter: number, seed = 1): SimulatedApiOptions['latency'] {
  const random = seededRandom(seed);
  return () => [milliseconds * (0.5 + jitter * (random() - 0.5)), milliseconds * 0.5];
}

/** Milliseconds of a settled run: what comes before has the search for the limit in it. */
const SETTLED = 15_000;

interface Job {
  media: number;
  /** When it starts, in milliseconds. */
  start?: number;
}

/** Runs jobs side by side against one account, each with a limiter and connections of its own. */
async function runJobs(options: SimulatedApiOptions, jobs: readonly Job[]) {
  const time = new VirtualTime();
  const api = new SimulatedApi(time, options);
  const run = async ({ media, start = 0 }: Job): Promise<number> => {
    await time.sleep(start);
    return publish(media, new RateLimiter({ maxInFlight: 200, time }), api.connect());
  };
  const refusals = await time.until(Promise.all(jobs.map(run)));
  const accepted = api.arrivals.filter(({ isAccepted }) => isAccepted).length;
  assert.equal(
    accepted,
    2 * jobs.reduce((sum, { media }) => sum + media, 0),
    'every medium is published once',
  );
  assert.equal(time.timers, 0);
  return { api, seconds: time.now() / 1000, mostRefusals: Math.max(...refusals) };
}

describe('a job that is alone with the documented limit', () => {
  const latencies: [what: string, latency: () => readonly [number, number], setUp: () => number][] = [
    ['near', around(5, 0.5), () => 10],
    ['far away', around(300, 0.3), () => 600],
    ['far away, with connections that open slowly', around(200, 0.3), slowly(4000)],
    ['unsteady', around(300, 1), slowly(300)],
  ];
  function slowly(milliseconds: number): () => number {
    const random = seededRandom(3);
    return () => milliseconds * random();
  }
  for (const [what, latency, setUp] of latencies) {
    it(`publishes 600 media without a refusal where the API is ${what}`, async () => {
      const options: SimulatedApiOptions = { counter: 'a sliding second', limit: () => 100, latency, setUp };
      const { api, seconds } = await runJobs(options, [{ media: 600 }]);
      assert.equal(api.refused().count, 0);
      assert.ok(api.peak() <= 100, `${api.peak()} in a second`);
      assert.ok(seconds < 14, `${seconds} s`);
    });
  }

  it('needs less than twelve seconds for 600 media', async () => {
    const options: SimulatedApiOptions = {
      counter: 'a sliding second',
      limit: () => 100,
      latency: around(20, 0.5),
      setUp: () => 50,
    };
    const { seconds } = await runJobs(options, [{ media: 600 }]);
    assert.ok(seconds < 10, `${seconds} s`);
  });
});

describe('a job whose account has a lower limit', () => {
  for (const counter of counters) {
    it(`finds its rate where the service counts by ${counter}`, async () => {
      for (const limit of [20, 10, 3]) {
        for (const milliseconds of [5, 80, 400]) {
          const options: SimulatedApiOptions = {
            counter,
            limit: () => limit,
            latency: around(milliseconds, 0.2),
            setUp: () => 2 * milliseconds,
          };
          const { api, seconds, mostRefusals } = await runJobs(options, [{ media: 30 * limit }]);
          const where = `${limit} a second, ${milliseconds} ms`;
          assert.ok(seconds <= 1.5 * 30 + 8, `${where}: ${seconds} s`);
          const { share } = api.refused(SETTLED);
          if (limit >= 10) assert.ok(share <= 1 / 8, `${where}: ${share} refused`);
          assert.ok(mostRefusals < 10, `${where}: ${mostRefusals} refusals of one request`);
        }
      }
    });
  }

  it('finds it at any limit, distance and way of counting', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          counter: fc.constantFrom(...counters),
          limit: fc.integer({ min: 3, max: 60 }),
          milliseconds: fc.integer({ min: 5, max: 600 }),
          jitter: fc.double({ min: 0, max: 0.3, noNaN: true }),
          setUp: fc.integer({ min: 0, max: 1500 }),
          ideal: fc.integer({ min: 5, max: 30 }),
          seed: fc.nat(),
        }),
        async ({ counter, limit, milliseconds, jitter, setUp, ideal, seed }) => {
          const random = seededRandom(seed);
          const options: SimulatedApiOptions = {
            counter,
            limit: () => limit,
            latency: around(milliseconds, jitter, seed),
            setUp: () => setUp * random(),
          };
          const { api, seconds, mostRefusals } = await runJobs(options, [{ media: limit * ideal }]);
          assert.ok(seconds <= 1.8 * ideal + 8, `${seconds} s instead of ${ideal}`);
          const { share, count } = api.refused(SETTLED);
          if (limit >= 10) assert.ok(share <= 1 / 8 || count <= 5, `${share} refused`);
          assert.ok(mostRefusals < 20, `${mostRefusals} refusals of one request`);
        },
      ),
      { seed: 92, numRuns: 60 },
    );
  });

  it('waits as long as the service asks', async () => {
    const options: SimulatedApiOptions = {
      counter: 'a sliding second',
      limit: () => 5,
      latency: around(20, 0),
      retryAfterMs: 4000,
    };
    const { api } = await runJobs(options, [{ media: 60 }]);
    for (const { at, action, isAccepted } of api.arrivals) {
      if (isAccepted) continue;
      // Those that were on their way when the refusal came are not held back.
      const soon = api.arrivals.filter(
        (one) => one.action === action && one.at > at + 20 && one.at < at + 4000,
      );
      assert.deepEqual(soon, []);
    }
  });

  it('needs no time for what it has learned while it was idle', async () => {
    const time = new VirtualTime();
    const api = new SimulatedApi(time, {
      counter: 'a sliding second',
      limit: () => 10,
      latency: around(50, 0.2),
    });
    const limiter = new RateLimiter({ maxInFlight: 200, time });
    const send = api.connect();
    await time.until(publish(100, limiter, send));
    for (let spell = 0; spell < 5; spell++) {
      await time.pass(60_000);
      const from = time.now();
      await time.until(publish(30, limiter, send));
      assert.ok(api.refused(from).count <= 4, `${api.refused(from).count} refusals in spell ${spell}`);
      assert.ok(time.now() - from < 5500, `${time.now() - from} ms in spell ${spell}`);
    }
  });
});

describe('a limit that other jobs use as well', () => {
  for (const counter of counters) {
    it(`serves eight jobs where the service counts by ${counter}`, async () => {
      const options: SimulatedApiOptions = {
        counter,
        limit: () => 100,
        latency: around(60, 0.3),
        setUp: () => 120,
      };
      const together = await runJobs(
        options,
        Array.from({ length: 8 }, () => ({ media: 250 })),
      );
      assert.ok(together.seconds <= 1.8 * 20 + 8, `${together.seconds} s`);
      assert.ok(together.api.refused(SETTLED).share <= 1 / 8, `${together.api.refused(SETTLED).share}`);
      assert.ok(together.mostRefusals < 20, `${together.mostRefusals} refusals of one request`);
      const inTurn = await runJobs(
        options,
        Array.from({ length: 8 }, (_, index) => ({ media: 250, start: 2000 * index })),
      );
      assert.ok(inTurn.seconds <= 1.8 * 20 + 14 + 8, `${inTurn.seconds} s`);
      assert.ok(inTurn.mostRefusals < 20, `${inTurn.mostRefusals} refusals of one request`);
    });

    it(`follows the limit down and up where the service counts by ${counter}`, async () => {
      const limit = (now: number): number => (now >= 3000 && now < 13_000 ? 10 : 100);
      const options: SimulatedApiOptions = { counter, limit, latency: around(60, 0.3) };
      const { seconds, mostRefusals } = await runJobs(options, [{ media: 900 }]);
      // The service would take them in 19 s.
      assert.ok(seconds <= 1.8 * 19 + 8, `${seconds} s`);
      assert.ok(mostRefusals < 20, `${mostRefusals} refusals of one request`);
    });
  }
});
