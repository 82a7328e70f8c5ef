import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Effect, type FaultRule, slowDown } from '../emulator/faults.js';
import { largeFile, largeWithCover } from './fixture.js';
import { ALL_UPLOADED, counts, part, tell } from './story.js';

describe('completing a multipart upload', () => {
  const complete = (effect: Effect, times: number | 'always' = 1): FaultRule => ({
    service: 'cos',
    action: 'CompleteMultipartUpload',
    times,
    effect,
  });

  it('whose answer is lost is settled by asking for the object', async (t) => {
    const { emulator, ends } = await tell(t, { lay: largeFile, faults: [complete({ kind: 'reset-after' })] });
    assert.deepEqual(ends, ALL_UPLOADED);
    assert.equal(counts(emulator, 'UploadPart'), 3, 'nothing is sent twice');
    assert.equal(counts(emulator, 'HeadObject'), 1);
  });

  it('whose answer is lost counts when the certificate may not ask for the object', async (t) => {
    const { emulator, ends } = await tell(t, {
      lay: largeFile,
      options: { certificateMay: { head: false } },
      faults: [complete({ kind: 'reset-after' })],
    });
    assert.deepEqual(ends, ALL_UPLOADED);
    assert.equal(counts(emulator, 'UploadPart'), 3);
  });

  it('whose last answer is lost, too, is settled by asking for the object', async (t) => {
    const { emulator, ends } = await tell(t, {
      lay: largeFile,
      inputs: { 'outage-timeout': 'PT2S' },
      faults: [complete({ kind: 'reset-after' }, 'always')],
    });
    assert.deepEqual(ends, ALL_UPLOADED);
    assert.ok(counts(emulator, 'HeadObject') > 0);
  });

  it('that was never carried out fails, whatever was lost', async (t) => {
    const { ends } = await tell(t, {
      lay: largeFile,
      inputs: { 'outage-timeout': 'PT2S' },
      faults: [complete({ kind: 'reset-after-unprocessed' }, 'always')],
    });
    assert.match(ends['large.mp4'] ?? '', /^failed: (ECONNRESET|EPIPE)$/);
    assert.equal(ends['small.mp4'], 'uploaded');
  });

  it('that answers 200 with an error is repeated', async (t) => {
    const { emulator, ends } = await tell(t, {
      lay: largeFile,
      faults: [complete({ kind: '200-error', code: 'InternalError' })],
    });
    assert.deepEqual(ends, ALL_UPLOADED);
    assert.equal(counts(emulator, 'CompleteMultipartUpload'), 2);
  });

  it('that takes longer than other requests may, with spaces meanwhile, is waited for', async (t) => {
    const { emulator, ends } = await tell(t, {
      lay: largeFile,
      faults: [complete({ kind: 'slow-complete', spaces: 6, intervalMs: 400 })],
      impatient: true,
    });
    assert.deepEqual(ends, ALL_UPLOADED);
    assert.equal(counts(emulator, 'CompleteMultipartUpload'), 1);
  });

  it('to an object with another CRC sends the file once more, and then fails', async (t) => {
    const once = await tell(t, { lay: largeFile, faults: [complete({ kind: 'wrong-crc' })] });
    assert.deepEqual(once.ends, ALL_UPLOADED);
    assert.equal(counts(once.emulator, 'UploadPart'), 6);
    const always = await tell(t, { lay: largeFile, faults: [complete({ kind: 'wrong-crc' }, 'always')] });
    assert.deepEqual(always.ends, { ...ALL_UPLOADED, 'large.mp4': 'failed: ObjectMismatch' });
    assert.equal(counts(always.emulator, 'CommitUpload'), 1, 'that of the small file');
  });
});

