import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ActionRate, type Departure, type Outcome } from '../../src/vod/action-rate.js';

/** A rate whose requests leave as soon as they may, with a clock of its own. */
class Traffic {
  readonly departures: Departure[] = [];
  now = 0;

  constructor(readonly rate = new ActionRate(100)) {}

  /** The next request leaves, as soon as the rate allows it. */
  next(): Departure {
    this.now = Math.max(this.now, this.rate.nextAt(this.now));
    const departure = this.rate.depart(this.now);
    this.departures.push(departure);
    return departure;
  }

  /** Requests leave one after the other, and each is answered at once. */
  send(count: number, outcome: Outcome): void {
    for (let sent = 0; sent < count; sent++) this.rate.end(this.next(), outcome, this.now);
  }

  /** As many as leave in some seconds. */
  sendFor(seconds: number, outcome: Outcome): void {
    const end = this.now + seconds * 1000;
    while (this.rate.nextAt(this.now) < end) this.send(1, outcome);
    this.now = end;
  }

  /** How many left in the second that begins at a time. */
  inSecond(from: number): number {
    return this.departures.filter(({ at }) => at >= from && at < from + 1000).length;
  }
}

describe('the rate of an action', () => {
  it('begins at half of the limit, and rises to three quarters of it within five seconds', () => {
    const traffic = new Traffic();
    traffic.sendFor(8, 'accepted');
    const seconds = [0, 1, 2, 3, 4, 5, 6, 7].map((second) => traffic.inSecond(second * 1000));
    const [first = 0] = seconds;
    assert.ok(first >= 50 && first <= 57, `${seconds}`);
    assert.ok(
      seconds.every((count, second) => second === 0 || count >= (seconds[second - 1] ?? 0)),
      `${seconds}`,
    );
    assert.equal(traffic.rate.perSecond, 75);
    for (const second of seconds.slice(5)) assert.ok(Math.abs(second - 75) <= 1, `${seconds}`);
  });

  it('spreads requests over the second', () => {
    const traffic = new Traffic();
    traffic.send(50, 'accepted');
    for (const [index, { at }] of traffic.departures.entries()) {
      const before = traffic.departures[index - 5]?.at ?? -1000;
      assert.ok(at - before > 40, `five requests in ${at - before} ms`);
    }
  });

  it('makes up for late timers, and for no more than those', () => {
    const traffic = new Traffic();
    traffic.send(1, 'accepted');
    traffic.now += 40;
    traffic.send(3, 'accepted');
    assert.equal(traffic.now, 40, 'what was late leaves at once');
    traffic.now += 10_000;
    const from = traffic.now;
    traffic.send(60, 'accepted');
    assert.ok(traffic.inSecond(from) <= 56, `${traffic.inSecond(from)} after an idle spell`);
  });

  it('does not rise while it is not used', () => {
    const traffic = new Traffic();
    for (let sent = 0; sent < 100; sent++) {
      traffic.send(1, 'accepted');
      traffic.now += 500;
    }
    assert.equal(traffic.rate.perSecond, 50);
  });

  it('learns the limit from one refusal', () => {
    for (const limit of [40, 20, 10, 3]) {
      const traffic = new Traffic();
      traffic.send(limit, 'accepted');
      traffic.send(1, 'refused');
      assert.ok(Math.abs(traffic.rate.perSecond - 0.9 * limit) < 1e-6, `${limit}: ${traffic.rate.perSecond}`);
    }
  });

  it('waits until the last second has room before it goes on', () => {
    const traffic = new Traffic();
    traffic.send(20, 'accepted');
    traffic.send(1, 'refused');
    const from = traffic.now;
    traffic.send(40, 'accepted');
    for (const { at } of traffic.departures.filter((one) => one.at > from)) {
      const second = traffic.departures.filter((one) => one.at > at - 1000 && one.at <= at).length;
      assert.ok(second <= 20, `${second} requests in the second before ${at}`);
    }
  });

  it('falls to half of what was asked for at most, even if nothing is known to have been accepted', () => {
    const traffic = new Traffic();
    const inFlight = Array.from({ length: 40 }, () => traffic.next());
    traffic.rate.end(inFlight[39] as Departure, 'refused', traffic.now);
    assert.equal(traffic.rate.perSecond, 20);
  });

  it('falls to one in two seconds at the lowest, and recovers', () => {
    const traffic = new Traffic();
    traffic.sendFor(60, 'refused');
    assert.equal(traffic.rate.perSecond, 0.5);
    const from = traffic.now;
    traffic.sendFor(10, 'refused');
    assert.equal(traffic.departures.filter(({ at }) => at >= from).length, 5);
    traffic.sendFor(25, 'accepted');
    assert.equal(traffic.rate.perSecond, 75);
  });

  it('rises slowly again after each refusal, however fast it rose before', () => {
    const traffic = new Traffic();
    traffic.sendFor(30, 'refused');
    while (traffic.rate.perSecond < 40) traffic.send(1, 'accepted');
    traffic.send(1, 'refused');
    const { perSecond } = traffic.rate;
    traffic.sendFor(3.5, 'accepted');
    assert.ok(traffic.rate.perSecond > perSecond);
    assert.ok(traffic.rate.perSecond < perSecond * 1.25, `${perSecond} to ${traffic.rate.perSecond}`);
  });

  it('is cut once in a second', () => {
    const traffic = new Traffic();
    traffic.sendFor(2, 'accepted');
    traffic.send(1, 'refused');
    const { perSecond } = traffic.rate;
    const cutAt = traffic.now;
    traffic.send(2, 'refused');
    assert.ok(traffic.now < cutAt + 1000);
    assert.equal(traffic.rate.perSecond, perSecond);
    traffic.now = cutAt + 1000;
    traffic.send(1, 'refused');
    assert.ok(traffic.rate.perSecond < perSecond);
  });

  it('is cut once for all requests that were on their way', () => {
    const traffic = new Traffic();
    const inFlight = Array.from({ length: 60 }, () => traffic.next());
    traffic.now = 2000;
    const [first, ...others] = inFlight as [Departure, ...Departure[]];
    traffic.rate.end(first, 'accepted', traffic.now);
    for (const one of others.slice(0, 29)) traffic.rate.end(one, 'accepted', ++traffic.now);
    traffic.rate.end(others[29] as Departure, 'refused', ++traffic.now);
    const { perSecond } = traffic.rate;
    assert.ok(perSecond < 30, `${perSecond}`);
    for (const one of others.slice(30)) traffic.rate.end(one, 'refused', ++traffic.now);
    assert.equal(traffic.rate.perSecond, perSecond);
    // They fill the service's second for one more, in which others are refused on their account.
    traffic.send(1, 'refused');
    assert.equal(traffic.rate.perSecond, perSecond);
    traffic.now += 2000;
    traffic.send(1, 'refused');
    assert.ok(traffic.rate.perSecond < perSecond);
  });

  it('rises again only after ten latencies without a refusal', () => {
    const traffic = new Traffic();
    const answerAfter = (milliseconds: number, outcome: Outcome): void => {
      const departure = traffic.next();
      traffic.now += milliseconds;
      traffic.rate.end(departure, outcome, traffic.now);
    };
    for (let sent = 0; sent < 32; sent++) answerAfter(1000, 'accepted');
    answerAfter(1000, 'refused');
    const { perSecond } = traffic.rate;
    const refusedAt = traffic.now;
    while (traffic.now < refusedAt + 9000) answerAfter(1000, 'accepted');
    assert.equal(traffic.rate.perSecond, perSecond);
    while (traffic.now < refusedAt + 14_000) answerAfter(1000, 'accepted');
    assert.ok(traffic.rate.perSecond > perSecond);
  });

  it('rests for as long as the service asks, and for two minutes at most', () => {
    for (const [asked, rested] of [
      [7000, 7000],
      [86_400_000, 120_000],
    ] as const) {
      const traffic = new Traffic();
      const departure = traffic.next();
      traffic.rate.end(departure, 'refused', 0, asked);
      assert.equal(traffic.rate.nextAt(0), rested);
    }
  });

  it('learns nothing from a request without an answer', () => {
    const traffic = new Traffic();
    traffic.sendFor(3, 'unknown');
    assert.equal(traffic.rate.perSecond, 50);
  });
});

