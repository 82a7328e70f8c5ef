import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Ledger } from '../../src/ledger.js';
import type { MediumReport, MediumResult, MediumStatus } from '../../src/results.js';

const result = (path: string, status: MediumStatus): MediumResult => ({
  path,
  kind: 'file',
  status,
  mediaName: path,
  objects: 0,
  bytes: 0,
  seconds: 0,
});
const expected = (path: string): MediumResult => result(path, 'skipped');
const published = (path: string): MediumReport => ({ result: result(path, 'uploaded') });
const statusesOf = (ledger: Ledger) =>
  ledger.report(2000).media.map(({ result: { path, status } }) => [path, status]);

describe('the ledger', () => {
  it('is a whole report from the start', () => {
    assert.deepEqual(new Ledger(1000).report(2000), {
      media: [],
      warnings: [],
      dryRun: false,
      cancelled: false,
      fatal: '',
      startedAt: 1000,
      endedAt: 2000,
      statistics: { storageRequests: 0, apiRequests: 0, retries: 0, bytesSent: 0, peakConcurrency: 0 },
      settings: {},
    });
  });

  it('knows every medium at any time, in path order', () => {
    const ledger = new Ledger(1000);
    ledger.record({ result: result('z.mp4', 'failed') });
    for (const path of ['b.mp4', 'a.mp4', 'B.mp4']) ledger.expect(expected(path));
    assert.deepEqual(statusesOf(ledger), [
      ['B.mp4', 'skipped'],
      ['a.mp4', 'skipped'],
      ['b.mp4', 'skipped'],
      ['z.mp4', 'failed'],
    ]);
    const report = published('b.mp4');
    ledger.record(report);
    assert.equal(ledger.report(2000).media[2], report);
  });

  it('after a signal has what did not end as cancelled, and keeps what did', () => {
    const ledger = new Ledger(1000);
    for (const path of ['a.mp4', 'b.mp4', 'c.mp4']) ledger.expect(expected(path));
    ledger.record(published('a.mp4'));
    ledger.cancelled = true;
    assert.deepEqual(statusesOf(ledger), [
      ['a.mp4', 'uploaded'],
      ['b.mp4', 'cancelled'],
      ['c.mp4', 'cancelled'],
    ]);
    ledger.record(published('b.mp4'));
    assert.deepEqual(statusesOf(ledger)[1], ['b.mp4', 'uploaded'], 'a commit that was under way');
  });

  it('does not count what was recorded as skipped as cancelled', () => {
    const ledger = new Ledger(1000);
    ledger.expect(expected('a.mp4'));
    ledger.record({ result: expected('a.mp4') });
    ledger.cancelled = true;
    assert.deepEqual(statusesOf(ledger), [['a.mp4', 'skipped']]);
  });

  it('keeps the first error that stopped the run, every warning, and the latest figures', () => {
    const ledger = new Ledger(1000);
    ledger.fail('first');
    ledger.fail('second');
    ledger.warn('one');
    ledger.warn('two');
    let retries = 0;
    ledger.statistics = () => ({
      storageRequests: 1,
      apiRequests: 2,
      retries,
      bytesSent: 3,
      peakConcurrency: 4,
    });
    retries = 7;
    const { fatal, warnings, statistics } = ledger.report(2000);
    assert.deepEqual([fatal, warnings, statistics.retries], ['first', ['one', 'two'], 7]);
  });

  it('calls a medium cancelled that was started and never ended, and others skipped', () => {
    const ledger = new Ledger(1000);
    for (const path of ['a.mp4', 'b.mp4', 'c.mp4']) ledger.expect(expected(path));
    for (const path of ['a.mp4', 'b.mp4']) ledger.start(path);
    ledger.record(published('a.mp4'));
    assert.deepEqual(statusesOf(ledger), [
      ['a.mp4', 'uploaded'],
      ['b.mp4', 'cancelled'],
      ['c.mp4', 'skipped'],
    ]);
  });
});
