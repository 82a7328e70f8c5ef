import assert from 'node:assert/strict';
import { getEventListeners, setMaxListeners } from 'node:events';
import { describe, it } from 'node:test';
import { ServiceError, type ServiceFailure } from '../../src/network/errors.js';
import type { Attempt, FailureClass } from '../../src/network/health/attempt.js';
import type { Fault } from '../../src/network/health/call.js';
import type { HealthEvent } from '../../src/network/health/decisions.js';
import { type CallRequest, Retrier, type RetrierOptions } from '../../src/network/health/retrier.js';
import { VirtualTime } from './virtual-time.js';

const MINUTE = 60_000;

/** A failure of this class: its code says so. */
function failure(kind: FailureClass, more: Partial<ServiceFailure> = {}): ServiceError {
  return new ServiceError('Test', { code: kind, message: 'It failed.', kind: 'transient', ...more });
}

class Bench {
  readonly time = new VirtualTime();
  readonly stop = new AbortController();
  readonly events: HealthEvent[] = [];
  readonly retries: { what: string; code: string; pauseMs: number }[] = [];
  readonly retrier: Retrier;

  constructor(options: Partial<RetrierOptions> = {}) {
    setMaxListeners(0, this.stop.signal);
    this.retrier = new Retrier({
      maxAttempts: 5,
      outageTimeoutMs: 5 * MINUTE,
      classify: ({ code }) => code as FailureClass,
      onEvent: (event) => this.events.push(event),
      onRetry: (what, { code }, pauseMs) => this.retries.push({ what, code, pauseMs }),
      timers: this.time,
      random: () => 0,
      ...options,
    });
  }

  request(changes: Partial<CallRequest> = {}): CallRequest {
    return { what: 'a call', service: 'Test', host: 'host', size: 1, signal: this.stop.signal, ...changes };
  }

  /** Runs a call whose attempts fail in these ways in turn and then succeed. */
  async run(script: ServiceError[], changes: Partial<CallRequest> = {}, beside: readonly FailingCall[] = []) {
    const attempts: Attempt[] = [];
    const outcome = this.retrier.run(this.request(changes), (attempt) =>
      attempt.send(async () => {
        attempts.push(attempt);
        await this.time.sleep(10);
        const next = script.shift();
        if (next) throw next;
        return 'done';
      }),
    );
    const result = await this.time.run(outcome.catch((error: unknown) => error));
    if (beside.length === 0) {
      assert.equal(this.time.pending, 0, 'no timer is left');
      assert.deepEqual(getEventListeners(this.stop.signal, 'abort'), [], 'nobody listens any more');
    }
    return { result, attempts };
  }

  /** Runs calls that fail in this way each time; the host is out of order when this returns. */
  async failing(
    count: number,
    kind: Fault,
    changes: Partial<CallRequest> = {},
    more = {},
  ): Promise<FailingCall[]> {
    const calls = Array.from({ length: count }, (): FailingCall => {
      const call = { sent: 0, end: Promise.resolve() as Promise<unknown> };
      const attempts = this.retrier.run(this.request(changes), (attempt) =>
        attempt.send(async () => {
          call.sent++;
          await this.time.sleep(10);
          throw failure(kind, more);
        }),
      );
      call.end = attempts.catch((error: unknown) => error);
      return call;
    });
    await this.time.run(this.time.sleep(20));
    return calls;
  }

  /** Stops everything, and waits until it has ended. */
  async finish(calls: readonly FailingCall[]): Promise<void> {
    this.stop.abort();
    await this.time.run(Promise.all(calls.map(({ end }) => end)));
    assert.equal(this.time.pending, 0, 'no timer is left');
    assert.deepEqual(getEventListeners(this.stop.signal, 'abort'), [], 'nobody listens any more');
  }
}

interface FailingCall {
  sent: number;
  end: Promise<unknown>;
}

