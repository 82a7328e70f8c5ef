import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ServiceError } from '../../src/network/errors.js';
import { Call, type Fault } from '../../src/network/health/call.js';
import type { HealthEvent, Outcome } from '../../src/network/health/decisions.js';
import { HostHealth } from '../../src/network/health/host-health.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** A host with a clock that is set by hand; every call goes out as soon as it may. */
class HostUnderTest {
  now = 0;
  readonly events: HealthEvent[] = [];
  readonly ended = new Map<Call, { lastedMs: number | undefined; code: string | undefined }>();
  readonly probes: Call[] = [];
  readonly first: Call[] = [];
  wakeAt = Number.POSITIVE_INFINITY;
  private readonly health: HostHealth;
  private readonly out = new Set<Call>();

  constructor(maxAttempts = 5) {
    this.health = new HostHealth({
      name: 'host',
      maxAttempts,
      outageTimeoutMs: 5 * MINUTE,
      now: () => this.now,
      // Pauses are as short as they get: a quarter of a second, doubling up to two and a half.
      random: () => 0,
      onEvent: (event) => this.events.push(event),
    });
  }

  get isOutOfOrder(): boolean {
    return this.health.isOutOfOrder;
  }

  /** Calls begin, and wait for their turns. */
  calls(count: number, size = 1000): Call[] {
    return Array.from({ length: count }, () => this.call(size));
  }

  call(size = 1000): Call {
    const call = new Call(size);
    this.health.join(call);
    this.wait(call);
    return call;
  }

  /** True while an attempt of the call is under way. */
  isOut(call: Call): boolean {
    return this.out.has(call);
  }

  /** A call is admitted, but does not begin before it is told to. */
  admit(size = 1000): Call {
    const call = new Call(size);
    this.health.join(call);
    this.health.wait(call);
    this.health.decide(call);
    return call;
  }

  isAdmitted(call: Call): boolean {
    return this.health.isAdmitted(call);
  }

  begin(call: Call): void {
    this.health.begin(call);
    this.out.add(call);
  }

  moved(call: Call): void {
    this.health.moved(call);
  }

  hurry(call: Call): void {
    this.health.hurry(call);
  }

  answer(...calls: readonly Call[]): void {
    for (const call of calls) {
      this.report(call, { kind: 'answered' });
      this.health.leave(call);
      this.decide();
    }
  }

  fail(calls: Call | readonly Call[], fault: Fault = 'connection', retryAfterMs = 0): boolean {
    let asksForLess = false;
    for (const call of [calls].flat()) {
      const error = new ServiceError('Test', { code: fault, message: 'It failed.', kind: 'transient' });
      asksForLess = this.report(call, { kind: 'failed', failure: { fault, error, retryAfterMs } });
      this.wait(call);
    }
    return asksForLess;
  }

  refuse(call: Call, retryAfterMs = 0): void {
    this.report(call, { kind: 'throttled', retryAfterMs });
    this.wait(call);
  }

  withdraw(call: Call): void {
    this.report(call, { kind: 'withdrawn' });
    this.wait(call);
  }

  restOf(call: Call): number {
    return this.health.restOf(call);
  }

  damage(call: Call): void {
    this.report(call, { kind: 'flawed' });
    this.wait(call);
  }

  /** Time passes, and what is due is done in time. */
  pass(milliseconds: number): void {
    const end = this.now + milliseconds;
    while (this.wakeAt <= end) {
      this.now = this.wakeAt;
      this.decide();
    }
    this.now = end;
  }

  private report(call: Call, outcome: Outcome): boolean {
    assert.ok(this.out.delete(call), 'an attempt of the call is under way');
    const asksForLess = this.health.report(call, outcome);
    this.decide();
    return asksForLess;
  }

  private wait(call: Call): void {
    if (this.ended.has(call)) return;
    this.health.wait(call);
    this.decide();
  }

  private decide(): void {
    const { admissions, endings, wakeAt } = this.health.decide();
    for (const { call, isProbe, goesFirst } of admissions) {
      this.begin(call);
      if (isProbe) this.probes.push(call);
      if (goesFirst) this.first.push(call);
    }
    for (const { call, lastedMs, error } of endings) {
      this.out.delete(call);
      this.ended.set(call, { lastedMs, code: error?.code });
      this.health.leave(call);
    }
    if (admissions.length > 0) {
      this.decide();
      return;
    }
    this.wakeAt = wakeAt;
    assert.ok(wakeAt > this.now, 'nothing is left undone');
  }
}

