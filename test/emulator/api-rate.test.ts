import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { ApiLimits } from './api-limits.js';
import { ApiRate } from './api-rate.js';
import { callVod } from './cloud-client.js';
import { startEmulator } from './emulator.js';
import { randomSequence } from './random-sequence.js';
import { sampleRequest } from './sample-request.js';
import { mostWithin, trafficOf } from './traffic.js';

let now = 0;
const clock = (): number => now;
let limits = new ApiLimits(clock);
let rate = new ApiRate(limits, true, clock);

function begin(countRefused: boolean): void {
  now = 0;
  limits = new ApiLimits(clock);
  limits.setRates({ '*': 100 });
  rate = new ApiRate(limits, countRefused, clock);
}
beforeEach(() => begin(true));

/** Whether a request at this time is accepted. */
function accepted(action: string, time: number): boolean {
  now = time;
  const request = sampleRequest({ service: 'vod', action }, time);
  try {
    rate.count(request);
    return true;
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'RequestLimitExceeded');
    assert.equal(request.throttled, true);
    return false;
  }
}

/** How many of some requests at one time are accepted. */
function acceptedOf(action: string, count: number, time: number): number {
  return Array.from({ length: count }, () => accepted(action, time)).filter(Boolean).length;
}

function between(count: number, least: number, most: number): void {
  assert.ok(count >= least && count <= most, `${count}`);
}

describe('the rate of an action', () => {
  it('is 100 within any second, for each action alone', () => {
    assert.equal(acceptedOf('ApplyUpload', 101, 5000), 100);
    assert.equal(accepted('ApplyUpload', 5999), false);
    assert.equal(accepted('CommitUpload', 5999), true);
    assert.equal(accepted('ApplyUpload', 6000), true);
  });

  it('is what the documents say where that is less', () => {
    assert.equal(acceptedOf('AttachMediaSubtitles', 30, 0), 20);
  });

  it('can be set, raised and lowered in mid-run', () => {
    limits.setRates({ CommitUpload: 10 });
    assert.deepEqual([acceptedOf('CommitUpload', 20, 0), acceptedOf('ApplyUpload', 20, 0)], [10, 20]);
    limits.setRates({ CommitUpload: 30 });
    assert.equal(acceptedOf('CommitUpload', 20, 500), 10);
    limits.setRates({ '*': 1 });
    assert.deepEqual([acceptedOf('CommitUpload', 40, 2000), acceptedOf('ApplyUpload', 5, 2000)], [30, 1]);
  });

  it('can be less than one in a second, and none', () => {
    limits.setRates({ CommitUpload: 0.5, ApplyUpload: 0 });
    const times = [0, 2000, 3999, 6000].map((time) => accepted('CommitUpload', time));
    assert.deepEqual(times, [true, true, false, true]);
    assert.equal(accepted('ApplyUpload', 9000), false);
  });

  it('counts refused requests or not', () => {
    for (const [countRefused, expected] of [
      [true, [10, 0, 0]],
      [false, [10, 0, 10]],
    ] as const) {
      begin(countRefused);
      limits.setRates({ CommitUpload: 10 });
      const counts = [0, 900, 1100].map((time) => acceptedOf('CommitUpload', 15, time));
      assert.deepEqual(counts, expected);
    }
  });

  it('never accepts more in any second, nor refuses without need', () => {
    const gaps = fc.array(fc.nat(400), { maxLength: 100 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 12 }), (steps, most) => {
        begin(false);
        limits.setRates({ CommitUpload: most });
        const times: number[] = [];
        let time = 0;
        for (const step of steps) {
          time += step;
          if (accepted('CommitUpload', time)) times.push(time);
          else assert.equal(times.filter((earlier) => earlier > time - 1000).length, most);
        }
        assert.ok(mostWithin(times, 1000) <= most);
      }),
    );
  });
});

describe("the account's other jobs", () => {
  it('take their part of the rate', () => {
    limits.setLoads({ CommitUpload: 80 });
    between(acceptedOf('CommitUpload', 50, 10_000), 19, 21);
    assert.equal(acceptedOf('ApplyUpload', 50, 10_000), 50);
  });

  it('take all of it, and share it with others where refused requests do not count', () => {
    limits.setLoads({ '*': 200 });
    assert.equal(acceptedOf('CommitUpload', 50, 10_000), 0);
    begin(false);
    limits.setLoads({ '*': 200 });
    const random = randomSequence(1);
    const times = Array.from({ length: 2000 }, (_, index) => 10_000 + (index + random()) * 5);
    between(times.filter((time) => accepted('CommitUpload', time)).length, 300, 700);
  });

  it('run for a time, and come and go', () => {
    limits.setLoads({ CommitUpload: { perSecond: 100, forMs: 5000, flap: { onMs: 2000, offMs: 1000 } } });
    between(acceptedOf('CommitUpload', 100, 1999), 0, 2);
    assert.equal(acceptedOf('CommitUpload', 50, 3000), 50);
    between(acceptedOf('CommitUpload', 100, 4999), 0, 2);
    assert.equal(acceptedOf('CommitUpload', 100, 6000), 100);
  });

  it('can be ended', () => {
    limits.setLoads({ CommitUpload: 100 });
    limits.setLoads({ CommitUpload: 0 });
    assert.equal(acceptedOf('CommitUpload', 100, 5000), 100);
  });
});

describe('an emulator', () => {
  it('refuses what all its clients together ask too often, and says how often that was', async (t) => {
    let time = 1_000_000;
    const emulator = await startEmulator({
      now: () => time,
      apiRates: { ApplyUpload: 3 },
      apiLoads: { ApplyUpload: { perSecond: 1 } },
    });
    t.after(() => emulator.close());
    time += 5000;
    const codes: (string | undefined)[] = [];
    const ask = async (): Promise<void> => {
      const { response } = await callVod(emulator, 'ApplyUpload', { MediaType: 'mp4' });
      codes.push(response.Error?.Code);
    };
    for (let request = 0; request < 4; request += 1) await ask();
    emulator.setApiRates({ ApplyUpload: 10 });
    await ask();
    const refused = 'RequestLimitExceeded';
    assert.deepEqual(codes, [undefined, undefined, refused, refused, undefined]);
    const { requests, mostPerSecond, throttled, outcomes } = emulator.trafficOf('vod', 'ApplyUpload');
    assert.deepEqual([requests, mostPerSecond, throttled], [5, 5, 2]);
    assert.deepEqual(outcomes, { answered: 3, refused: 2 });
    await emulator.reset();
    time += 5000;
    codes.length = 0;
    for (let request = 0; request < 3; request += 1) await ask();
    assert.deepEqual(codes, [undefined, undefined, refused]);
  });
});

describe('the most requests within a second', () => {
  it('is that of the busiest window, wherever it begins', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5000)), (times) => {
        const counts = times.map((end) => times.filter((time) => time > end - 1000 && time <= end).length);
        assert.equal(mostWithin(times, 1000), Math.max(0, ...counts));
      }),
    );
  });

  it('is summed up with what became of them', () => {
    const answered = Object.assign(sampleRequest({}, 0), { outcome: 'answered' });
    const lost = Object.assign(sampleRequest({}, 1000), { outcome: 'reset' });
    assert.deepEqual(trafficOf([answered, lost]), {
      requests: 2,
      mostPerSecond: 1,
      throttled: 0,
      outcomes: { answered: 1, reset: 1 },
    });
  });
});