describe('a call', () => {
  it('brings what its attempt brings', async () => {
    const bench = new Bench();
    const { result, attempts } = await bench.run([]);
    assert.deepEqual([result, attempts.length], ['done', 1]);
    assert.ok(
      attempts.every(
        ({ isProbe, needsNewConnection, asksForLess }) => !isProbe && !needsNewConnection && !asksForLess,
      ),
    );
  });

  it('is repeated after failures that are its own, until its tries are used up', async () => {
    const bench = new Bench();
    const script = Array.from({ length: 9 }, (_, at) => failure('flawed', { message: `Failure ${at + 1}.` }));
    const { result, attempts } = await bench.run(script);
    assert.ok(result instanceof ServiceError);
    assert.equal(result.message, 'Failure 5.');
    assert.equal(attempts.length, 5);
    assert.deepEqual(
      bench.retries.map(({ what, code, pauseMs }) => [what, code, pauseMs]),
      [250, 500, 1000, 2000].map((pause) => ['a call', 'flawed', pause]),
    );
  });

  for (const kind of ['refused', 'hopeless'] as const) {
    it(`ends with a failure that is ${kind}`, async () => {
      const last = failure(kind);
      const { result, attempts } = await new Bench().run([last]);
      assert.equal(result, last);
      assert.equal(attempts.length, 1);
    });
  }

  it('is repeated at once when the reason was removed, but not for ever', async () => {
    const bench = new Bench({ maxAttempts: 1 });
    const { result } = await bench.run([failure('corrected'), failure('corrected')]);
    assert.equal(result, 'done');
    assert.equal(bench.time.now(), 30, 'three attempts and no pause');
    const { attempts } = await bench.run(Array.from({ length: 9 }, () => failure('corrected')));
    assert.equal(attempts.length, 3);
  });

  it('is repeated at once on a new connection when an old one turned out dead, once for each try', async () => {
    const bench = new Bench({ maxAttempts: 1 });
    const { result, attempts } = await bench.run([failure('stale-connection')]);
    assert.equal(result, 'done');
    assert.deepEqual(
      attempts.map(({ needsNewConnection }) => needsNewConnection),
      [false, true],
    );
    assert.equal(bench.time.now(), 20);
  });

  it('has a failure like any other when the new connection dies as well', async () => {
    const bench = new Bench({ outageTimeoutMs: 1000 });
    const { result } = await bench.run(Array.from({ length: 99 }, () => failure('stale-connection')));
    assert.ok(result instanceof ServiceError);
    assert.match(
      result.message,
      /^Gave up after 1 s without an answer from host\. The last failure was: It failed\.$/,
    );
  });

  it('ends with what is no failure of a service, which says nothing of the host', async () => {
    const bench = new Bench();
    const bug = new TypeError('bug');
    for (const place of ['before', 'inside', 'after'] as const) {
      const run = bench.retrier.run(bench.request(), async (attempt) => {
        if (place === 'before') throw bug;
        await attempt.send(async () => {
          if (place === 'inside') throw bug;
        });
        throw bug;
      });
      await assert.rejects(bench.time.run(run), (error) => error === bug);
    }
    assert.equal(bench.time.pending, 0);
    const { result } = await bench.run([]);
    assert.equal(result, 'done');
  });

  it('ends with a failure that its attempt made of another one', async () => {
    const bench = new Bench();
    const own = failure('flawed');
    const run = bench.retrier.run(bench.request(), async (attempt) => {
      await attempt
        .send(async () => {
          throw failure('flawed');
        })
        .catch(() => {
          throw own;
        });
    });
    await assert.rejects(bench.time.run(run), (error) => error === own);
  });

  it('says when fewer requests at once would help', async () => {
    const bench = new Bench();
    const { attempts } = await bench.run([failure('throttled', { retryAfterMs: 3000 })]);
    assert.deepEqual(
      attempts.map(({ asksForLess, goesFirst }) => [asksForLess, goesFirst]),
      [
        [true, false],
        [false, true],
      ],
    );
    assert.deepEqual(bench.retries, [{ what: 'a call', code: 'throttled', pauseMs: 3000 }]);
  });

  it('works by the timers of the system', async () => {
    const retries: number[] = [];
    const retrier = new Retrier({
      maxAttempts: 2,
      outageTimeoutMs: MINUTE,
      classify: () => 'flawed',
      onEvent: () => undefined,
      onRetry: (_what, _error, pauseMs) => retries.push(pauseMs),
      random: () => 0,
    });
    let attempts = 0;
    const result = await retrier.run(new Bench().request(), (attempt) =>
      attempt.send(async () => {
        if (attempts++ === 0) throw failure('flawed');
        return 'done';
      }),
    );
    assert.deepEqual([result, attempts, retries.length], ['done', 2, 1]);
  });
});