/** A host that has answered hundred requests, each after 20 ms. */
function provenHost(maxAttempts?: number): HostUnderTest {
  const host = new HostUnderTest(maxAttempts);
  for (let done = 0; done < 100; done++) {
    const call = host.call();
    host.now += 20;
    host.answer(call);
  }
  return host;
}

/** A host that has just gone out of order with 32 requests in flight, all of which failed. */
function closedHost(): { host: HostUnderTest; calls: Call[] } {
  const host = provenHost();
  const calls = Array.from({ length: 32 }, (_, at) => host.call(2000 - at));
  host.fail(calls);
  assert.ok(host.isOutOfOrder);
  return { host, calls };
}

describe('a failure', () => {
  it('is the own one of its request once another is answered that began later', () => {
    const host = provenHost();
    const [failing, other] = [host.call(), host.call()];
    host.fail(failing);
    assert.equal(failing.ownFailures, 0, 'undecided');
    host.answer(host.call());
    assert.equal(failing.ownFailures, 1);
    host.answer(other);
    assert.equal(failing.ownFailures, 1, 'and one failure is one try');
  });

  it('is not decided by what was heard before it', () => {
    const host = provenHost();
    const [failing, other] = [host.call(), host.call(), host.call()];
    host.answer(other);
    host.fail(failing);
    assert.equal(failing.ownFailures, 0);
    assert.ok(!host.isOutOfOrder, 'nor is it the host’s while others are in flight');
  });

  it('is not decided by an answer that was under way already', () => {
    const host = provenHost();
    const [failing, early, late] = [host.call(), host.call(), host.call()];
    host.fail(failing);
    host.now += 15;
    host.answer(early);
    assert.equal(failing.ownFailures, 0, 'no answer takes less than 20 ms');
    host.now += 10;
    host.answer(late);
    assert.equal(failing.ownFailures, 1);
  });

  it('to connect is not decided by connections that were there before', () => {
    const host = provenHost();
    const [failing, other] = [host.call(), host.call()];
    host.fail(failing, 'unreached');
    host.now += 10 * SECOND;
    host.answer(other);
    assert.equal(failing.ownFailures, 0);
    host.pass(0);
    host.fail(failing, 'unreached');
    host.answer(host.call());
    assert.ok(failing.ownFailures <= 1);
  });

  it('that is repeated before it is decided is one try', () => {
    const host = provenHost();
    const [failing, slow] = [host.call(), host.call()];
    for (let attempt = 0; attempt < 4; attempt++) {
      host.fail(failing);
      host.pass(5 * SECOND);
      assert.ok(host.isOut(failing), 'it is repeated while nothing is decided');
    }
    host.fail(failing);
    assert.equal(failing.ownFailures, 0);
    host.now += 100;
    host.answer(slow, host.call());
    assert.equal(failing.ownFailures, 1);
  });

  it('of the last try ends the call only when it is decided', () => {
    const host = provenHost(1);
    const [failing] = [host.call(), host.call()];
    host.fail(failing);
    assert.ok(!host.ended.has(failing));
    host.answer(host.call());
    assert.deepEqual(host.ended.get(failing), { lastedMs: undefined, code: undefined });
  });

  it('that a damaged body causes is a try at once', () => {
    const host = new HostUnderTest(3);
    const call = host.call();
    for (const tries of [1, 2, 3]) {
      host.damage(call);
      assert.equal(call.ownFailures, tries);
      host.pass(5 * SECOND);
    }
    assert.ok(host.ended.has(call));
    assert.ok(!host.isOutOfOrder);
  });

  it('is not decided by an answer to the request itself', () => {
    const host = provenHost();
    const [call] = [host.call(), host.call()];
    host.fail(call);
    host.pass(SECOND);
    host.refuse(call);
    host.answer(host.call());
    assert.equal(call.ownFailures, 0);
  });

  it('ends as the host’s, where nothing decides it for the time of an outage', () => {
    const host = provenHost();
    const [failing, endless] = [host.call(), host.call()];
    for (let at = 0; at < 5 * MINUTE; at += SECOND) {
      if (host.isOut(failing)) host.fail(failing);
      host.moved(endless);
      host.pass(SECOND);
    }
    assert.equal(host.ended.get(failing)?.lastedMs, 5 * MINUTE);
    assert.ok(host.isOut(endless));
  });
});

