import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { type Effect, type FaultRule, Faults } from './faults.js';
import type { Arriving } from './request-log.js';
import { sampleRequest as request } from './sample-request.js';

const LOST: Effect = { kind: 'reset-before' };
const PAGE: Effect = { kind: 'html', status: 503 };

let now = 0;
let faults = new Faults(() => now);
beforeEach(() => {
  now = 0;
  faults = new Faults(() => now);
});

/** The times out of some at which a request is hit. */
function hitAt(times: readonly number[], changes: Partial<Arriving> = {}): number[] {
  return times.filter((time) => {
    now = time;
    return faults.draw(request(changes)) !== undefined;
  });
}

describe('a rule with a duration', () => {
  it('lasts from the first request that it hits', () => {
    const fault = faults.add({ action: 'PutObject', forMs: 3000, effect: LOST });
    assert.deepEqual(hitAt([5000], { action: 'HeadObject' }), [], 'another action does not start it');
    assert.equal(fault.beganAt, undefined);
    assert.deepEqual(hitAt([60_000, 60_001, 62_999, 63_000, 70_000]), [60_000, 60_001, 62_999]);
    assert.deepEqual([fault.beganAt, fault.hits, fault.isOver(now)], [60_000, 3, true]);
  });

  it('lasts from when it is armed', () => {
    now = 1000;
    faults.add({ from: 'now', forMs: 3000, effect: LOST });
    assert.deepEqual(hitAt([1000, 3999, 4000]), [1000, 3999]);
  });

  it('begins after some requests', () => {
    faults.add({ after: 2, forMs: 1000, effect: LOST });
    assert.deepEqual(hitAt([0, 500, 700, 1699, 1700]), [700, 1699]);
  });

  it('begins after a time', () => {
    faults.add({ afterMs: 100, forMs: 50, effect: LOST });
    assert.deepEqual(hitAt([0, 99, 200, 249, 250]), [200, 249]);
  });

  it('ends early after a number of requests', () => {
    faults.add({ forMs: 1000, times: 2, effect: LOST });
    assert.deepEqual(hitAt([0, 1, 2]), [0, 1]);
  });

  it('comes and goes', () => {
    faults.add({ flap: { onMs: 100, offMs: 300 }, forMs: 700, effect: LOST });
    assert.deepEqual(hitAt([1000, 1099, 1100, 1399, 1400, 1499, 1500, 1700]), [1000, 1099, 1400, 1499]);
  });
});

describe('a rule with a rate', () => {
  it('hits every third request of an action', () => {
    faults.add({ action: 'PutObject', every: 3, effect: LOST });
    assert.deepEqual(hitAt([1], { action: 'HeadObject' }), []);
    assert.deepEqual(hitAt([1, 2, 3, 4, 5, 6, 7]), [3, 6]);
  });

  it('hits a share of the requests for a time, the same for the same seed', () => {
    const rule: FaultRule = { share: 0.05, seed: 3, from: 'now', forMs: 1000, effect: LOST };
    const times = Array.from({ length: 2000 }, (_, index) => index);
    faults.add(rule);
    const first = hitAt(times);
    faults.clear();
    now = 0;
    faults.add(rule);
    assert.deepEqual(hitAt(times), first);
    assert.ok(first.length > 20 && first.length < 90, `${first.length}`);
    assert.ok(first.every((time) => time < 1000));
  });
});

describe('rules side by side', () => {
  it('meet their own services and hosts, each with its own time', () => {
    faults.add({ service: 'cos', host: '*.cos.accelerate.myqcloud.com', forMs: 100, effect: LOST });
    faults.add({
      service: ['vod', 'sts'],
      action: ['ApplyUpload', 'AssumeRoleWithWebIdentity'],
      forMs: 200,
      effect: PAGE,
    });
    const kind = (time: number, changes: Partial<Arriving>) => {
      now = time;
      return faults.draw(request(changes))?.kind;
    };
    const fast = { host: 'a-1.cos.accelerate.myqcloud.com:443' };
    const regional = { host: 'a-1.cos.ap-beijing.myqcloud.com' };
    const apply = { service: 'vod', action: 'ApplyUpload' } as const;
    const assume = { service: 'sts', action: 'AssumeRoleWithWebIdentity' } as const;
    assert.deepEqual([kind(0, fast), kind(0, regional)], ['reset-before', undefined]);
    assert.deepEqual([kind(50, apply), kind(50, { ...apply, action: 'CommitUpload' })], ['html', undefined]);
    assert.deepEqual([kind(100, fast), kind(249, assume), kind(250, assume)], [undefined, 'html', undefined]);
  });

  it('let the next one see what they let pass', () => {
    faults.add({ every: 2, effect: LOST });
    faults.add({ times: 'always', effect: PAGE });
    const kinds = [1, 2, 3].map(() => faults.draw(request())?.kind);
    assert.deepEqual(kinds, ['html', 'reset-before', 'html']);
  });

  it('can be disarmed one by one', () => {
    const lost = faults.add({ times: 'always', effect: LOST });
    faults.add({ times: 'always', effect: PAGE });
    lost.disarm();
    assert.equal(faults.draw(request())?.kind, 'html');
    assert.equal(lost.isOver(now), true);
  });
});

describe('a rule for connections', () => {
  it('meets the second request of each', () => {
    faults.add({ requestOfConnection: 2, times: 'always', effect: LOST });
    const drawn = [1, 2, 3, 2].map((ordinal) => faults.draw(request({ ordinal }))?.kind);
    assert.deepEqual(drawn, [undefined, 'reset-before', undefined, 'reset-before']);
  });
});

it('a rule that means nothing is refused', () => {
  assert.throws(() => faults.add({ forMs: -1, effect: LOST }), RangeError);
  assert.throws(() => faults.add({ share: 2, effect: LOST }), RangeError);
});
