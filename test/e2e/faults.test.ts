import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { type Effect, slowDown, userNetworkTooSlow } from '../emulator/faults.js';
import { Job } from './job.js';

const MIB = 1024 * 1024;

/** Faults of the line and the services that pass. */
const PASSING: readonly Effect[] = [
  { kind: 'reset-before' },
  { kind: 'reset-amid', afterBytes: 1 },
  { kind: 'reset-after' },
  { kind: 'reset-after-unprocessed' },
  { kind: 'early-answer', code: 'ServiceUnavailable', close: true },
  { kind: 'html', status: 502 },
  { kind: 'wrong-crc' },
  { kind: '200-error', code: 'InternalError' },
  slowDown,
  userNetworkTooSlow,
];

describe('over TLS and through a proxy', () => {
  it('every fault that passes is got over, for small files and for parts', async (t) => {
    const job = await Job.begin(t);
    const { emulator } = job;
    job.write('large.mp4', randomBytes(40 * MIB));
    for (const index of PASSING.keys()) job.write(`small-${index}.mp4`, randomBytes(1000 + index));
    for (const [index, effect] of PASSING.entries()) {
      emulator.fault({
        service: 'cos',
        action: 'PutObject',
        match: ({ headers }) => headers['content-length'] === String(1000 + index),
        effect,
      });
      emulator.fault({
        service: 'cos',
        action: 'UploadPart',
        match: ({ query }) => query.partNumber === String(index + 1),
        effect,
      });
    }
    for (const action of [
      'ApplyUpload',
      'CommitUpload',
      'InitiateMultipartUpload',
      'CompleteMultipartUpload',
    ]) {
      emulator.fault({ action, effect: { kind: 'reset-after-unprocessed' } });
      emulator.fault({ action, effect: { kind: 'reset-before' } });
    }
    const step = await job.run({ inputs: { files: '*.mp4', 'part-size': '4' } });
    assert.deepEqual([step.code, step.stderr], [0, ''], step.stdout);
    for (const { path, fileId } of step.results ?? []) {
      const stored = job.object(fileId);
      if (path !== 'large.mp4') assert.equal(stored?.sha256, job.sha256(path), path);
      else assert.deepEqual([stored?.size, stored?.parts], [40 * MIB, PASSING.length]);
    }
    assert.equal(emulator.media.length, PASSING.length + 1);
    assert.equal(emulator.requests.filter(({ fault }) => fault !== '').length, 2 * PASSING.length + 8);
    assert.deepEqual(emulator.openMultiparts, []);
    assert.match(step.summary, /Retries \| 2\d/);
  });
});