describe('a host', () => {
  it('is out of order when five requests have failed, however many are in flight', () => {
    const host = provenHost();
    const calls = host.calls(32);
    host.fail(calls.slice(0, 4));
    assert.ok(!host.isOutOfOrder);
    host.fail(calls.slice(4, 5));
    assert.ok(host.isOutOfOrder);
  });

  it('is out of order when everything in flight has failed', () => {
    const host = provenHost();
    const calls = host.calls(3);
    host.fail(calls.slice(0, 2));
    assert.ok(!host.isOutOfOrder);
    host.fail(calls.slice(2));
    assert.ok(host.isOutOfOrder);
  });

  it('is out of order when only those are in flight that failed before', () => {
    const host = provenHost();
    const [first, second] = host.calls(2) as [Call, Call];
    host.fail(first);
    host.pass(SECOND);
    assert.ok(host.isOut(first));
    host.fail(second);
    assert.ok(host.isOutOfOrder);
  });

  it('is not out of order because one request fails again and again', () => {
    const host = provenHost();
    const [failing, slow] = [host.call(), host.call()];
    for (let attempt = 0; attempt < 8; attempt++) {
      host.fail(failing);
      host.pass(5 * SECOND);
      host.moved(slow);
    }
    assert.ok(!host.isOutOfOrder);
  });

  it('is asked at once by a request that has not failed, which may clear it', () => {
    const host = new HostUnderTest();
    const alone = host.call();
    host.fail(alone);
    assert.ok(host.isOutOfOrder);
    const witness = host.call();
    assert.ok(host.isOut(witness));
    host.answer(witness);
    assert.ok(!host.isOutOfOrder);
    assert.equal(alone.ownFailures, 1, 'it was the request that failed');
  });

  it('is asked at once by one that comes later, too, as long as only one request has failed', () => {
    const host = new HostUnderTest();
    const alone = host.call();
    host.fail(alone);
    for (let at = 0; at < 10; at++) {
      host.pass(2500);
      if (host.isOut(alone)) host.fail(alone);
    }
    assert.ok(!host.isOut(alone), 'it rests');
    assert.ok(host.isOut(host.call()));
  });

  it('that failed for another request as well costs neither of them a try', () => {
    const host = new HostUnderTest();
    const alone = host.call();
    host.fail(alone);
    const other = host.call();
    host.fail(other);
    const third = host.call();
    host.pass(5 * SECOND);
    host.answer(third);
    assert.ok(!host.isOutOfOrder);
    assert.deepEqual([alone.ownFailures, other.ownFailures], [0, 0]);
  });

  it('for which everything in flight failed costs nothing, though the next request succeeds', () => {
    const host = provenHost();
    const calls = host.calls(3);
    host.fail(calls);
    host.answer(host.call());
    assert.ok(!host.isOutOfOrder);
    assert.deepEqual(
      calls.map(({ ownFailures }) => ownFailures),
      [0, 0, 0],
    );
  });

  it('that was closed by some of those in flight is cleared by the others', () => {
    const host = provenHost();
    const calls = host.calls(32);
    const bad = calls.slice(0, 5);
    host.fail(bad);
    assert.ok(host.isOutOfOrder);
    host.now += 30;
    host.answer(...calls.slice(5));
    assert.ok(!host.isOutOfOrder);
    assert.deepEqual(
      bad.map(({ ownFailures }) => ownFailures),
      [1, 1, 1, 1, 1],
    );
  });

  it('lets what is in flight go on, and takes back what has not begun', () => {
    const host = provenHost();
    const [early, late] = [host.admit(), host.admit()];
    host.begin(early);
    const calls = host.calls(5);
    host.fail(calls);
    assert.ok(host.isOut(early));
    assert.ok(!host.isAdmitted(late));
  });

  it('costs nothing while it is out of order, whoever fails how often', () => {
    const { host, calls } = closedHost();
    for (let at = 0; at < 4 * MINUTE; at += 100) {
      for (const call of calls) if (host.isOut(call)) host.fail(call);
      host.pass(100);
    }
    assert.ok(host.probes.length > 40);
    host.pass(5 * SECOND);
    host.answer(host.probes.at(-1) as Call);
    assert.ok(calls.every(({ ownFailures }) => ownFailures === 0));
    assert.equal(host.ended.size, 0);
  });
});