describe('calls that wait for a host', () => {
  it('end at once when they are stopped, and leave nothing behind', async () => {
    const bench = new Bench();
    const calls = await bench.failing(30, 'unreached');
    await bench.time.run(bench.time.sleep(20_000));
    const stoppedAt = bench.time.now();
    await bench.finish(calls);
    for (const { end } of calls) {
      const error = await end;
      assert.ok(error instanceof ServiceError);
      assert.deepEqual([error.kind, error.service], ['cancelled', 'Test']);
    }
    assert.ok(bench.time.now() - stoppedAt <= 10);
  });

  it('end where they were stopped before they began', async () => {
    const bench = new Bench();
    bench.stop.abort();
    const { result, attempts } = await bench.run([]);
    assert.ok(result instanceof ServiceError);
    assert.deepEqual([result.kind, attempts.length], ['cancelled', 0]);
  });

  it('give back what they got meanwhile, and send nothing', async () => {
    const bench = new Bench();
    let held = 0;
    let sent = 0;
    const attempts: Attempt[] = [];
    const run = bench.retrier.run(bench.request({ size: 99 }), async (attempt) => {
      attempts.push(attempt);
      held++;
      try {
        // Others fail before it has what it needs.
        await bench.time.sleep(100);
        return await attempt.send(async () => {
          sent++;
          return 'sent';
        });
      } finally {
        held--;
      }
    });
    const failing = await bench.failing(2, 'unreached');
    await bench.time.run(bench.time.sleep(100));
    assert.deepEqual([attempts.length >= 1, held, sent], [true, attempts.length - 1, 0]);
    assert.equal(await bench.time.run(run), 'sent');
    assert.deepEqual(
      attempts.map(({ isProbe }) => isProbe),
      [false, true],
    );
    await bench.finish(failing);
  });

  it('end when the host was out of order for too long, and say so', async () => {
    const bench = new Bench();
    const calls = await bench.failing(100, 'unreached', {}, { unanswered: true });
    const ends = await bench.time.run(Promise.all(calls.map(({ end }) => end)));
    assert.ok(bench.time.now() <= 5 * MINUTE + 10_000);
    assert.equal(bench.time.pending, 0);
    for (const end of ends) {
      assert.ok(end instanceof ServiceError);
      assert.equal(end.code, 'unreached');
      assert.match(
        end.message,
        /^Gave up after 5 min without an answer from host\. The last failure was: It failed\.$/,
      );
    }
    assert.deepEqual(
      bench.events.map(({ kind }) => kind).filter((kind, at, all) => kind !== all[at - 1]),
      ['out-of-order', 'still-out-of-order', 'given-up'],
    );
    assert.equal(bench.events.at(-1)?.waiting, 100);
  });

  it('and were never sent can’t have been carried out', async () => {
    const bench = new Bench({ outageTimeoutMs: 1000 });
    const calls = await bench.failing(2, 'connection', {}, { unanswered: true });
    calls.push(...(await bench.failing(20, 'connection', {}, { unanswered: true })));
    for (const { end, sent } of calls) {
      const error = await bench.time.run(end);
      assert.ok(error instanceof ServiceError);
      assert.equal(error.unanswered, sent > 0);
    }
    assert.ok(calls.some(({ sent }) => sent === 0));
  });

  it('are stopped amid an attempt that hangs when the host is given up', async () => {
    const bench = new Bench();
    let stopped = 0;
    const hang = (attempt: Attempt): Promise<never> =>
      new Promise((_, reject) => {
        const callOff = bench.time.after(60 * MINUTE, () => reject(failure('unreached')));
        attempt.signal.addEventListener('abort', () => {
          stopped++;
          callOff();
          reject(failure('hopeless'));
        });
      });
    const attempts: Attempt[] = [];
    const run = bench.retrier.run(bench.request(), (attempt) =>
      attempt.send(async () => {
        attempts.push(attempt);
        if (attempts.length === 1) throw failure('unreached');
        return hang(attempt);
      }),
    );
    const result = await bench.time.run(run.catch((error: unknown) => error));
    assert.equal(bench.events[0]?.lastedMs, 2000);
    assert.ok(bench.events.every(({ waiting }) => waiting === 1));
    assert.ok(result instanceof ServiceError);
    assert.equal(result.code, 'unreached');
    assert.match(result.message, /^Gave up after 5 min without an answer from host/);
    assert.equal(stopped, 1);
    assert.equal(bench.time.pending, 0);
  });

  it('wait a minute longer when they are hurried', async () => {
    const bench = new Bench();
    const hurry = new AbortController();
    const [hurried, ...others] = await bench.failing(3, 'unreached', { hurry: hurry.signal });
    const patient = await bench.failing(3, 'unreached');
    bench.time.after(MINUTE, () => hurry.abort());
    await bench.time.run(Promise.all([hurried?.end, ...others.map(({ end }) => end)]));
    assert.ok(Math.abs(bench.time.now() - 2 * MINUTE) < 100);
    await bench.finish(patient);
    assert.ok(patient.every(({ sent }) => sent > 0));
  });
});