describe('cleaning up', () => {
  const initiate = (effect: Effect, times: number | 'always' = 1): FaultRule => ({
    service: 'cos',
    action: 'InitiateMultipartUpload',
    times,
    effect,
  });
  const failingPart = part(2, { kind: 'error', code: 'AccessDenied' }, 'always');

  it('an upload that was being opened when another file of the medium failed is found and aborted', async (t) => {
    const { emulator, ends } = await tell(t, {
      lay: largeWithCover,
      faults: [
        {
          service: 'cos',
          action: 'PutObject',
          effect: { kind: 'early-answer', code: 'AccessDenied', close: true },
        },
      ],
      // The upload is open long before its answer goes out; the refusal does not wait.
      options: { storageLatencyMs: 300 },
    });
    assert.deepEqual(ends, { 'large.mp4': 'failed: AccessDenied' });
    assert.equal(counts(emulator, 'InitiateMultipartUpload'), 1);
  });

  it('an abort that the service wants to be asked for later is asked for later', async (t) => {
    const { ends } = await tell(t, {
      lay: largeFile,
      faults: [
        failingPart,
        {
          service: 'cos',
          action: 'AbortMultipartUpload',
          effect: { ...slowDown, headers: { 'Retry-After': '4' } },
        },
      ],
    });
    assert.deepEqual(ends, { ...ALL_UPLOADED, 'large.mp4': 'failed: AccessDenied' });
  });

  it('an upload whose Initiate got no answer is found and aborted', async (t) => {
    const { emulator, ends } = await tell(t, { lay: largeFile, faults: [initiate({ kind: 'reset-after' })] });
    assert.deepEqual(ends, ALL_UPLOADED);
    assert.equal(counts(emulator, 'ListMultipartUploads'), 1);
    assert.equal(counts(emulator, 'AbortMultipartUpload'), 1);
  });

  it('so are they when no Initiate got an answer at all', async (t) => {
    const { emulator, ends } = await tell(t, {
      lay: largeFile,
      inputs: { 'outage-timeout': 'PT2S' },
      faults: [initiate({ kind: 'reset-after' }, 'always')],
    });
    assert.match(ends['large.mp4'] ?? '', /^failed: (ECONNRESET|EPIPE)$/);
    assert.equal(counts(emulator, 'AbortMultipartUpload'), counts(emulator, 'InitiateMultipartUpload'));
    assert.deepEqual(emulator.openMultiparts, []);
  });

  const passing: [name: string, effect: Effect][] = [
    ['SlowDown', slowDown],
    ['InternalError', { kind: 'error', code: 'InternalError' }],
    ['a page of status 502', { kind: 'html', status: 502 }],
    ['a reset before the request', { kind: 'reset-before' }],
    ['a reset instead of the answer', { kind: 'reset-after' }],
    ['a black hole', { kind: 'stall' }],
    ['a slow answer', { kind: 'delay', ms: 50 }],
  ];
  for (const [name, effect] of passing) {
    it(`an abort that meets ${name} is repeated until nothing is left`, async (t) => {
      const { ends } = await tell(t, {
        lay: largeFile,
        faults: [failingPart, { service: 'cos', action: 'AbortMultipartUpload', effect }],
        impatient: effect.kind === 'stall',
      });
      assert.deepEqual(ends, { ...ALL_UPLOADED, 'large.mp4': 'failed: AccessDenied' });
    });
  }

  it('an abort that is not allowed changes nothing about the failure that is told', async (t) => {
    const { run, emulator, ends } = await tell(t, {
      lay: largeFile,
      options: { certificateMay: { abort: false } },
      faults: [failingPart],
      excuses: { openMultiparts: true },
    });
    assert.deepEqual(ends, { ...ALL_UPLOADED, 'large.mp4': 'failed: AccessDenied' });
    assert.equal(emulator.openMultiparts.length, 1);
    assert.equal(counts(emulator, 'AbortMultipartUpload'), 1);
    assert.deepEqual(run.report.warnings, [
      'An unfinished upload of large.mp4 could not be aborted (AccessDenied).',
    ]);
  });

  it('a failure stops the parts that are under way', async (t) => {
    const { emulator, ends } = await tell(t, {
      lay: largeFile,
      faults: [
        part(1, { kind: 'throttle', bytesPerSecond: 1_000_000 }),
        part(3, { kind: 'throttle', bytesPerSecond: 1_000_000 }),
        failingPart,
      ],
    });
    assert.deepEqual(ends, { ...ALL_UPLOADED, 'large.mp4': 'failed: AccessDenied' });
    const others = emulator.requestsOf('cos', 'UploadPart').filter(({ query }) => query.partNumber !== '2');
    assert.ok(others.every(({ status }) => status === 0));
  });
});