describe('requests in flight', () => {
  /** How many leave without an answer. */
  function depart(traffic: Traffic): number {
    let count = 0;
    while (traffic.rate.nextAt(traffic.now) < Number.POSITIVE_INFINITY) {
      traffic.next();
      count++;
    }
    return count;
  }

  it('are twice as many as the rate needs at the distance of the latest answers', () => {
    const traffic = new Traffic();
    const answerAfter = (milliseconds: number): void => {
      const departure = traffic.next();
      traffic.now += milliseconds;
      traffic.rate.end(departure, 'accepted', traffic.now);
    };
    answerAfter(200);
    assert.equal(depart(traffic), 20, '50 a second, each for 0.2 s, and as many again');

    const nearer = new Traffic();
    const first = nearer.next();
    nearer.rate.end(first, 'accepted', 60_000);
    nearer.now = 60_000;
    for (let sent = 0; sent < 32; sent++) {
      const departure = nearer.next();
      nearer.now += 5;
      nearer.rate.end(departure, 'accepted', nearer.now);
    }
    assert.equal(depart(nearer), 4, 'what was slow once is forgotten');
  });

  it('wait for a second after connections that opened slowly let all go at once', () => {
    const traffic = new Traffic();
    assert.equal(depart(traffic), 100);
    const opened = traffic.now + 5000;
    for (const departure of traffic.departures) traffic.rate.end(departure, 'accepted', opened);
    assert.equal(traffic.rate.nextAt(opened), opened + 1010);
  });

  it('are never more than may arrive in one second, however they bunch on their way', () => {
    const step = fc.record({
      wait: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 700 })),
      leave: fc.nat({ max: 30 }),
      end: fc.nat({ max: 30 }),
      from: fc.nat(),
      outcome: fc.constantFrom<Outcome>('accepted', 'accepted', 'accepted', 'refused', 'unknown'),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(3, 20, 100),
        fc.array(step, { minLength: 20, maxLength: 150 }),
        (limit, steps) => {
          const rate = new ActionRate(limit);
          const open: Departure[] = [];
          const spans: { from: number; to: number }[] = [];
          let now = 0;
          for (const { wait, leave, end, from, outcome } of steps) {
            now += wait;
            for (let left = 0; left < leave && rate.nextAt(now) < now + 100; left++) {
              now = Math.max(now, rate.nextAt(now));
              open.push(rate.depart(now));
            }
            for (const ended of open.splice(from % (open.length || 1), end)) {
              rate.end(ended, outcome, now);
              spans.push({ from: ended.at, to: now });
            }
          }
          spans.push(...open.map(({ at }) => ({ from: at, to: Number.POSITIVE_INFINITY })));
          // Any that was on its way during a second may have arrived in it.
          for (const { from } of spans) {
            const possible = spans.filter((one) => one.from <= from && one.to > from - 1000).length;
            assert.ok(possible <= limit, `${possible} may arrive in the second before ${from}`);
          }
        },
      ),
      { seed: 91, numRuns: 150 },
    );
  });
});
