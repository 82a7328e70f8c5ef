import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Ledger } from '../../src/ledger.js';
import type { MediumResult, MediumUpdate } from '../../src/results.js';

const expected = (path: string): Omit<MediumResult, 'status'> => ({
  path,
  kind: 'file',
  mediaName: path,
  objects: 0,
  bytes: 0,
  seconds: 0,
});
const ERROR = { stage: 'upload' as const, code: 'SlowDown', message: 'Too much.', requestId: '' };
const PUBLISHED: MediumUpdate = { fileId: '5285890784246869930', objects: 1, bytes: 5, endedAt: 1900 };

/** A ledger that expects these media. */
function ledgerOf(...paths: string[]): Ledger {
  const ledger = new Ledger(1000);
  for (const path of paths) ledger.enter(expected(path));
  return ledger;
}

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
      destination: '',
      settings: {},
    });
  });

  it('knows every medium at any time, in path order', () => {
    const ledger = ledgerOf('b.mp4', 'a.mp4', 'B.mp4');
    ledger.enter({ ...expected('z.mp4'), status: 'failed', error: { ...ERROR, stage: 'plan' } });
    ledger.enter({ ...expected('y.mp4'), status: 'planned' });
    assert.deepEqual(statusesOf(ledger), [
      ['B.mp4', 'skipped'],
      ['a.mp4', 'skipped'],
      ['b.mp4', 'skipped'],
      ['y.mp4', 'planned'],
      ['z.mp4', 'failed'],
    ]);
  });

  it('holds what became known of a medium from the moment that it did', () => {
    const ledger = ledgerOf('a.mp4');
    ledger.update('a.mp4', { startedAt: 1100 });
    assert.deepEqual(ledger.report(2000).media[0], {
      result: { ...expected('a.mp4'), status: 'cancelled' },
      startedAt: 1100,
    });
    ledger.update('a.mp4', PUBLISHED);
    const { endedAt, ...known } = PUBLISHED;
    assert.deepEqual(ledger.report(2000).media[0], {
      result: { ...expected('a.mp4'), ...known, status: 'uploaded' },
      startedAt: 1100,
      endedAt,
    });
    assert.deepEqual(ledger.resultOf('a.mp4'), { ...expected('a.mp4'), ...known, status: 'uploaded' });
  });

  it('counts a medium as failed by its error, and as published whatever fails after its commit', () => {
    const ledger = ledgerOf('a.mp4', 'b.mp4');
    ledger.update('a.mp4', { startedAt: 1100, error: ERROR, advice: 'Wait.' });
    ledger.update('b.mp4', PUBLISHED);
    ledger.update('b.mp4', { error: ERROR });
    assert.deepEqual(statusesOf(ledger), [
      ['a.mp4', 'failed'],
      ['b.mp4', 'uploaded'],
    ]);
    assert.equal(ledger.report(2000).media[0]?.advice, 'Wait.');
  });

  it('after a signal has what did not end as cancelled, and keeps what did', () => {
    const ledger = ledgerOf('a.mp4', 'b.mp4', 'c.mp4');
    ledger.update('a.mp4', PUBLISHED);
    ledger.cancelled = true;
    assert.deepEqual(statusesOf(ledger), [
      ['a.mp4', 'uploaded'],
      ['b.mp4', 'cancelled'],
      ['c.mp4', 'cancelled'],
    ]);
    ledger.update('b.mp4', PUBLISHED);
    assert.deepEqual(statusesOf(ledger)[1], ['b.mp4', 'uploaded'], 'a commit that was under way');
  });

  it('calls a medium cancelled that was started and never ended, and others skipped', () => {
    const ledger = ledgerOf('a.mp4', 'b.mp4', 'c.mp4');
    for (const path of ['a.mp4', 'b.mp4']) ledger.update(path, { startedAt: 1100 });
    ledger.update('a.mp4', PUBLISHED);
    assert.deepEqual(statusesOf(ledger), [
      ['a.mp4', 'uploaded'],
      ['b.mp4', 'cancelled'],
      ['c.mp4', 'skipped'],
    ]);
  });

  it('gives a report that later updates do not change', () => {
    const ledger = ledgerOf('a.mp4');
    const before = ledger.report(2000);
    ledger.update('a.mp4', PUBLISHED);
    assert.equal(before.media[0]?.result.status, 'skipped');
    assert.equal(before.media[0]?.result.fileId, undefined);
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
});
