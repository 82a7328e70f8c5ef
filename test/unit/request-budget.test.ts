import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ServiceError } from '../../src/network/errors.js';
import { RequestBudget, type Slot } from '../../src/storage/request-budget.js';

const never = new AbortController().signal;
setMaxListeners(0, never);

/** A budget whose time and bytes are set by hand. */
function budgetOf(ceiling: number) {
  const line = { time: 0, bytes: 0 };
  const budget = new RequestBudget(
    ceiling,
    () => line.bytes,
    () => line.time,
  );
  return { budget, line };
}

/** True when a promise is still pending once everything that can run has run. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const later = new Promise<boolean>((resolve) => setImmediate(() => resolve(true)));
  return Promise.race([promise.then(() => false), later]);
}

const isCancelled = (error: unknown): boolean => error instanceof ServiceError && error.kind === 'cancelled';

/** Takes as many slots as there are at once. */
async function fill(budget: RequestBudget, slots: Slot[] = []): Promise<Slot[]> {
  while (slots.length < budget.limit) slots.push(await budget.acquire(1, never));
  return slots;
}

describe('slots', () => {
  it('are given at once up to the limit, and then as others are given back', async () => {
    const { budget } = budgetOf(2);
    const [first] = await fill(budget);
    const third = budget.acquire(1, never);
    assert.ok(await isPending(third));
    first?.release('done');
    (await third).release('done');
    assert.deepEqual([budget.peak, budget.started], [2, 3]);
  });

  it('go to the highest priority first, and among equals to the one that came first', async () => {
    const { budget } = budgetOf(1);
    const held = await budget.acquire(0, never);
    const order: string[] = [];
    const wishes: [name: string, priority: number][] = [
      ['small', 1],
      ['large', 9],
      ['control', Number.MAX_SAFE_INTEGER],
      ['large, later', 9],
      ['middle', 5],
      ['small, later', 1],
    ];
    const waiting = wishes.map(async ([name, priority]) => {
      const slot = await budget.acquire(priority, never);
      order.push(name);
      slot.release('done');
    });
    held.release('done');
    await Promise.all(waiting);
    assert.deepEqual(order, ['control', 'large', 'large, later', 'middle', 'small', 'small, later']);
  });

  it('go to one that has waited long before those of higher priority', async () => {
    const { budget, line } = budgetOf(1);
    const held = await budget.acquire(0, never);
    const order: string[] = [];
    const wait = async (name: string, priority: number): Promise<void> => {
      const slot = await budget.acquire(priority, never);
      order.push(name);
      slot.release('done');
    };
    const waiting = [wait('small', 1)];
    line.time = 4000;
    waiting.push(wait('large', 9));
    line.time = 6000;
    held.release('done');
    await Promise.all(waiting);
    assert.deepEqual(order, ['small', 'large']);
  });

  it('are served in the order of priorities, then of arrival, for any priorities', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(5), { maxLength: 30 }), async (priorities) => {
        const { budget } = budgetOf(1);
        const held = await budget.acquire(0, never);
        const order: number[] = [];
        const waiting = priorities.map(async (priority, index) => {
          const slot = await budget.acquire(priority, never);
          order.push(index);
          slot.release('done');
        });
        held.release('done');
        await Promise.all(waiting);
        const expected = [...priorities.keys()].sort(
          (a, b) => (priorities[b] as number) - (priorities[a] as number) || a - b,
        );
        assert.deepEqual(order, expected);
      }),
      { seed: 81, numRuns: 100 },
    );
  });

  it('count once, however often they are given back', async () => {
    const { budget } = budgetOf(1);
    const slot = await budget.acquire(1, never);
    slot.release('done');
    slot.release('done');
    await budget.acquire(1, never);
    assert.ok(await isPending(budget.acquire(1, never)));
  });

  it('are no longer waited for after a cancel, which takes nobody’s turn', async () => {
    const { budget } = budgetOf(1);
    const held = await budget.acquire(1, never);
    const stop = new AbortController();
    const given = budget.acquire(9, stop.signal);
    const patient = budget.acquire(1, never);
    stop.abort();
    await assert.rejects(given, isCancelled);
    assert.ok(await isPending(patient));
    held.release('done');
    (await patient).release('done');
    await assert.rejects(budget.acquire(1, stop.signal), isCancelled);
    assert.equal(budget.started, 2);
  });

  it('are never more than the ceiling, and all are given in the end', async () => {
    const { budget, line } = budgetOf(20);
    let inFlight = 0;
    let most = 0;
    const requests = Array.from({ length: 500 }, async (_, index) => {
      const slot = await budget.acquire(index % 7, never);
      inFlight++;
      most = Math.max(most, inFlight);
      await new Promise((resolve) => setImmediate(resolve));
      line.time += 20;
      line.bytes += 1_000_000;
      inFlight--;
      slot.release('done');
    });
    await Promise.all(requests);
    assert.deepEqual([budget.started, most, budget.peak], [500, 20, 20]);
  });
});

