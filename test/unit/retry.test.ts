import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  cancelledError,
  type FailureKind,
  ServiceError,
  type ServiceFailure,
} from '../../src/network/errors.js';
import { pauseMs, Retrier, type RetrierOptions, RetryBudget } from '../../src/network/retry.js';

const failure = (kind: FailureKind, more: Partial<ServiceFailure> = {}): ServiceError =>
  new ServiceError('COS', { code: 'Trouble', message: 'It went wrong.', kind, ...more });

/** Runs a request that fails in these ways in turn and then succeeds, with pauses that take no time. */
async function run(
  script: ServiceError[],
  {
    signal = new AbortController().signal,
    ...changes
  }: Partial<RetrierOptions> & { signal?: AbortSignal } = {},
) {
  const retries: { what: string; code: string; pause: number }[] = [];
  const numbers: number[] = [];
  const retrier = new Retrier({
    policy: { attempts: 5, baseMs: 0, capMs: 0 },
    budget: new RetryBudget(),
    onRetry: (what, { code }, pause) => retries.push({ what, code, pause }),
    ...changes,
  });
  const outcome = retrier.run('PUT a.mp4', signal, async (number) => {
    numbers.push(number);
    const next = script.shift();
    if (next) throw next;
    return 'done';
  });
  const result = await outcome.catch((error: unknown) => error);
  return { result, retries, numbers };
}

describe('a request', () => {
  it('is repeated while that can help', async () => {
    const { result, retries, numbers } = await run([
      failure('transient'),
      failure('throttled', { code: 'SlowDown' }),
    ]);
    assert.equal(result, 'done');
    assert.deepEqual(numbers, [1, 2, 3]);
    assert.deepEqual(retries, [
      { what: 'PUT a.mp4', code: 'Trouble', pause: 0 },
      { what: 'PUT a.mp4', code: 'SlowDown', pause: 0 },
    ]);
  });

  it('ends with its last failure when the tries are used up', async () => {
    const script = Array.from({ length: 9 }, (_, index) =>
      failure('transient', { code: `Trouble${index + 1}` }),
    );
    const { result, numbers } = await run(script);
    assert.ok(result instanceof ServiceError);
    assert.equal(result.code, 'Trouble5');
    assert.deepEqual(numbers, [1, 2, 3, 4, 5]);
  });

  for (const kind of ['final', 'cancelled'] as const) {
    it(`is not repeated after a ${kind} failure`, async () => {
      const { result, retries, numbers } = await run([failure(kind)]);
      assert.ok(result instanceof ServiceError);
      assert.deepEqual([numbers, retries], [[1], []]);
    });
  }

  it('is not repeated after an error that is no failure of the service', async () => {
    const bug = new TypeError('bug');
    const { result, numbers } = await run([bug as unknown as ServiceError]);
    assert.equal(result, bug);
    assert.deepEqual(numbers, [1]);
  });

  it('is repeated at once after a correction of the clock, which costs neither a try nor tokens', async () => {
    const budget = new RetryBudget(5);
    const script = [failure('clock'), failure('clock'), failure('transient')];
    const policy = { attempts: 2, baseMs: 0, capMs: 0 };
    const { result, numbers } = await run(script, { budget, policy });
    assert.equal(result, 'done');
    assert.deepEqual(numbers, [1, 1, 1, 2]);
  });

  it('is given up when the clock stays wrong', async () => {
    const { result, numbers } = await run([failure('clock'), failure('clock'), failure('clock')]);
    assert.ok(result instanceof ServiceError);
    assert.equal(result.kind, 'clock');
    assert.equal(numbers.length, 3);
  });

  it('is not repeated once the run was stopped', async () => {
    const stop = new AbortController();
    stop.abort();
    const { retries, numbers } = await run([failure('transient')], { signal: stop.signal });
    assert.deepEqual([numbers, retries], [[1], []]);
  });

  it('ends as cancelled when the run is stopped during its pause', async () => {
    const stop = new AbortController();
    const { result, numbers } = await run([failure('throttled', { retryAfterMs: 60_000 })], {
      signal: stop.signal,
      onRetry: () => setImmediate(() => stop.abort()),
    });
    assert.ok(result instanceof ServiceError);
    assert.deepEqual([result.kind, result.service, numbers], ['cancelled', 'COS', [1]]);
  });

  it('waits as long as it says, at the least', async () => {
    const policy = { attempts: 3, baseMs: 80, capMs: 100 };
    const before = performance.now();
    const { retries } = await run([failure('transient'), failure('transient')], {
      policy,
      random: () => 0.25,
    });
    // Node's timers may fire a millisecond early, and as late as they like.
    assert.ok(performance.now() - before >= 43);
    assert.deepEqual(
      retries.map(({ pause }) => pause),
      [20, 25],
    );
  });
});

describe('the pause', () => {
  const policy = { attempts: 20, baseMs: 500, capMs: 20_000 };

  it('is anything from zero to a bound that doubles up to its cap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, random) => {
          const bound = Math.min(20_000, 500 * 2 ** (attempt - 1));
          const pause = pauseMs(policy, attempt, 0, random);
          assert.ok(pause >= 0 && pause <= bound);
          assert.ok(
            Math.abs(pause - random * bound) <= 0.5,
            'jitter is full: every pause in the range is as likely',
          );
        },
      ),
      { seed: 41 },
    );
  });

  it('is never shorter than the service asked for, and bounded', () => {
    assert.equal(pauseMs(policy, 1, 30_000, 0.5), 30_000);
    assert.equal(pauseMs(policy, 7, 3000, 0.5), 10_000);
    assert.equal(pauseMs(policy, 1, 86_400_000, 0.5), 120_000);
  });
});

describe('the budget of repeats', () => {
  it('stops a run against a dead service after a bounded number of repeats', async () => {
    const budget = new RetryBudget(50);
    let attempts = 0;
    for (let request = 0; request < 100; request++) {
      const { numbers } = await run(
        Array.from({ length: 9 }, () => failure('transient')),
        { budget },
      );
      attempts += numbers.length;
    }
    assert.equal(attempts, 100 + 10, 'every request once, and ten repeats of five tokens');
  });

  it('has enough for all tries of all requests that may be in flight', () => {
    const repeats = (budget: RetryBudget): number => {
      let count = 0;
      while (budget.spend(failure('transient'))) count++;
      return count;
    };
    assert.equal(repeats(RetryBudget.for(256, 5)), 256 * 4);
    assert.equal(repeats(RetryBudget.for(1, 5)), 100, 'and never less than is usual');
    assert.equal(repeats(RetryBudget.for(32, 1)), 100);
  });

  it('is dearer for what took long to fail', () => {
    const budget = new RetryBudget(20);
    assert.ok(budget.spend(failure('transient', { code: 'Stalled' })));
    assert.ok(budget.spend(failure('transient', { code: 'ETIMEDOUT' })));
    assert.ok(!budget.spend(failure('transient')));
  });

  it('is refilled by successes, up to where it began', async () => {
    const budget = new RetryBudget(5);
    for (let request = 0; request < 100; request++) await run([], { budget });
    assert.ok(budget.spend(failure('transient')));
    assert.ok(!budget.spend(failure('transient')));
    for (let request = 0; request < 4; request++) await run([], { budget });
    assert.ok(!budget.spend(failure('transient')));
    await run([], { budget });
    assert.ok(budget.spend(failure('transient')));
  });
});

describe('a cancelled request', () => {
  it('says that the run was stopped', () => {
    const { kind, service, code } = cancelledError('VOD');
    assert.deepEqual([kind, service, code], ['cancelled', 'VOD', 'Cancelled']);
  });
});
