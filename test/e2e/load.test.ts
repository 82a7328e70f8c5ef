import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { LoggedRequest } from '../emulator/emulator.js';
import { Job } from './job.js';

const MIB = 1024 * 1024;
/** Bytes that a step may take of the runner's memory, whatever the size of its files. */
const MEMORY = 130_000_000;

/** Requests in flight, weighted by time, from the first start to the last end. */
function meanInFlight(requests: readonly LoggedRequest[]): number {
  const from = Math.min(...requests.map(({ startedAt }) => startedAt));
  const to = Math.max(...requests.map(({ endedAt }) => endedAt));
  const busy = requests.reduce((sum, { startedAt, endedAt }) => sum + endedAt - startedAt, 0);
  return busy / (to - from);
}

/**
 * The most requests that were in flight at once. The log closes a request a moment after its client has the
 * answer and may have sent the next one, so the last milliseconds of each don't count.
 */
function peakInFlight(requests: readonly LoggedRequest[]): number {
  const inFlightAt = (time: number) =>
    requests.filter(({ startedAt, endedAt }) => startedAt <= time && time < endedAt - 50).length;
  return Math.max(...requests.map(({ startedAt }) => inFlightAt(startedAt)));
}

describe('many files', () => {
  it('keep as many storage requests in flight as were allowed, and the API within its limit', async (t) => {
    const job = await Job.begin(t, { storageLatencyMs: 500, keepBodies: true });
    const names = Array.from({ length: 200 }, (_, index) => `clip ${String(index).padStart(3, '0')}`);
    for (const name of names) job.write(`clips/${name}.mp4`, name.repeat(50));
    const step = await job.run({ inputs: { files: 'clips/*.mp4', concurrency: '16' } });
    assert.deepEqual([step.code, step.stderr], [0, ''], step.stdout);
    const { emulator } = job;
    const storage = emulator.requestsOf('cos');
    assert.equal(peakInFlight(storage), 16);
    assert.equal(storage.length, 200, 'one request for each');
    const mean = meanInFlight(storage);
    assert.ok(mean > 12, `${mean.toFixed(1)} in flight on average`);
    for (const action of ['ApplyUpload', 'CommitUpload']) {
      const { mostPerSecond, throttled } = emulator.trafficOf('vod', action);
      assert.ok(mostPerSecond <= 100, `${mostPerSecond} of ${action} in a second`);
      assert.equal(throttled, 0);
    }

    assert.equal(step.outputs['uploaded-count'], '200');
    for (const [index, { path, fileId }] of (step.results ?? []).entries()) {
      assert.equal(path, `clips/${names[index]}.mp4`);
      assert.equal(job.object(fileId)?.body?.toString(), names[index]?.repeat(50));
    }
  });
});

describe('a large file', () => {
  const noGauge = !existsSync('/proc/self/status') && 'the system has no /proc to read memory from';
  it('takes little memory', { skip: noGauge }, async (t) => {
    const job = await Job.begin(t, { digests: false });
    job.writeSparse('film.mp4', 2048 * MIB);
    const step = await job.run({ inputs: { files: '*.mp4' } });
    assert.equal(step.code, 0, step.stdout);
    const stored = job.object(step.outputs['file-id']);
    assert.equal(stored?.size, 2048 * MIB);
    assert.equal(step.outputs['uploaded-bytes'], String(2048 * MIB));
    assert.ok(step.peakMemory > 0);
    assert.ok(step.peakMemory < MEMORY, `${(step.peakMemory / 1e6).toFixed(0)} MB`);
    t.diagnostic(`peak memory ${(step.peakMemory / 1e6).toFixed(0)} MB`);
  });
});