describe('a wait for a request to end', () => {
  it('is over with any of them, or with its time, whatever comes first', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { budget } = budgetOf(2);
    const [slot] = await fill(budget);
    const both = [budget.nextRelease(1000, never), budget.nextRelease(1000, never)];
    t.mock.timers.tick(999);
    assert.ok(await isPending(Promise.race(both)));
    slot?.release('failed');
    await Promise.all(both);
    const next = budget.nextRelease(1000, never);
    assert.ok(await isPending(next), 'what ended before does not count');
    t.mock.timers.tick(1000);
    await next;
  });

  it('is given up with the reason of its signal', async () => {
    const { budget } = budgetOf(2);
    const stop = new AbortController();
    const reason = new Error('stopped');
    const wait = budget.nextRelease(60_000, stop.signal);
    stop.abort(reason);
    await assert.rejects(wait, reason);
    await assert.rejects(budget.nextRelease(60_000, stop.signal), reason);
  });
});

describe('the limit', () => {
  it('grows with what the line gains, and lets the next ones in at once', async () => {
    const { budget, line } = budgetOf(64);
    const slots = await fill(budget);
    assert.equal(slots.length, 32);
    const another = budget.acquire(1, never);
    line.time = 250;
    line.bytes = 32_000;
    for (const slot of slots.splice(0)) slot.release('done');
    assert.equal(budget.limit, 64);
    await another;
  });

  it('is judged by whole rounds, however long they take', async () => {
    const { budget, line } = budgetOf(128);
    // Each part takes ten seconds, and those of a step up bring as much as the others once they are under way.
    let slots = await fill(budget);
    for (const [limit, next] of [
      [32, 64],
      [64, 128],
      [128, 128],
    ] as const) {
      assert.equal(budget.limit, limit);
      line.time += 10_000;
      line.bytes += limit * 10_000_000;
      const last = slots.pop();
      for (const slot of slots) slot.release('done');
      assert.equal(budget.limit, limit, 'one of the round is still under way');
      last?.release('done');
      assert.equal(budget.limit, next);
      slots = await fill(budget);
    }
  });

  it('stays while a window is not over or not full', async () => {
    const { budget, line } = budgetOf(64);
    const slots = await fill(budget);
    line.time = 249;
    slots.shift()?.release('done');
    assert.equal(budget.limit, 32);
    line.time = 10_000;
    for (const slot of slots.splice(0)) slot.release('done');
    const limit = budget.limit;
    line.time = 20_000;
    (await budget.acquire(1, never)).release('done');
    assert.equal(budget.limit, limit, 'one request at a time says nothing about the line');
  });

  it('is halved once for a burst of congestion, and again for what starts after it', async () => {
    const { budget, line } = budgetOf(16);
    const slots = await fill(budget);
    for (const slot of slots.splice(0)) {
      line.time += 1;
      slot.release('congested');
    }
    assert.equal(budget.limit, 8, 'all of them were sent before the first was answered');
    line.time += 1;
    const again = await fill(budget);
    assert.equal(again.length, 8);
    again.shift()?.release('congested');
    assert.equal(budget.limit, 4);
    for (const slot of again) slot.release('failed');
    assert.equal(budget.limit, 4, 'a failure for another reason asks for nothing');
  });

  it('that shrank holds new requests back until so many have ended', async () => {
    const { budget, line } = budgetOf(8);
    const slots = await fill(budget);
    const next = budget.acquire(1, never);
    line.time = 1;
    slots.shift()?.release('congested');
    assert.equal(budget.limit, 4);
    for (let left = 7; left > 4; left--) {
      assert.ok(await isPending(next), `${left} in flight`);
      slots.shift()?.release('done');
    }
    assert.ok(await isPending(next));
    slots.shift()?.release('done');
    assert.ok(!(await isPending(next)));
  });
});