describe('probes', () => {
  it('go one at a time, with pauses that grow up to five seconds', () => {
    const { host, calls } = closedHost();
    const times: number[] = [];
    const began = host.now;
    for (let at = 0; at < MINUTE; at += 50) {
      const out = calls.filter((call) => host.isOut(call));
      assert.ok(out.length <= 1);
      if (out.length > 0) times.push(host.now - began);
      host.fail(out);
      host.pass(50);
    }
    const pauses = times.map((time, at) => time - (times[at - 1] ?? 0));
    assert.deepEqual(pauses.slice(0, 6), [250, 500, 1000, 2000, 2500, 2500]);
  });

  it('are the smallest first, and nobody twice while there are others', () => {
    const { host, calls } = closedHost();
    while (host.probes.length < 32) {
      host.pass(5 * SECOND);
      host.fail(host.probes.at(-1) as Call);
    }
    assert.deepEqual(
      host.probes.map(({ size }) => size),
      calls.map(({ size }) => size).sort((a, b) => a - b),
    );
  });

  it('of which no byte moves for five seconds do not hold back the next', () => {
    const { host } = closedHost();
    host.pass(250);
    assert.equal(host.probes.length, 1);
    host.pass(4900);
    assert.equal(host.probes.length, 1);
    host.pass(100);
    assert.equal(host.probes.length, 2);
  });

  it('of which bytes keep moving are joined by as many again each second, up to half of what was in flight', () => {
    const { host } = closedHost();
    host.pass(250);
    const counts: number[] = [];
    for (let at = 0; at < 8 * SECOND; at += 100) {
      for (const probe of host.probes) host.moved(probe);
      host.pass(100);
      counts.push(host.probes.length);
    }
    assert.deepEqual([...new Set(counts)], [1, 2, 4, 8, 16]);
    assert.ok(host.isOutOfOrder, 'and only an answer opens the host');
  });

  it('that carry bytes say less where the host takes them and answers badly', () => {
    const host = provenHost();
    host.fail(host.calls(32), 'answer');
    host.pass(250);
    for (let at = 0; at < 4900; at += 100) {
      for (const probe of host.probes) host.moved(probe);
      host.pass(100);
    }
    assert.equal(host.probes.length, 1);
  });

  it('that say nothing are followed by the next at once', () => {
    const { host } = closedHost();
    host.pass(250);
    host.withdraw(host.probes.at(-1) as Call);
    assert.equal(host.probes.length, 2);
  });

  it('go to requests that are suspected themselves only when there are no others', () => {
    const host = provenHost();
    const bad = host.call(1);
    const others = host.calls(5, 1000);
    for (let tries = 0; tries < 2; tries++) {
      host.fail(bad);
      host.answer(host.call());
      host.pass(5 * SECOND);
    }
    host.fail(others);
    assert.ok(host.isOutOfOrder);
    host.fail(bad);
    for (let at = 0; at < 50; at++) {
      host.pass(5 * SECOND);
      host.fail(host.probes.at(-1) as Call);
    }
    assert.deepEqual(new Set(host.probes), new Set(others));
  });
});

