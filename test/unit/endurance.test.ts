import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  ANSWER_TIMEOUT,
  type HostScript,
  type OutageSpan,
  type Trouble,
  type Whim,
} from './simulated-host.js';
import { seededRandom } from './simulated-line.js';
import {
  callsOf,
  type SimulatedCall,
  type Simulation,
  type SimulationReport,
  simulate,
} from './simulated-run.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const OUTAGE_TIMEOUT = 5 * MINUTE;
/** What an outage may cost besides its own length. */
const RECOVERY = 10 * SECOND;

const TROUBLES: readonly Trouble[] = [
  'reset',
  'refused',
  'draining',
  'dns',
  'silence',
  'lost',
  'http-502',
  'http-503',
];

/** Silence is noticed only when an answer is overdue. */
function patienceFor(kind: Trouble): number {
  return kind === 'silence' || kind === 'lost' ? ANSWER_TIMEOUT : 0;
}

const LOADS: Readonly<Record<string, Pick<Simulation, 'calls' | 'lanes'> & { phases: number }>> = {
  '60 small files': { calls: callsOf(60, 50_000, 500_000, 5000), phases: 2 },
  'a package of 400 segments': { calls: callsOf(400, 500_000), lanes: 32, phases: 1 },
  'a large file by parts': { calls: callsOf(64, 1_000_000), lanes: 32, phases: 2 },
  'a single small file': { calls: callsOf(1, 200_000), phases: 2 },
};

/** When an outage begins, as a share of the time that the run takes otherwise. */
const PHASES = [0.3, 0, 0.95, 0.001, 0.6, 0.999];

/** What holds of every run: all calls have ended, nothing is left, and no more was in flight than may be. */
function assertSound(report: SimulationReport, { calls, slots = 32 }: Simulation): void {
  assert.equal(report.calls.length, calls.length);
  assert.equal(report.timersLeft, 0, 'a timer is left');
  assert.ok(report.mostInFlight <= slots, `${report.mostInFlight} in flight`);
}

function assertAllSucceeded(report: SimulationReport): void {
  assert.deepEqual(report.failed, []);
}

/** A host that is down gets what was in flight, those that found it out, and then one probe at a time. */
function assertGentle(report: SimulationReport, outage: OutageSpan): void {
  for (const host of Object.values(report.hosts)) {
    const times = host.log
      .filter(({ at }) => at >= outage.from + 2 * SECOND && at < outage.to)
      .map(({ at }) => at);
    for (const [index, at] of times.entries()) {
      const next = times[index + 5];
      assert.ok(next === undefined || next - at >= SECOND, `five requests within a second, at ${at} ms`);
    }
  }
}

async function run(simulation: Simulation): Promise<SimulationReport> {
  const report = await simulate(simulation);
  assertSound(report, simulation);
  return report;
}

/** Requests that fail by chance, in two ways. */
function unlucky(share: number, seed: number, kinds: readonly NonNullable<Whim>['kind'][]): HostScript {
  const random = seededRandom(seed);
  return {
    whim: () =>
      random() < share ? { kind: kinds[Math.floor(random() * kinds.length)] ?? 'reset' } : undefined,
  };
}

/** Objects that never work. */
function broken(names: readonly string[], kind: NonNullable<Whim>['kind'] = 'http-500'): HostScript {
  return { whim: (name) => (names.includes(name) ? { kind } : undefined) };
}

