import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Effect, Faults } from './faults.js';
import { type RandomFaultOptions, randomFaults } from './random-faults.js';
import type { LoggedRequest } from './request-log.js';
import { sampleRequest } from './sample-request.js';

function storageRequest(action: string, path: string): LoggedRequest {
  return sampleRequest({ action, path });
}

function drawn(seed: number, requests: readonly LoggedRequest[], most?: number): Array<Effect | undefined> {
  const faults = new Faults();
  faults.add(randomFaults({ seed, rate: 0.3, ...(most === undefined ? {} : { most }) }));
  return requests.map((request) => faults.draw(request));
}

describe('random faults', () => {
  const requests = Array.from({ length: 500 }, (_, index) => storageRequest('PutObject', `/${index}`));

  it('are the same for the same seed and others for another', () => {
    assert.deepEqual(drawn(7, requests), drawn(7, requests));
    assert.notDeepEqual(drawn(7, requests), drawn(8, requests));
  });

  it('come as often as was asked', () => {
    const hits = drawn(1, requests).filter((effect) => effect !== undefined).length;
    assert.ok(hits > 100 && hits < 200, `${hits} of 500`);
  });

  it('let a request through in the end', () => {
    const same = Array.from({ length: 100 }, () => storageRequest('PutObject', '/same'));
    assert.equal(drawn(1, same, 3).filter((effect) => effect !== undefined).length, 3);
  });

  it('never lose the answer to a commit', () => {
    const commits = Array.from({ length: 300 }, (_, index) => ({
      ...storageRequest('CommitUpload', '/'),
      service: 'vod' as const,
      body: { VodSessionKey: String(index) },
    }));
    const kinds = new Set(drawn(1, commits).map((effect) => effect?.kind));
    assert.deepEqual(kinds, new Set([undefined, 'error', 'html', 'delay']));
  });
});

describe('random faults that last', () => {
  const lastMs = [500, 2000] as const;

  /** The effects of requests of one action at these times. */
  function drawnAt(
    times: readonly number[],
    options: Partial<RandomFaultOptions> = {},
  ): (Effect | undefined)[] {
    let now = 0;
    const faults = new Faults(() => now);
    faults.add(randomFaults({ seed: 5, rate: 0.05, lastMs, ...options }));
    return times.map((time) => {
      now = time;
      return faults.draw(sampleRequest({ path: `/${time}` }, time));
    });
  }

  const times = Array.from({ length: 3000 }, (_, index) => index * 10);

  it('stay what they are for a time within the bounds', () => {
    const effects = drawnAt(times);
    assert.deepEqual(effects, drawnAt(times));
    assert.notDeepEqual(effects, drawnAt(times, { seed: 6 }));
    let begun = 0;
    const lasted: number[] = [];
    for (const [index, effect] of effects.entries()) {
      const before = effects[index - 1];
      if (before !== undefined && before !== effect) lasted.push((times[index] ?? 0) - begun);
      if (before !== effect) begun = times[index] ?? 0;
    }
    assert.ok(lasted.length >= 5, `${lasted.length} faults`);
    // Two faults of one kind may follow each other.
    assert.ok(Math.min(...lasted) >= 500 && lasted.some((time) => time <= 2010), lasted.join(' '));
  });

  it('meet repeats as well, and other actions by themselves', () => {
    let now = 0;
    const faults = new Faults(() => now);
    faults.add(randomFaults({ seed: 5, rate: 1, lastMs: [1000, 1000] }));
    const [one, other] = [sampleRequest(), sampleRequest({ action: 'UploadPart' })];
    const first = faults.draw(one);
    assert.notEqual(first, undefined);
    const repeats = Array.from({ length: 20 }, () => faults.draw(sampleRequest()));
    assert.deepEqual(new Set(repeats), new Set([first]));
    now = 999;
    assert.notEqual(faults.draw(other), undefined);
    const later = Array.from({ length: 20 }, (_, turn) => faults.draw(sampleRequest({}, 1000 + turn * 1000)));
    assert.ok(new Set(later).size > 3);
  });

  it('end with their span', () => {
    const effects = drawnAt(times, { rate: 1, from: 'now', afterMs: 1000, forMs: 3000 });
    const hit = times.filter((_, index) => effects[index] !== undefined);
    assert.deepEqual([hit[0], hit.at(-1), hit.length], [1000, 3990, 300]);
  });

  it('are such that a client can wait for their end', () => {
    const requests = Array.from({ length: 500 }, (_, turn) => sampleRequest({}, turn * 5000));
    const faults = new Faults();
    faults.add(randomFaults({ seed: 1, rate: 1, lastMs }));
    const kinds = new Set(requests.map((request) => faults.draw(request)?.kind));
    for (const kind of ['wrong-crc', 'reset-amid', 'stall', 'reset-after'] as const) {
      assert.equal(kinds.has(kind), false, kind);
    }
    assert.ok(kinds.size >= 6);
  });
});