describe('the first sign of life', () => {
  it('opens the host for half of what was in flight, doubling with each clean round', () => {
    const { host, calls } = closedHost();
    host.pass(250);
    const more = host.calls(100);
    const out = () => [...calls, ...more].filter((call) => host.isOut(call));
    host.answer(...host.probes);
    assert.equal(out().length, 16);
    for (const call of out().slice(0, 15)) {
      host.answer(call);
      assert.equal(out().length, 16);
    }
    host.answer(...out().slice(0, 1));
    assert.ok(out().length > 32, 'as many as there are');
  });

  it('is followed by a round that counts only when it is clean', () => {
    const { host, calls } = closedHost();
    host.pass(250);
    const more = host.calls(100);
    const out = () => [...calls, ...more].filter((call) => host.isOut(call));
    host.answer(...host.probes);
    host.answer(...out().slice(0, 10));
    host.fail(out().slice(0, 1));
    host.answer(...out().slice(0, 10));
    assert.equal(out().length, 16);
    host.answer(...out().slice(0, 6));
    assert.ok(out().length > 16);
  });

  it('opens the host for as many, whatever hangs from before', () => {
    const host = provenHost();
    const calls = host.calls(32);
    host.fail(calls.slice(0, 5));
    const more = host.calls(40);
    host.answer(...host.probes);
    assert.equal([...calls, ...more].filter((call) => host.isOut(call)).length, 27 + 16);
  });

  it('ends all pauses', () => {
    const host = provenHost();
    const calls = host.calls(12) as [Call, Call];
    host.fail(calls, 'answer', 5 * SECOND);
    host.pass(500);
    assert.deepEqual(host.probes, [calls[0]]);
    host.answer(calls[0]);
    assert.ok(host.isOut(calls[1]));
  });

  it('ends the count of failures that pauses grow by', () => {
    const host = provenHost();
    const calls = host.calls(12);
    host.fail(calls, 'answer');
    for (let at = 0; at < 10; at++) {
      host.pass(5 * SECOND);
      host.fail(host.probes.at(-1) as Call, 'answer');
    }
    const witness = host.call();
    host.pass(5 * SECOND);
    host.answer(witness);
    const back = calls.filter((call) => host.isOut(call));
    assert.equal(back.length, 6);
    const [failing] = back as [Call];
    host.fail(failing, 'answer');
    assert.equal(host.restOf(failing), 250);
  });

  it('is not one that was under way when the host closed', () => {
    const host = provenHost();
    const calls = host.calls(6);
    host.fail(calls.slice(0, 5));
    host.now += 10;
    host.answer(...calls.slice(5));
    assert.ok(host.isOutOfOrder);
  });

  it('lets a host widen by moving bytes where answers take long', () => {
    const { host, calls } = closedHost();
    host.pass(250);
    host.answer(...host.probes);
    const out = () => calls.filter((call) => host.isOut(call));
    assert.equal(out().length, 16);
    host.pass(500);
    for (const call of out()) host.moved(call);
    host.pass(600);
    assert.equal(out().length, 31);
  });

  it('forgives what was in flight in the outage and fails later', () => {
    const host = provenHost();
    const calls = host.calls(7);
    const hanging = calls[6] as Call;
    host.fail(calls.slice(0, 5));
    host.pass(250);
    host.answer(host.probes.at(-1) as Call);
    host.fail(hanging, 'stall');
    host.answer(...calls.filter((call) => call !== hanging && host.isOut(call)));
    host.answer(host.call());
    assert.equal(hanging.ownFailures, 0);
  });
});

describe('an outage', () => {
  it('ends all that wait when it has lasted as long as it may, with its failure and its length', () => {
    const { host, calls } = closedHost();
    for (let at = 0; at < 5 * MINUTE; at += SECOND) {
      for (const call of calls) if (host.isOut(call)) host.fail(call);
      host.pass(SECOND);
    }
    for (const call of calls) {
      assert.deepEqual(host.ended.get(call), { lastedMs: 5 * MINUTE, code: 'connection' });
    }
  });

  it('lasts longer while bytes move, but not by those of attempts that failed', () => {
    const { host, calls } = closedHost();
    host.pass(250);
    const [slow] = host.probes as [Call];
    for (let at = 0; at < 6 * MINUTE; at += SECOND) {
      host.moved(slow);
      host.pass(SECOND);
    }
    assert.equal(host.ended.size, 0);
    for (const call of calls) if (host.isOut(call)) host.fail(call);
    host.pass(0);
    assert.equal(host.ended.size, 32);
  });

  it('that was given up lets one of those look that come later, and ends them when it fails', () => {
    const { host, calls } = closedHost();
    for (let at = 0; at < 5 * MINUTE; at += SECOND) {
      for (const call of calls) if (host.isOut(call)) host.fail(call);
      host.pass(SECOND);
    }
    assert.equal(host.ended.size, calls.length);
    const late = host.calls(3);
    host.pass(500);
    assert.equal(late.filter((call) => host.isOut(call)).length, 1);
    assert.equal(host.ended.size, calls.length);
    host.fail(host.probes.at(-1) as Call);
    assert.ok(late.every((call) => host.ended.has(call)));
    const later = host.call();
    host.pass(500);
    host.answer(later);
    assert.ok(!host.isOutOfOrder);
  });

  it('that was given up stops what has not left, and lets go on what has', () => {
    const { host, calls } = closedHost();
    host.pass(250);
    const sent = host.probes.at(-1) as Call;
    host.moved(sent);
    host.pass(5 * MINUTE + 5 * SECOND);
    assert.equal(host.ended.size, calls.length - 1);
    assert.ok(host.isOut(sent), 'its answer may still come');
    const late = host.calls(2);
    assert.equal(late.filter((call) => host.isOut(call)).length, 1);
    host.answer(sent);
    assert.ok(!host.isOutOfOrder);
  });

  it('that was given up while a probe awaits its answer lets another one look', () => {
    const host = provenHost();
    const call = host.call();
    host.fail(call);
    host.pass(250);
    host.moved(call);
    host.pass(5 * MINUTE + 6 * SECOND);
    assert.ok(host.isOut(call));
    assert.ok(host.isOut(host.call()));
  });

  it('is waited for by a hurried call for a minute', () => {
    const { host, calls } = closedHost();
    host.pass(250);
    const hurried = calls[0] as Call;
    host.pass(MINUTE);
    host.hurry(hurried);
    host.pass(MINUTE - SECOND);
    assert.ok(!host.ended.has(hurried));
    host.pass(2 * SECOND);
    assert.ok(host.ended.has(hurried));
    assert.equal(host.ended.size, 1);
  });

  it('is announced after two seconds, then every ten, and when it is over or given up', () => {
    const { host } = closedHost();
    host.pass(1900);
    assert.equal(host.events.length, 0);
    host.pass(30_200);
    assert.deepEqual(
      host.events.map(({ kind, lastedMs }) => [kind, lastedMs]),
      [
        ['out-of-order', 2000],
        ['still-out-of-order', 12_000],
        ['still-out-of-order', 22_000],
        ['still-out-of-order', 32_000],
      ],
    );
    assert.ok(host.events.every(({ name, waiting, error }) => name === 'host' && waiting > 20 && error.code));
    host.answer(host.probes.at(-1) as Call);
    assert.equal(host.events.at(-1)?.kind, 'back');
    const { host: dead } = closedHost();
    dead.pass(6 * MINUTE);
    assert.deepEqual([dead.events.at(-1)?.kind, dead.events.at(-1)?.lastedMs], ['given-up', 5 * MINUTE]);
  });

  it('of less than two seconds is not mentioned', () => {
    const { host } = closedHost();
    host.pass(1000);
    host.answer(host.probes.at(-1) as Call);
    host.pass(MINUTE);
    assert.equal(host.events.length, 0);
  });
});

