import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { describe, it } from 'node:test';
import { ServiceError } from '../../src/network/errors.js';
import { type PacedRequest, RateLimiter } from '../../src/vod/rate-limit.js';
import { refusal, VirtualTime } from './simulated-api.js';

const never = new AbortController().signal;
setMaxListeners(0, never);
const isCancelled = (error: unknown): boolean => error instanceof ServiceError && error.kind === 'cancelled';
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A limiter by virtual time, and requests that end when the test says so. */
function limiterOf(maxInFlight = 64) {
  const time = new VirtualTime();
  const limiter = new RateLimiter({ maxInFlight, time });
  const started: string[] = [];
  const open = new Map<string, { end: () => void; refuse: () => void }>();
  const send = (name: string) => () =>
    new Promise<void>((resolve, reject) => {
      started.push(name);
      open.set(name, { end: resolve, refuse: () => reject(refusal()) });
    });
  const run = (name: string, action = 'ApplyUpload', priority = 0, signal = never): Promise<void> =>
    limiter.request(action, priority).run(signal, send(name));
  /** A request that is repeated once it was refused, as often as that happens. */
  const runAgain = async (name: string): Promise<void> => {
    const request = limiter.request('ApplyUpload', 0);
    for (;;) {
      try {
        return await request.run(never, send(name));
      } catch (error) {
        assert.ok(error instanceof ServiceError && error.kind === 'throttled');
      }
    }
  };
  const end = (name: string): void => open.get(name)?.end();
  const refuse = (name: string): void => open.get(name)?.refuse();
  return { time, limiter, started, run, runAgain, end, refuse };
}

describe('a limited request', () => {
  it('hands back what it gets or throws', async () => {
    const { time, limiter } = limiterOf();
    const request: PacedRequest = limiter.request('ApplyUpload', 0);
    assert.equal(await time.until(request.run(never, async () => 'answer')), 'answer');
    for (const failure of [new Error('a bug'), refusal()]) {
      const failing = request.run(never, async () => {
        throw failure;
      });
      await assert.rejects(time.until(failing), failure);
    }
    const thrower = request.run(never, () => {
      throw new Error('thrown at once');
    });
    await assert.rejects(time.until(thrower), /thrown at once/);
    assert.equal(await time.until(request.run(never, async () => 'still there')), 'still there');
  });

  it('is cancelled at once, without being sent, and the others keep their turn', async () => {
    const { time, started, run, end } = limiterOf(1);
    const stop = new AbortController();
    const first = run('first');
    await time.pass(1000);
    const others = [
      run('waits for a slot', 'CommitUpload', 0, stop.signal),
      run('waits for the rate', 'CommitUpload', 0, stop.signal),
    ];
    const last = run('last', 'CommitUpload');
    await time.pass(100);
    stop.abort();
    for (const one of others) await assert.rejects(one, isCancelled);
    await assert.rejects(run('late', 'CommitUpload', 0, stop.signal), isCancelled);
    end('first');
    await time.pass(1000);
    end('last');
    await Promise.all([first, last]);
    assert.deepEqual(started, ['first', 'last']);
  });

  it('leaves no timer behind when nothing waits any more', async () => {
    const { time, limiter } = limiterOf();
    const stop = new AbortController();
    setMaxListeners(0, stop.signal);
    const all = Array.from({ length: 60 }, () => limiter.request('ApplyUpload', 0).run(stop.signal, turn));
    const outcomes = Promise.allSettled(all);
    await time.pass(500);
    assert.ok(time.timers > 0, 'some wait for the rate');
    stop.abort();
    await outcomes;
    assert.equal(time.timers, 0);
  });

  it('goes by real time where no other is given', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const limiter = new RateLimiter({ maxInFlight: 8 });
    const before = timers();
    const all = Array.from({ length: 8 }, (_, index) =>
      limiter.request('CommitUpload', 0).run(never, async () => index),
    );
    assert.deepEqual(await Promise.all(all), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert.equal(timers(), before);
  });
});