describe('an outage', () => {
  for (const [load, { phases, ...simulation }] of Object.entries(LOADS)) {
    for (const kind of TROUBLES) {
      it(`by ${kind} costs ${load} its own length and ten seconds at most, whenever it begins`, async () => {
        const { endedAt: usual } = await run({ ...simulation, hosts: { host: {} } });
        for (const [at, seconds] of [0.1, 1, 3, 10, 30, 60, 240].entries()) {
          // Each length meets some of the phases.
          for (const phase of PHASES.filter((_, index) => index % 3 === at % 3).slice(0, phases)) {
            const from = phase * usual;
            const outage = { kind, from, to: from + seconds * SECOND };
            const report = await run({ ...simulation, hosts: { host: { outages: [outage] } } });
            assertAllSucceeded(report);
            const cost = report.endedAt - usual - seconds * SECOND;
            assert.ok(cost <= RECOVERY + patienceFor(kind), `${seconds} s at ${from}: ${cost} ms more`);
            if (kind !== 'draining') assertGentle(report, outage);
          }
        }
      });
    }
  }

  it('that does not end is given up after outage-timeout, and takes nothing else with it', async () => {
    for (const kind of TROUBLES) {
      for (const slots of [32, 1]) {
        const simulation = {
          calls: [
            ...callsOf(60, 500_000),
            ...callsOf(60, 500_000).map((call) => ({ ...call, host: 'other' })),
          ],
          hosts: { host: { outages: [{ kind, from: 100, to: Number.POSITIVE_INFINITY }] }, other: {} },
          slots,
        };
        const report = await run(simulation);
        assert.ok(
          report.failed.length >= 60 - slots && report.failed.length <= 60,
          `${report.failed.length}`,
        );
        for (const { message } of report.failed)
          assert.match(message, /^Gave up after 5 min without an answer from host\./);
        const last = Math.max(...report.failed.map(({ endedAt }) => endedAt));
        assert.ok(last <= 100 + OUTAGE_TIMEOUT + RECOVERY + patienceFor(kind), `${kind}: ${last}`);
      }
    }
  });

  it('of one host does not keep the requests to another', async () => {
    const outage: OutageSpan = { kind: 'refused', from: 100, to: MINUTE };
    const calls = callsOf(200, 500_000).map((call, at) => ({ ...call, host: at % 2 ? 'down' : 'up' }));
    const report = await run({ calls, hosts: { down: { outages: [outage] }, up: {} } });
    assertAllSucceeded(report);
    const ends = report.calls.filter(({ name }) => Number(name) % 2 === 1).map(({ endedAt }) => endedAt);
    assert.ok(Math.max(...ends) < 10 * SECOND);
  });

  it('after an idle time is waited out like any other', async () => {
    const outage: OutageSpan = { kind: 'reset', from: 10 * MINUTE - SECOND, to: 11 * MINUTE };
    const late: SimulatedCall = { name: 'late', size: 100_000, at: 10 * MINUTE };
    const report = await run({ calls: [...callsOf(50, 5000), late], hosts: { host: { outages: [outage] } } });
    assertAllSucceeded(report);
    assert.ok(report.endedAt <= 11 * MINUTE + RECOVERY);
  });

  it('right after a success costs no tries', async () => {
    const simulation = { calls: callsOf(20, 300_000, 400_000, 500_000), slots: 4 };
    const { calls } = await run({ ...simulation, hosts: { host: {} } });
    for (const { endedAt } of calls) {
      for (const after of [0, 0.5, 10]) {
        const outages = [{ kind: 'reset' as const, from: endedAt + after, to: endedAt + 20 * SECOND }];
        assertAllSucceeded(await run({ ...simulation, maxAttempts: 2, hosts: { host: { outages } } }));
      }
    }
  });
});

describe('a host that flaps', () => {
  for (const kind of ['reset', 'http-502', 'silence'] as const) {
    it(`by ${kind} loses nothing as long as requests get through now and then`, async () => {
      for (const [up, down] of [
        [2000, 3000],
        [5000, 20_000],
        [1000, 200],
      ] as const) {
        const outages = Array.from({ length: 400 }, (_, at) => {
          const from = SECOND + at * (up + down);
          return { kind, from, to: from + down };
        });
        assertAllSucceeded(await run({ calls: callsOf(100, 500_000), hosts: { host: { outages } } }));
      }
    });
  }

  it('recovers slowly, and gets no more than it can bear for long', async () => {
    for (const capacity of [1, 4, 16]) {
      const host: HostScript = {
        outages: [{ kind: 'http-503', from: 2 * SECOND, to: 12 * SECOND }],
        whim: (_name, _attempt, now, inFlight) =>
          now > 2 * SECOND && now < 72 * SECOND && inFlight > capacity ? { kind: 'http-500' } : undefined,
      };
      const report = await run({ calls: callsOf(200, 500_000), hosts: { host } });
      assertAllSucceeded(report);
      assert.ok(report.endedAt < 100 * SECOND);
    }
  });
});

