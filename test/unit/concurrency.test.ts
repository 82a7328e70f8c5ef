import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { nextConcurrency, startConcurrency } from '../../src/storage/concurrency.js';
import { type Line, seededRandom, simulate } from './simulated-line.js';

const MB = 1_000_000;
/** Windows of ten minutes. */
const LONG = 2400;

const shareAt = (limits: readonly number[], limit: number): number =>
  limits.filter((one) => one === limit).length / limits.length;
const changes = (limits: readonly number[]): number =>
  limits.filter((limit, index) => index > 0 && limit !== limits[index - 1]).length;

/** Every connection is slowed down to the same rate, as by a policy or a long distance. */
const perConnection: Line = { rate: (limit) => limit * 2 * MB };
/** A line that is full with four connections. */
const thin: Line = { rate: (limit) => Math.min(limit, 4) * MB };
/** A line that is full with a hundred connections. */
const fat: Line = { rate: (limit) => Math.min(limit, 100) * 5 * MB };

describe('concurrency', () => {
  it('begins with 32, and with a lower ceiling at that', () => {
    assert.equal(startConcurrency(256).limit, 32);
    assert.equal(startConcurrency(3).limit, 3);
  });

  it('goes to the ceiling in a few windows where each connection brings its share', () => {
    assert.deepEqual(simulate(perConnection, 256, 6), [32, 64, 128, 256, 256, 256]);
    assert.deepEqual(simulate(perConnection, 100, 5), [32, 64, 100, 100, 100]);
  });

  it('stays at the ceiling once it pays', () => {
    assert.equal(shareAt(simulate(perConnection, 256, LONG).slice(4), 256), 1);
  });

  it('steps back on a full line, and tries ever less often', () => {
    const limits = simulate(thin, 256, LONG);
    assert.ok(Math.max(...limits) <= 64, 'one step up is tried, not more');
    assert.ok(shareAt(limits, 32) > 0.98, `${shareAt(limits, 32)}`);
    const tries = limits.flatMap((limit, at) => (limit === 64 && limits[at - 1] === 32 ? [at] : []));
    const gaps = tries.slice(1).map((at, index) => at - (tries[index] as number));
    assert.ok(
      gaps.every((gap, index) => gap >= (gaps[index - 1] ?? 0)),
      gaps.join(' '),
    );
    assert.ok((gaps.at(-1) ?? 0) >= 256, 'a minute and more between tries in the end');
  });

  it('goes as far as a fat line gains by it', () => {
    const limits = simulate(fat, 256, LONG);
    assert.ok(shareAt(limits, 128) > 0.97, 'full at 100: 128 is worth its step, 256 is not');
  });

  it('does not swing on a line whose rate varies by a tenth', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const random = seededRandom(seed);
      const noisy = (line: Line): Line => ({ rate: (limit) => line.rate(limit, 0) * (0.9 + random() * 0.2) });
      assert.ok(changes(simulate(noisy(thin), 256, LONG)) <= 30);
      const limits = simulate(noisy(perConnection), 128, LONG);
      assert.ok(shareAt(limits, 128) > 0.95);
    }
  });

  it('halves where the service asks for less, and keeps off for a while', () => {
    const limits = simulate({ ...perConnection, congestion: (_, at) => (at === 10 ? 3 : 0) }, 128, 60);
    assert.deepEqual(limits.slice(9, 13), [128, 128, 64, 64]);
    const back = limits.indexOf(128, 11);
    assert.ok(back > 11 + 30, `${back}: eight seconds of cooldown`);
  });

  it('settles under what the service allows, and rarely tries more', () => {
    const limits = simulate({ ...perConnection, congestion: (limit) => (limit > 40 ? 1 : 0) }, 256, LONG);
    assert.ok(Math.max(...limits) <= 64);
    assert.ok(limits.filter((limit) => limit > 40).length / LONG < 0.04);
    assert.ok(shareAt(limits, 32) > 0.9);
  });

  it('goes down to one on a line that can not even carry two, and comes back with it', () => {
    const storm: Line = { rate: (limit) => limit * MB, congestion: (_, at) => (at < 20 ? 1 : 0) };
    const limits = simulate(storm, 64, LONG);
    assert.equal(limits[19], 1);
    assert.equal(Math.min(...limits), 1);
    assert.equal(limits.at(-1), 64);
  });

  it('learns nothing from windows without enough work', () => {
    const idle = simulate({ rate: () => 0, saturated: () => false }, 256, 100);
    assert.equal(shareAt(idle, 32), 1);
    // A step up that is being judged when the work runs out is judged when there is some again.
    const paused: Line = {
      rate: (limit, at) => (at >= 1 && at < 50 ? 0 : perConnection.rate(limit, at)),
      saturated: (at) => at < 1 || at >= 50,
    };
    const limits = simulate(paused, 128, 60);
    assert.equal(shareAt(limits.slice(1, 51), 64), 1);
    assert.equal(limits.at(-1), 128);
  });

  it('shares a line with others without starving: two runs end within one step of each other', () => {
    // Both feel the same bottleneck: a run's rate is its share of the connections.
    let mine = startConcurrency(128);
    let theirs = startConcurrency(128);
    const capacity = 40 * MB;
    for (let at = 0; at < LONG; at++) {
      const total = mine.limit + theirs.limit;
      const troubled = total > 160 ? 1 : 0;
      const rate = Math.min(capacity, total * MB) / total;
      const window = (limit: number) => ({
        seconds: 0.25,
        bytes: rate * limit * 0.25,
        congestion: troubled,
        saturated: true,
      });
      [mine, theirs] = [
        nextConcurrency(mine, window(mine.limit)),
        nextConcurrency(theirs, window(theirs.limit)),
      ];
    }
    const ratio = mine.limit / theirs.limit;
    assert.ok(ratio >= 0.5 && ratio <= 2, `${mine.limit} and ${theirs.limit}`);
  });

  it('stays within one and the ceiling, whatever happens', () => {
    const window = fc.record({
      seconds: fc.double({ min: 0.001, max: 60, noNaN: true }),
      bytes: fc.oneof(fc.constant(0), fc.nat(1e9)),
      congestion: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(9) }),
      saturated: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 256 }),
        fc.array(window, { maxLength: 200 }),
        (ceiling, windows) => {
          let state = startConcurrency(ceiling);
          for (const one of windows) {
            const next = nextConcurrency(state, one);
            assert.ok(Number.isInteger(next.limit) && next.limit >= 1 && next.limit <= ceiling);
            if (one.congestion > 0) assert.ok(next.limit <= Math.max(1, state.limit / 2));
            else if (!one.saturated) assert.equal(next.limit, state.limit);
            else assert.ok(next.limit <= state.limit * 2);
            state = next;
          }
        },
      ),
      { seed: 71, numRuns: 300 },
    );
  });
});
