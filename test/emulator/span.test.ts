import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { checkSpan, nextChange, phaseOf, type Span, Window } from './span.js';

const spans = fc.record(
  {
    afterMs: fc.nat(1000),
    forMs: fc.integer({ min: 1, max: 5000 }),
    from: fc.constantFrom('first' as const, 'now' as const),
    flap: fc.record({ onMs: fc.integer({ min: 1, max: 500 }), offMs: fc.integer({ min: 1, max: 500 }) }),
  },
  { requiredKeys: [] },
);

describe('a span', () => {
  it('lasts its time, and flaps within it', () => {
    const span: Span = { forMs: 100, flap: { onMs: 20, offMs: 30 } };
    const phases = [-1, 0, 19, 20, 49, 50, 70, 99, 100].map((age) => phaseOf(span, 1000, 1000 + age));
    assert.deepEqual(phases, ['waiting', 'on', 'on', 'off', 'off', 'on', 'off', 'off', 'over']);
    assert.equal(phaseOf(span, undefined, 5000), 'waiting');
  });

  it('changes exactly at the times that it names', () => {
    fc.assert(
      fc.property(spans, fc.nat(3000), fc.nat(8000), (span, begun, now) => {
        const next = nextChange(span, begun, now);
        const phase = phaseOf(span, begun, now);
        if (next === undefined) {
          assert.equal(phaseOf(span, begun, now + 1e6), phase);
          return;
        }
        assert.ok(next > now);
        assert.equal(phaseOf(span, begun, next - 1), phase, 'not before');
        assert.notEqual(phaseOf(span, begun, next), phase, 'and then');
      }),
    );
  });

  it('is refused when it could never be on', () => {
    for (const span of [
      { forMs: 0 },
      { forMs: Number.NaN },
      { afterMs: -1 },
      { flap: { onMs: 0, offMs: 1 } },
      { flap: { onMs: 1, offMs: 0 } },
      { from: 'later' as 'now' },
    ]) {
      assert.throws(() => checkSpan(span), RangeError, JSON.stringify(span));
    }
  });
});

describe('a window', () => {
  it('counts from its first hit, which afterMs puts off', () => {
    const window = new Window({ from: 'first', afterMs: 50, forMs: 100 }, 1000);
    assert.equal(window.isOpen(1049), false);
    assert.equal(window.isOpen(1050), true);
    assert.equal(window.phase(9000), 'waiting', 'however long it takes');
    window.begin(9000);
    window.begin(9050);
    assert.deepEqual([window.isOpen(9099), window.isOpen(9100)], [true, false]);
  });

  it('counts from when it was armed, hit or not', () => {
    const window = new Window({ from: 'now', afterMs: 50, forMs: 100 }, 1000);
    assert.deepEqual(
      [1049, 1050, 1149, 1150].map((now) => window.phase(now)),
      ['waiting', 'on', 'on', 'over'],
    );
    assert.deepEqual([window.nextChange(1000), window.nextChange(1050)], [1050, 1150]);
  });

  it('never ends unless it is given a time', () => {
    fc.assert(
      fc.property(spans, fc.nat(1e9), ({ forMs: _, ...span }, now) => {
        assert.notEqual(new Window({ ...span, from: 'now' }, 0).phase(now), 'over');
      }),
    );
  });
});