describe('an object that never works', () => {
  const others = callsOf(400, 500_000);
  const smallest = others.map((call) => (call.name === '200' ? { ...call, size: 1000 } : call));

  /** It ends by its tries, within a minute of what it is measured from, and nothing else fails. */
  function assertOnlyBroken(report: SimulationReport, names: readonly string[], since = 0): void {
    assert.deepEqual(new Set(report.failed.map(({ name }) => name)), new Set(names));
    for (const { begunAt, endedAt, message } of report.failed) {
      assert.doesNotMatch(message, /Gave up after/);
      assert.ok(endedAt - Math.max(begunAt, since) <= MINUTE, `${endedAt - begunAt} ms`);
    }
  }

  for (const kind of ['http-500', 'reset', 'damaged'] as const) {
    for (const slots of [32, 8, 2, 1]) {
      it(`by ${kind} fails within a minute by its tries, ${slots} at a time`, async () => {
        const simulation = { calls: others, slots, lanes: slots + 8 };
        assertOnlyBroken(await run({ ...simulation, hosts: { host: broken(['200'], kind) } }), ['200']);
      });
    }
  }

  it('is the first', async () => {
    assertOnlyBroken(await run({ calls: others, lanes: 40, hosts: { host: broken(['1']) } }), ['1']);
  });

  it('is one of several', async () => {
    const names = ['100', '101', '102', '103', '104'];
    for (const slots of [32, 4, 2]) {
      const simulation = { calls: others, slots, lanes: slots + 8, hosts: { host: broken(names) } };
      assertOnlyBroken(await run(simulation), names);
    }
  });

  it('is the smallest, also in an outage, where it does not keep the others from looking', async () => {
    for (const from of [SECOND, 3 * SECOND, 6 * SECOND]) {
      const outages = [{ kind: 'reset' as const, from, to: from + 30 * SECOND }];
      const host = { ...broken(['200']), outages };
      const report = await run({ calls: smallest, lanes: 40, hosts: { host } });
      assertOnlyBroken(report, ['200'], from + 30 * SECOND);
      const rest = report.calls.filter(({ code }) => code === '').map(({ endedAt }) => endedAt);
      assert.ok(Math.max(...rest) <= 7 * SECOND + 30 * SECOND + RECOVERY);
    }
  });

  it('is among large parts, of which each takes seconds', async () => {
    const simulation = {
      calls: callsOf(200, 5_000_000),
      lanes: 40,
      hosts: { host: broken(['50'], 'reset') },
    };
    assertOnlyBroken(await run(simulation), ['50']);
  });

  it('is the last one or alone: then nothing tells it from an outage, and it ends like one', async () => {
    for (const calls of [others, callsOf(1, 500_000)]) {
      const last = `${calls.length}`;
      const report = await run({ calls, lanes: 32, hosts: { host: broken([last]) } });
      assert.deepEqual(
        report.failed.map(({ name }) => name),
        [last],
      );
      assert.ok(report.endedAt <= 8 * SECOND + OUTAGE_TIMEOUT + RECOVERY);
    }
  });

  it('is refused for speed for ever, while others are accepted', async () => {
    const simulation = {
      calls: callsOf(4000, 500_000),
      lanes: 32,
      hosts: { host: broken(['200'], 'throttled') },
    };
    const report = await run(simulation);
    assert.deepEqual(
      report.failed.map(({ name }) => name),
      ['200'],
    );
    assert.ok(report.failed.every(({ sent }) => sent >= 80));
  });
});