describe('reservations', () => {
  it('keep the next medium from starting while there is work for every slot', async () => {
    const { budget } = budgetOf(4);
    await budget.belowLowWater(never);
    const medium = budget.reserve(5);
    const next = budget.belowLowWater(never);
    assert.ok(await isPending(next));
    medium.take();
    assert.ok(await isPending(next), 'four are announced, and four may be in flight');
    medium.take();
    assert.ok(!(await isPending(next)));
  });

  it('of a medium that ended early are given back', async () => {
    const { budget } = budgetOf(4);
    const medium = budget.reserve(100);
    const next = budget.belowLowWater(never);
    medium.take();
    assert.ok(await isPending(next));
    medium.cancel();
    assert.ok(!(await isPending(next)));
    medium.cancel();
    medium.take();
    budget.reserve(3);
    assert.ok(
      !(await isPending(budget.belowLowWater(never))),
      'what was given back twice would leave a debt',
    );
    budget.reserve(1);
    assert.ok(await isPending(budget.belowLowWater(never)));
  });

  it('that are delayed let others start, until they go on', async () => {
    const { budget } = budgetOf(2);
    const late = budget.reserve(5);
    const next = budget.belowLowWater(never);
    assert.ok(await isPending(next));
    late.delay();
    late.delay();
    assert.ok(!(await isPending(next)));
    late.resume();
    late.resume();
    assert.ok(await isPending(budget.belowLowWater(never)), 'it counts again, and once');
    for (let request = 0; request < 4; request++) late.take();
    assert.ok(!(await isPending(budget.belowLowWater(never))));
  });

  it('are delayed by a few at once only, and count as given back after their end', async () => {
    const { budget } = budgetOf(2);
    const late = Array.from({ length: 9 }, () => budget.reserve(2));
    for (const medium of late) medium.delay();
    const next = budget.belowLowWater(never);
    assert.ok(await isPending(next), 'the ninth still counts');
    late[0]?.cancel();
    late[8]?.delay();
    assert.ok(!(await isPending(next)));
    for (const medium of late) medium.cancel();
    budget.reserve(1);
    assert.ok(!(await isPending(budget.belowLowWater(never))));
  });

  it('that were all taken are not taken again by repeats', async () => {
    const { budget } = budgetOf(2);
    const medium = budget.reserve(1);
    for (let repeat = 0; repeat < 5; repeat++) medium.take();
    budget.reserve(2);
    assert.ok(await isPending(budget.belowLowWater(never)));
  });

  it('wake those who wait one after the other, each of whom may announce work', async () => {
    const { budget } = budgetOf(2);
    const medium = budget.reserve(4);
    const order: string[] = [];
    const starts = ['first', 'second'].map(async (name) => {
      await budget.belowLowWater(never);
      order.push(name);
      return budget.reserve(2);
    });
    medium.cancel();
    const first = await starts[0];
    assert.ok(await isPending(starts[1] as Promise<unknown>), 'the first has announced enough');
    first?.take();
    await starts[1];
    assert.deepEqual(order, ['first', 'second']);
  });

  it('are no longer waited for after a cancel', async () => {
    const { budget } = budgetOf(2);
    const medium = budget.reserve(9);
    const stop = new AbortController();
    const [waiting, patient] = [budget.belowLowWater(stop.signal), budget.belowLowWater(never)];
    stop.abort();
    await assert.rejects(waiting, isCancelled);
    medium.cancel();
    assert.ok(!(await isPending(patient)), 'the turn of the cancelled one is not lost');
    await assert.rejects(budget.belowLowWater(stop.signal), isCancelled);
  });

  it('are enough for a limit that has grown meanwhile', async () => {
    const { budget, line } = budgetOf(64);
    const slots = await fill(budget);
    budget.reserve(40);
    const next = budget.belowLowWater(never);
    assert.ok(await isPending(next));
    line.time = 250;
    line.bytes = 32_000;
    for (const slot of slots.splice(0)) slot.release('done');
    assert.equal(budget.limit, 64);
    assert.ok(!(await isPending(next)));
  });
});