describe('a request that never works', () => {
  it('does not close the host once it is suspected, and pays every five seconds when it is alone', () => {
    const host = provenHost();
    const bad = host.call();
    host.fail(bad);
    host.answer(host.call());
    assert.equal(bad.ownFailures, 1);
    const times: number[] = [];
    while (!host.ended.has(bad)) {
      host.pass(100);
      if (!host.isOut(bad)) continue;
      host.fail(bad);
      times.push(host.now);
      assert.ok(!host.isOutOfOrder);
    }
    assert.equal(bad.ownFailures, 5);
    for (const [at, time] of times.slice(2).entries()) assert.ok(time - (times[at + 1] as number) >= 5000);
    assert.ok(host.now < 2 * SECOND + 30 * SECOND);
  });

  it('does not close the host while it is the only one in flight', () => {
    const host = provenHost();
    const [bad, resting] = host.calls(2) as [Call, Call];
    host.fail(bad);
    host.answer(host.call());
    host.refuse(resting, 100 * SECOND);
    host.pass(SECOND);
    host.fail(bad);
    assert.ok(!host.isOutOfOrder);
    assert.equal(bad.ownFailures, 1, 'nor does it pay as long as there is another one');
  });

  it('is not suspected for another kind of failure than its own', () => {
    const host = provenHost();
    const call = host.call();
    host.fail(call, 'answer');
    host.answer(host.call());
    host.pass(SECOND);
    host.fail(call, 'connection');
    assert.ok(host.isOutOfOrder, 'alone, and for a new reason');
  });

  it('where nothing was ever answered ends with the outage', () => {
    const host = new HostUnderTest();
    const call = host.call();
    for (let at = 0; at < 6 * MINUTE && !host.ended.has(call); at += 100) {
      if (host.isOut(call)) host.fail(call, 'answer');
      host.pass(100);
    }
    assert.equal(call.ownFailures, 0);
    assert.equal(host.ended.get(call)?.lastedMs, 5 * MINUTE);
  });
});

