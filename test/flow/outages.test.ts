import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FaultRule } from '../emulator/faults.js';
import type { OutageRule } from '../emulator/outage.js';
import { fortyFiles, largeFile, packageAndFile, threeFiles } from './fixture.js';
import { counts, tell } from './story.js';

/** Pauses are ten times as short in these tests, so this is an outage of four seconds. */
const LASTS = 400;

const PLACES: readonly Pick<OutageRule, 'target' | 'after' | 'action'>[] = [
  { target: 'cos' },
  { target: 'cos', after: 2 },
  { target: 'vod' },
  { target: 'vod', action: 'CommitUpload' },
];
const KINDS: readonly Pick<OutageRule, 'kind' | 'status'>[] = [
  { kind: 'reset' },
  { kind: 'refused' },
  { kind: 'page', status: 502 },
  { kind: 'page', status: 503 },
];
const WORKLOADS = { 'three files': threeFiles, 'a large file': largeFile, 'a package': packageAndFile };

describe('an outage of seconds', () => {
  for (const [work, lay] of Object.entries(WORKLOADS)) {
    it(`costs no medium of ${work}, wherever it is and whatever it looks like`, async (t) => {
      for (const place of PLACES) {
        for (const kind of KINDS) {
          const what = JSON.stringify({ ...place, ...kind });
          const outages = [{ ...place, ...kind, forMs: LASTS, from: 'first' as const }];
          const { ends, emulator } = await tell(t, { lay, outages, inputs: { 'max-attempts': '2' } });
          assert.deepEqual(new Set(Object.values(ends)), new Set(['uploaded']), what);
          assert.equal(emulator.media.length, Object.keys(ends).length, `published once: ${what}`);
          assert.deepEqual(emulator.openMultiparts, [], what);
        }
      }
    });
  }

  it('at two services at once costs no medium either', async (t) => {
    const { ends, emulator } = await tell(t, {
      lay: fortyFiles,
      outages: [
        { target: 'cos', kind: 'reset', after: 10, forMs: LASTS, from: 'first' },
        { target: 'vod', kind: 'page', after: 20, forMs: LASTS, from: 'first' },
      ],
      inputs: { 'max-attempts': '2' },
    });
    assert.deepEqual(new Set(Object.values(ends)), new Set(['uploaded']));
    assert.equal(emulator.media.length, 40);
  });

  it('is named in the log with advice, and so is its end', async (t) => {
    const { run } = await tell(t, {
      lay: threeFiles,
      outages: [{ target: 'cos', kind: 'refused', forMs: LASTS }],
    });
    assert.ok(
      run.log.some((line) => /is out of order, .*ECONNREFUSED.* Check the endpoint inputs/.test(line)),
    );
    assert.ok(run.log.some((line) => /answers again after/.test(line)));
  });
});

describe('an outage without end', () => {
  it('ends the run after outage-timeout, with what was published before', async (t) => {
    const { ends, run } = await tell(t, {
      lay: fortyFiles,
      outages: [{ target: 'cos', kind: 'reset', after: 20 }],
      inputs: { 'outage-timeout': 'PT5S', concurrency: '4' },
    });
    assert.deepEqual(new Set(Object.values(ends)), new Set(['uploaded', 'failed: ECONNRESET']));
    const failed = run.report.media.find(({ result }) => result.status === 'failed');
    assert.match(failed?.result.error?.message ?? '', /^Gave up after \d+ s without an answer from /);
    const published = run.report.media.filter(({ result }) => result.status === 'uploaded');
    assert.deepEqual(
      JSON.parse(run.outputs['file-ids']),
      published.map(({ result }) => result.fileId),
    );
  });
});

describe('one object that never works', () => {
  const broken: FaultRule = {
    service: 'cos',
    action: 'PutObject',
    match: ({ headers }) => headers['content-length'] === '2000',
    times: 'always',
    effect: { kind: 'reset-before' },
  };
  for (const outages of [
    [],
    [{ target: 'cos', kind: 'reset', after: 12, forMs: LASTS, from: 'first' } as const],
  ]) {
    it(`fails by max-attempts, and the others are published${outages.length > 0 ? ', an outage in between or not' : ''}`, async (t) => {
      const { ends } = await tell(t, {
        lay: threeFiles,
        faults: [broken],
        outages,
        inputs: { 'max-attempts': '3', 'outage-timeout': 'PT20S' },
      });
      const failed = Object.entries(ends).filter(([, end]) => end !== 'uploaded');
      assert.equal(failed.length, 1);
      assert.match(failed[0]?.[1] ?? '', /^failed: (ECONNRESET|EPIPE)$/);
    });
  }
});

describe('an account of few requests a second', () => {
  it('is a slow one, and no failure', async (t) => {
    const { ends, emulator } = await tell(t, {
      lay: fortyFiles,
      options: { apiRates: { ApplyUpload: 20, CommitUpload: 10 } },
      inputs: { 'max-attempts': '1' },
    });
    assert.deepEqual(new Set(Object.values(ends)), new Set(['uploaded']));
    assert.ok(emulator.trafficOf('vod', 'CommitUpload').throttled > 0);
    assert.equal(counts(emulator, 'PutObject'), 40);
  });
});

describe('connections that die when they are used again', () => {
  it('cost no try', async (t) => {
    const { ends } = await tell(t, {
      lay: fortyFiles,
      faults: [{ service: 'cos', requestOfConnection: 2, times: 'always', effect: { kind: 'close-before' } }],
      inputs: { 'max-attempts': '1', concurrency: '4' },
    });
    assert.deepEqual(new Set(Object.values(ends)), new Set(['uploaded']));
  });
});
