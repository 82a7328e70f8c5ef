import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { forEachOf } from '../../src/for-each-of.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('work side by side', () => {
  it('takes the items in order, so many at a time', async () => {
    const order: number[] = [];
    let running = 0;
    let most = 0;
    await forEachOf([1, 2, 3, 4, 5, 6, 7], 3, new AbortController(), async (item) => {
      order.push(item);
      most = Math.max(most, ++running);
      await turn();
      running--;
    });
    assert.deepEqual(order, [1, 2, 3, 4, 5, 6, 7]);
    assert.equal(most, 3);
  });

  it('stops at the first failure, tells it, and leaves nothing running', async () => {
    const stop = new AbortController();
    const first = new Error('first');
    const ended: number[] = [];
    const started: number[] = [];
    const work = forEachOf([1, 2, 3, 4], 2, stop, async (item) => {
      started.push(item);
      if (item === 1) {
        await turn();
        throw first;
      }
      await turn();
      await turn();
      await turn();
      ended.push(item);
      throw new Error('a failure that follows');
    });
    await assert.rejects(work, (error) => error === first);
    assert.deepEqual([started, ended], [[1, 2], [2]]);
    assert.equal(stop.signal.reason, first);
  });

  it('does not start after a stop, and tells its reason', async () => {
    const stop = new AbortController();
    const reason = new Error('stopped');
    stop.abort(reason);
    const started: number[] = [];
    const work = forEachOf([1], 1, stop, async (item) => {
      started.push(item);
    });
    await assert.rejects(work, (error) => error === reason);
    assert.deepEqual(started, []);
  });

  it('has nothing to do with no items', async () => {
    await forEachOf([], 4, new AbortController(), async () => assert.fail());
  });
});
