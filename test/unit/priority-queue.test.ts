import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ServiceError } from '../../src/network/errors.js';
import { PriorityQueue } from '../../src/network/priority-queue.js';

const LONGEST_WAIT = 1000;

/** A waiting line with a clock of its own; `called` has the names in the order of their turns. */
function waitingLine() {
  const clock = { now: 0 };
  const called: string[] = [];
  const line = new PriorityQueue('VOD', LONGEST_WAIT, () => clock.now);
  const never = new AbortController().signal;
  const join = (name: string, priority: number, signal = never): Promise<void> =>
    line.join(priority, signal).then(() => {
      called.push(name);
    });
  const callNext = async (): Promise<void> => {
    line.callNext();
    await new Promise(setImmediate);
  };
  return { clock, called, line, join, callNext };
}

describe('a waiting line', () => {
  it('calls higher priority first, and equals in the order in which they came', async () => {
    const { called, line, join, callNext } = waitingLine();
    const all = [join('low', 1), join('first', 5), join('second', 5), join('high', 9)];
    assert.equal(line.length, 4);
    for (let turn = 0; turn < 4; turn++) await callNext();
    await Promise.all(all);
    assert.deepEqual(called, ['high', 'first', 'second', 'low']);
    assert.equal(line.length, 0);
  });

  it('calls one that has waited too long before all others, the oldest first', async () => {
    const { clock, called, join, callNext } = waitingLine();
    const all = [join('old', 1), join('older than it looks', 2)];
    clock.now = LONGEST_WAIT - 1;
    all.push(join('high', 9), join('higher', 10));
    await callNext();
    clock.now = LONGEST_WAIT;
    for (let turn = 0; turn < 3; turn++) await callNext();
    await Promise.all(all);
    assert.deepEqual(called, ['higher', 'old', 'older than it looks', 'high']);
  });

  it('lets one go whose signal fires, and calls the next in its place', async () => {
    const { called, line, join, callNext } = waitingLine();
    const stop = new AbortController();
    const gone = assert.rejects(join('gone', 9, stop.signal), (error) => {
      assert.ok(error instanceof ServiceError);
      assert.equal(error.kind, 'cancelled');
      return true;
    });
    const stays = join('stays', 1);
    stop.abort();
    await gone;
    assert.equal(line.length, 1);
    await callNext();
    await stays;
    assert.deepEqual(called, ['stays']);
  });

  it('takes no one whose signal has fired already, and calls nobody where nobody waits', async () => {
    const { line, join, callNext } = waitingLine();
    await assert.rejects(join('late', 1, AbortSignal.abort()), { kind: 'cancelled' });
    assert.equal(line.length, 0);
    await callNext();
  });
});