describe('actions of one host', () => {
  it('are out of order each for itself by their answers', async () => {
    const bench = new Bench();
    const failing = await bench.failing(2, 'answer', { action: 'Broken' });
    const began = bench.time.now();
    const { result, attempts } = await bench.run([], { action: 'Whole' }, failing);
    assert.deepEqual([result, attempts[0]?.isProbe], ['done', false]);
    assert.equal(bench.time.now() - began, 10);
    await bench.time.run(bench.time.sleep(5000));
    assert.ok(bench.events.every(({ name }) => name === 'Broken at host'));
    assert.ok(bench.events.length > 0);
    await bench.finish(failing);
  });

  it('share their connections', async () => {
    const bench = new Bench();
    const failing = await bench.failing(2, 'unreached', { action: 'One' });
    const { attempts } = await bench.run([failure('unreached')], { action: 'Two' }, failing);
    assert.deepEqual(
      attempts.map(({ isProbe }) => isProbe),
      [true, true],
    );
    await bench.finish(failing);
  });

  it('count tries together', async () => {
    const bench = new Bench({ maxAttempts: 4 });
    const script = (['flawed', 'flawed', 'flawed', 'flawed'] as const).map((kind) => failure(kind));
    const { result, attempts } = await bench.run(script, { action: 'One' });
    assert.ok(result instanceof ServiceError);
    assert.equal(attempts.length, 4);
  });

  it('have the tries that the host adds which often fails', async () => {
    const bench = new Bench({ maxAttempts: 2 });
    /** A call beside others that are answered all the time. */
    const runBeside = async (action: string, failures: number) => {
      const end = new AbortController();
      const witness = (async () => {
        while (!end.signal.aborted) {
          await bench.retrier.run(bench.request({ action: 'Other' }), (attempt) =>
            attempt.send(() => bench.time.sleep(30)),
          );
        }
      })();
      const script = Array.from({ length: failures }, () => failure('connection'));
      const { result } = await bench.run(script, { action }, [{ sent: 1, end: witness }]);
      end.abort();
      await bench.time.run(witness);
      return result;
    };
    assert.ok((await runBeside('One', 2)) instanceof ServiceError, 'two tries where the host rarely fails');
    for (let round = 0; round < 50; round++) await runBeside('Other', 1);
    assert.equal(await runBeside('One', 3), 'done');
  });

  it('wait without holding what the host grants to others', async () => {
    const bench = new Bench();
    const failing = await bench.failing(5, 'answer', { action: 'Broken' });
    const began = bench.time.now();
    const others = Array.from({ length: 20 }, () =>
      bench.retrier.run(bench.request({ action: 'Whole' }), (attempt) =>
        attempt.send(() => bench.time.sleep(10)),
      ),
    );
    await bench.time.run(Promise.all(others));
    assert.equal(bench.time.now() - began, 10);
    await bench.finish(failing);
  });
});