describe('the order of limited requests', () => {
  it('is that of their priority, and among equals that in which they came', async () => {
    const { time, started, run, end } = limiterOf();
    const first = run('first');
    const all = [run('low', 'ApplyUpload', 0), run('high', 'ApplyUpload', 1), run('low 2'), run('low 3')];
    await time.pass(1000);
    assert.deepEqual(started, ['first', 'high', 'low', 'low 2', 'low 3']);
    started.forEach(end);
    await Promise.all([first, ...all]);
  });

  it('puts what was refused first once, and in turn after that', async () => {
    const { time, limiter, started, runAgain, end, refuse } = limiterOf();
    const accepted = (name: string): Promise<void> =>
      limiter.request('ApplyUpload', 0).run(never, async () => {
        started.push(name);
      });
    const repeated = runAgain('refused');
    await time.pass(0);
    const others = Array.from({ length: 400 }, (_, index) => accepted(`${index}`));
    await time.pass(4000);
    const before = started.length;
    refuse('refused');
    await time.pass(1100);
    assert.equal(started[before], 'refused', `${started}`);
    refuse('refused');
    await time.until(Promise.all(others));
    await time.pass(5000);
    assert.equal(started.length, 403);
    assert.equal(started.at(-1), 'refused', 'at its third try all others were before it');
    const late = accepted('late');
    refuse('refused');
    await time.pass(10_000);
    assert.deepEqual(started.slice(-2), ['refused', 'late'], 'and at its fourth it was first again');
    end('refused');
    await Promise.all([repeated, late]);
  });

  it('keeps actions from waiting for each other', async () => {
    const { time, started, run, end, refuse } = limiterOf();
    const applies = Promise.allSettled(Array.from({ length: 5 }, (_, index) => run(`apply ${index}`)));
    await time.pass(100);
    for (const name of [...started]) refuse(name);
    const commits = Array.from({ length: 5 }, (_, index) => run(`commit ${index}`, 'CommitUpload'));
    await time.pass(100);
    assert.deepEqual(started.slice(-5), ['commit 0', 'commit 1', 'commit 2', 'commit 3', 'commit 4']);
    started.forEach(end);
    await Promise.all([applies, ...commits]);
  });

  it('gives a scarce connection to the higher priority, and after three seconds to what has waited', async () => {
    const { time, started, run, end } = limiterOf(1);
    const all = [run('first', 'ApplyUpload', 1)];
    await time.pass(100);
    all.push(run('commit', 'CommitUpload', 0), run('commit 2', 'CommitUpload', 0));
    await time.pass(100);
    all.push(run('apply', 'ApplyUpload', 1));
    await time.pass(100);
    end('first');
    await time.pass(100);
    assert.deepEqual(started, ['first', 'apply']);
    await time.pass(1000);
    all.push(run('apply 2', 'ApplyUpload', 1));
    await time.pass(2000);
    for (const name of ['apply', 'commit', 'commit 2', 'apply 2']) {
      end(name);
      await time.pass(100);
    }
    await Promise.all(all);
    assert.deepEqual(started, ['first', 'apply', 'commit', 'commit 2', 'apply 2']);
  });

  it('lets nothing leave after a refusal that came while it waited for a connection', async () => {
    const { time, started, run, end, refuse } = limiterOf(2);
    const refused = assert.rejects(run('refused'), refusal());
    const other = run('other', 'CommitUpload');
    await time.pass(1000);
    const waiting = run('waiting');
    await time.pass(100);
    refuse('refused');
    await time.pass(150);
    assert.deepEqual(started, ['refused', 'other'], 'the action rests');
    await time.pass(1000);
    assert.deepEqual(started, ['refused', 'other', 'waiting']);
    end('other');
    end('waiting');
    await Promise.all([refused, other, waiting]);
  });
});

describe('the rate of an action', () => {
  it('begins at half of the limit that is documented for it, or of the lowest limit of all', async () => {
    const { time, limiter } = limiterOf();
    for (const [action, expected] of [
      ['ApplyUpload', 50],
      ['AttachMediaSubtitles', 10],
      ['DescribeProcedureTemplates', 10],
    ] as const) {
      const stop = new AbortController();
      setMaxListeners(0, stop.signal);
      let sent = 0;
      const all = Array.from({ length: 60 }, () =>
        limiter.request(action, 0).run(stop.signal, async () => {
          sent++;
        }),
      );
      const outcomes = Promise.allSettled(all);
      await time.pass(999);
      assert.ok(sent >= expected && sent <= 1.15 * expected, `${sent} of ${action} in the first second`);
      stop.abort();
      await outcomes;
    }
  });
});

describe('what a failure says about the rate', () => {
  /** Milliseconds until the next request leaves after one that failed. */
  async function restAfter(failure: Error): Promise<number> {
    const { time, limiter } = limiterOf();
    const request = limiter.request('AttachMediaSubtitles', 0);
    const failing = request.run(never, async () => {
      throw failure;
    });
    await assert.rejects(time.until(failing));
    const from = time.now();
    await time.until(request.run(never, async () => {}));
    return time.now() - from;
  }
  const failure = (kind: ServiceError['kind'], more: object = {}) =>
    new ServiceError('VOD', { code: 'Code', message: 'Message.', kind, ...more });

  it('is to go slower where there were too many requests', async () => {
    assert.ok((await restAfter(refusal())) >= 200);
    assert.ok((await restAfter(failure('transient', { status: 429 }))) >= 200);
    assert.ok((await restAfter(refusal(5000))) >= 5000);
  });

  it('is nothing where there was another reason', async () => {
    for (const other of [
      failure('final', { status: 200, requestId: 'an answer' }),
      failure('transient', { status: 0, unanswered: true }),
      failure('cancelled'),
      new Error('a bug'),
    ]) {
      assert.ok((await restAfter(other)) < 200, `${other}`);
    }
  });
});