describe('a stall', () => {
  it('while others move is congestion, and closes nothing', () => {
    const host = provenHost();
    const calls = host.calls(12);
    for (const call of calls.slice(0, 6)) {
      host.now += SECOND;
      for (const moving of calls.slice(6)) host.moved(moving);
      assert.equal(host.fail(call, 'stall'), true);
    }
    assert.ok(!host.isOutOfOrder);
  });

  it('while nothing moves is the host’s', () => {
    const host = provenHost();
    const calls = host.calls(12);
    for (const call of calls) host.moved(call);
    host.now += 30 * SECOND;
    assert.equal(host.fail(calls.slice(0, 5), 'stall'), false);
    assert.ok(host.isOutOfOrder);
  });
});

describe('throttling', () => {
  it('is a sign of life, and costs no try while others are accepted now and then', () => {
    const host = new HostUnderTest();
    const [failing] = [host.call(), host.call()];
    host.fail(failing);
    const refused = host.call();
    host.refuse(refused);
    assert.equal(failing.ownFailures, 1);
    for (let at = 0; at < 20 * MINUTE; at += 4 * MINUTE) {
      host.pass(4 * MINUTE);
      host.answer(host.call());
      host.refuse(refused);
    }
    assert.equal(refused.ownFailures, 0);
    assert.equal(host.ended.size, 0);
  });

  it('lets a request go first once, then in turn', () => {
    const host = new HostUnderTest();
    const call = host.call();
    for (const count of [1, 1, 1]) {
      host.refuse(call);
      host.pass(5 * SECOND);
      assert.equal(host.first.length, count);
    }
  });

  it('is waited for as long as the service says, within two minutes', () => {
    const host = new HostUnderTest();
    const [patient, endless] = [host.call(), host.call()];
    host.refuse(patient, 30 * SECOND);
    host.refuse(endless, 60 * MINUTE);
    host.pass(29 * SECOND);
    assert.ok(!host.isOut(patient));
    host.pass(SECOND);
    assert.ok(host.isOut(patient));
    host.pass(91 * SECOND);
    assert.ok(host.isOut(endless));
  });

  it('is a try when others were accepted after twenty refusals', () => {
    const host = new HostUnderTest(1);
    const call = host.call();
    for (let refusal = 1; refusal <= 20; refusal++) {
      assert.ok(!host.ended.has(call));
      host.refuse(call);
      host.answer(host.call(), host.call());
      host.pass(5 * SECOND);
    }
    assert.ok(host.ended.has(call));
  });

  it('ends the refused when nobody is accepted for the time of an outage', () => {
    const host = new HostUnderTest();
    const calls = host.calls(3);
    for (let at = 0; at < 5 * MINUTE; at += SECOND) {
      for (const call of calls) if (host.isOut(call)) host.refuse(call);
      host.pass(SECOND);
    }
    assert.ok(calls.every((call) => host.ended.get(call)?.lastedMs === 5 * MINUTE));
    assert.ok(!host.isOutOfOrder);
  });
});

describe('a host that fails in bursts', () => {
  it('allows more tries though what is out of order for a moment costs none', () => {
    const host = new HostUnderTest();
    for (let burst = 0; burst < 20; burst++) {
      const calls = host.calls(20);
      host.fail(calls.slice(0, 8));
      assert.ok(host.isOutOfOrder);
      host.now += 50;
      host.answer(...calls.slice(8));
      host.pass(SECOND);
      host.answer(...calls.slice(0, 8));
    }
    assert.deepEqual([host.isOutOfOrder, host.ended.size], [false, 0]);
    const unlucky = host.call();
    while (!host.ended.has(unlucky)) {
      if (host.isOut(unlucky)) host.fail(unlucky);
      host.answer(host.call(), host.call());
      host.pass(SECOND);
    }
    assert.ok(unlucky.ownFailures > 8, `${unlucky.ownFailures}`);
  });
});

describe('a host that fails one request in three', () => {
  it('allows as many tries as make bad luck one in a million, and twenty more at most', () => {
    const host = new HostUnderTest();
    for (let done = 0; done < 300; done++) {
      const [one, two] = [host.call(), host.call()];
      if (done % 3 > 0) host.fail(one);
      host.answer(two, host.call());
      host.pass(5 * SECOND);
      if (host.isOut(one)) host.answer(one);
    }
    const unlucky = host.call();
    while (!host.ended.has(unlucky)) {
      if (host.isOut(unlucky)) host.fail(unlucky);
      host.answer(host.call(), host.call());
      host.pass(SECOND);
    }
    assert.ok(unlucky.ownFailures > 7 && unlucky.ownFailures <= 13, `${unlucky.ownFailures}`);
  });
});
