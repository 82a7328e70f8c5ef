import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ValueError } from '../../src/errors.js';
import { parseExpiry } from '../../src/inputs/expiry.js';

const at = (time: string): number => Date.parse(time);
const NOW = at('2026-01-31T10:00:00Z');
const expiryOf = (text: string, now: number): string => parseExpiry(text, now)(now);

describe('an expiry', () => {
  const cases: [text: string, sent: string, now?: string][] = [
    ['2030-01-31T12:00:00Z', '2030-01-31T12:00:00Z'],
    ['2030-01-31t12:00:00z', '2030-01-31T12:00:00Z'],
    ['2030-01-31T12:00:00.999Z', '2030-01-31T12:00:00Z'],
    ['2030-01-31T12:00:00,5Z', '2030-01-31T12:00:00Z'],
    ['2030-01-31T12:00Z', '2030-01-31T12:00:00Z'],
    ['2030-01-31T12:00:00', '2030-01-31T12:00:00Z'],
    ['2030-01-31T12:00', '2030-01-31T12:00:00Z'],
    ['2030-01-31T12:00:00+08:00', '2030-01-31T04:00:00Z'],
    ['2030-01-31T12:00:00-0530', '2030-01-31T17:30:00Z'],
    ['2030-12-31T23:30:00-01:00', '2031-01-01T00:30:00Z'],
    ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00Z'],
    ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59Z'],
    ['P14D', '2026-02-14T10:00:00Z'],
    ['P2W', '2026-02-14T10:00:00Z'],
    ['PT90M', '2026-01-31T11:30:00Z'],
    ['PT1S', '2026-01-31T10:00:01Z'],
    ['P1DT12H', '2026-02-01T22:00:00Z'],
    ['P1Y2M3W4DT5H6M7S', '2027-04-25T15:06:07Z'],
    ['P1M', '2026-02-28T10:00:00Z'],
    ['P25M', '2028-02-29T10:00:00Z'],
    ['P1Y', '2029-02-28T10:00:00Z', '2028-02-29T10:00:00Z'],
    ['P1M', '2027-01-31T10:00:00Z', '2026-12-31T10:00:00Z'],
  ];
  for (const [text, sent, now] of cases) {
    it(`${text} is ${sent}`, () => {
      assert.equal(expiryOf(text, now === undefined ? NOW : at(now)), sent);
    });
  }

  const neither = [
    ...['', 'tomorrow', '2030-01-31', '20300131T120000Z', '2030-1-31T12:00:00Z', '2030-01-31 12:00:00Z'],
    ...['2030-02-29T00:00:00Z', '2030-13-01T00:00:00Z', '2030-00-10T00:00:00Z', '2030-01-00T00:00:00Z'],
    ...['2030-01-31T25:00:00Z', '2030-01-31T12:60:00Z', '2030-01-31T12:00:60Z'],
    ...['2030-01-31T12:00:00+24:00', '2030-01-31T12:00:00+01:60', '2030-01-31T12:00:00 Z'],
    ...['2030-01-31T12:00:00Z\n', '1893499200'],
    ...['P', 'PT', 'P1', 'P1DT', 'P1H', 'PT1D', 'P1.5D', 'P-1D', '-P1D', 'p1d', 'P1D2W', 'P10000Y'],
    `P${'9'.repeat(400)}D`,
  ];
  for (const text of neither) {
    it(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
      assert.throws(
        () => parseExpiry(text, NOW),
        (error) => error instanceof ValueError && /ISO 8601 date-time such as/.test(error.message),
      );
    });
  }

  for (const text of ['2026-01-31T10:00:00Z', '2026-01-31T12:00:00+08:00', '2001-01-01T00:00:00Z', 'P0D']) {
    it(`refuses ${text}, which is not in the future`, () => {
      assert.throws(
        () => parseExpiry(text, NOW),
        (error) => error instanceof ValueError && error.message === 'it takes a time in the future',
      );
    });
  }

  it('counts a duration from the time that it is asked at, and a date-time from nothing', () => {
    const later = at('2026-01-31T13:00:00Z');
    assert.equal(parseExpiry('PT1H', NOW)(later), '2026-01-31T14:00:00Z');
    assert.equal(parseExpiry('2026-01-31T11:00:00Z', NOW)(later), '2026-01-31T11:00:00Z');
  });

  it('reads every date-time with an offset as the platform does', () => {
    const two = (most: number) =>
      fc.integer({ min: 0, max: most }).map((number) => String(number).padStart(2, '0'));
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2027-01-02'), max: new Date('9998-12-30'), noInvalidDate: true }),
        fc.constantFrom('+', '-'),
        two(23),
        two(59),
        (date, sign, hours, minutes) => {
          const text = `${date.toISOString().slice(0, 19)}${sign}${hours}:${minutes}`;
          assert.equal(expiryOf(text, NOW), `${new Date(text).toISOString().slice(0, 19)}Z`);
        },
      ),
      { seed: 21, numRuns: 300 },
    );
  });

  it('never lets a month step over the next one', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2026-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
        fc.integer({ min: 1, max: 240 }),
        (date, months) => {
          const end = new Date(expiryOf(`P${months}M`, date.getTime()));
          const expected = date.getUTCFullYear() * 12 + date.getUTCMonth() + months;
          assert.equal(end.getUTCFullYear() * 12 + end.getUTCMonth(), expected);
          const clipped = new Date(end.getTime() + 86_400_000).getUTCDate() === 1;
          assert.ok(end.getUTCDate() === date.getUTCDate() || clipped, end.toISOString());
        },
      ),
      { seed: 22, numRuns: 300 },
    );
  });
});