describe('bad luck', () => {
  for (const [share, kind, slots] of [
    [0.05, 'reset', 32],
    [0.05, 'http-500', 1],
    [0.33, 'reset', 32],
    [0.33, 'http-500', 4],
    [0.25, 'hang', 32],
    [0.3, 'damaged', 8],
    [0.2, 'stale', 8],
  ] as const) {
    it(`of ${share * 100} % by ${kind} costs no request, ${slots} at a time`, async () => {
      for (const seed of [1, 2, 3]) {
        const hosts = { host: unlucky(share, seed, [kind]) };
        assertAllSucceeded(await run({ calls: callsOf(400, 500_000), slots, lanes: slots + 8, seed, hosts }));
      }
    });
  }

  it('of every third request costs no request', async () => {
    for (const slots of [32, 2, 1]) {
      const host: HostScript = {
        whim: (_name, attempt) => (attempt % 3 === 0 ? { kind: 'reset' } : undefined),
      };
      assertAllSucceeded(
        await run({ calls: callsOf(200, 500_000), slots, lanes: slots + 8, hosts: { host } }),
      );
    }
  });

  it('of parts that stall in turn while others move is no outage', async () => {
    const host: HostScript = {
      whim: (_name, attempt, _now, inFlight) => (inFlight > 8 && attempt % 2 ? { kind: 'hang' } : undefined),
    };
    assertAllSucceeded(await run({ calls: callsOf(300, 2_000_000), hosts: { host } }));
  });

  it('of 5 % is no reason to lose a request in an outage', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const from = seed * 350;
      const outages = [{ kind: 'reset' as const, from, to: from + 30 * SECOND }];
      const host = { ...unlucky(0.05, seed, ['reset', 'http-500']), outages };
      assertAllSucceeded(await run({ calls: callsOf(400, 500_000), lanes: 40, seed, hosts: { host } }));
    }
  });
});

describe('a run that is stopped', () => {
  it('ends at once, in whatever state its host is', async () => {
    for (const stopAt of [50, 1500, 20 * SECOND, 61 * SECOND]) {
      const outages = [{ kind: 'silence' as const, from: SECOND, to: MINUTE }];
      const report = await run({ calls: callsOf(400, 500_000), stopAt, hosts: { host: { outages } } });
      assert.ok(report.failed.every(({ code, endedAt }) => code === 'Cancelled' && endedAt === stopAt));
    }
  });
});

describe('whatever happens', () => {
  const seconds = fc.constantFrom(0.1, 0.3, 1, 3, 10, 30, 60, 150);
  const scenario = fc.record({
    count: fc.constantFrom(1, 2, 3, 5, 20, 60, 100, 400),
    sizes: fc.array(fc.integer({ min: 1000, max: 1_000_000 }), { minLength: 1, maxLength: 7 }),
    slots: fc.constantFrom(1, 2, 3, 4, 8, 32, 64),
    spareLanes: fc.constantFrom(8, 1000),
    roundTripMs: fc.constantFrom(4, 20, 80, 200),
    maxAttempts: fc.integer({ min: 2, max: 6 }),
    share: fc.constantFrom(0, 0, 0.01, 0.05),
    outages: fc.array(
      fc.record({ kind: fc.constantFrom(...TROUBLES), seconds, pause: fc.constantFrom(15, 30, 100) }),
      { maxLength: 4 },
    ),
    phase: fc.double({ min: 0, max: 1.1, noNaN: true }),
    seed: fc.nat(),
  });

  it('no request is lost in outages shorter than outage-timeout, and everything ends in time', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (one) => {
        const { count, sizes, slots, roundTripMs, seed, share } = one;
        const lanes = Math.min(count, slots + one.spareLanes);
        const calls = callsOf(count, ...sizes);
        const shared = { calls, slots, lanes, seed };
        const { endedAt: usual } = await run({ ...shared, hosts: { host: { roundTripMs } } });
        let from = one.phase * usual;
        const outages = one.outages.map(({ kind, seconds, pause }) => {
          const outage = { kind, from, to: from + seconds * SECOND };
          from = outage.to + pause * SECOND;
          return outage;
        });
        // Where the host also fails by chance, few tries may be used up by it.
        const maxAttempts = share > 0 ? Math.max(5, one.maxAttempts) : one.maxAttempts;
        const host = { roundTripMs, outages, ...unlucky(share, seed, ['reset', 'http-500']) };
        const report = await run({ ...shared, maxAttempts, hosts: { host } });
        assertAllSucceeded(report);
        for (const outage of outages) if (outage.kind !== 'draining') assertGentle(report, outage);
        if (share > 0) return;
        const allowed = outages.reduce(
          (sum, { kind, from, to }) => sum + to - from + RECOVERY + patienceFor(kind),
          0,
        );
        assert.ok(report.endedAt <= usual + allowed, `${report.endedAt} instead of ${usual + allowed}`);
      }),
      { seed: 97, numRuns: 120 },
    );
  });
});
