import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatMedia,
  formatPercent,
  formatSpeed,
} from '../../src/report/text/format.js';

test('bytes in the unit that keeps the figure below a thousand', () => {
  const cases: [number, string][] = [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [21_000_000, '21.0 MB'],
    [999_949, '999.9 kB'],
    [999_950, '1.0 MB'],
    [999_999_999, '1.0 GB'],
    [1.5e12, '1.5 TB'],
    [2e18, '2000.0 PB'],
  ];
  for (const [bytes, expected] of cases) assert.equal(formatBytes(bytes), expected);
});

test('a duration in the unit that a person would use', () => {
  const cases: [number, string][] = [
    [0, '0.0 s'],
    [12_345, '12.3 s'],
    [59_940, '59.9 s'],
    [59_960, '1 min 00 s'],
    [184_000, '3 min 04 s'],
    [3_599_400, '59 min 59 s'],
    [3_599_600, '1 h 00 min'],
    [3_720_000, '1 h 02 min'],
    [7_199_000, '2 h 00 min'],
    [100 * 3_600_000, '100 h 00 min'],
  ];
  for (const [milliseconds, expected] of cases) assert.equal(formatDuration(milliseconds), expected);
});

test('a speed, and none where no time passed', () => {
  assert.equal(formatSpeed(21_000_000, 3100), '6.8 MB/s');
  assert.equal(formatSpeed(0, 1000), '0 B/s');
  assert.equal(formatSpeed(5, 0), '–');
});

test('a percentage is 100 only when nothing is left', () => {
  assert.equal(formatPercent(1, 3), '33%');
  assert.equal(formatPercent(999_999, 1_000_000), '99%');
  assert.equal(formatPercent(5, 5), '100%');
  assert.equal(formatPercent(6, 5), '100%');
  assert.equal(formatPercent(0, 0), '100%');
});

test('counts with separators and the right noun', () => {
  assert.equal(formatCount(1, 'file'), '1 file');
  assert.equal(formatCount(1204, 'file'), '1,204 files');
  assert.equal(formatCount(0, 'retry', 'retries'), '0 retries');
  assert.equal(formatMedia(1), '1 medium');
  assert.equal(formatMedia(2), '2 media');
});

test('every size and duration has one of the known forms', () => {
  fc.assert(
    fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (value) => {
      assert.match(formatBytes(value), /^(\d{1,3} B|\d{1,3}\.\d [kMGTP]B|\d{4}\.\d PB)$/);
      assert.match(formatDuration(value), /^([1-5]?\d\.\d s|[1-5]?\d min [0-5]\d s|\d+ h [0-5]\d min)$/);
    }),
  );
});
