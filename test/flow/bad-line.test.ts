import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { slowDown, userNetworkTooSlow } from '../emulator/faults.js';
import { fortyFiles, largeFile, packageAndFile, threeFiles } from './fixture.js';
import { ALL_UPLOADED, counts, part, THREE_UPLOADED, tell } from './story.js';

describe('parts on a bad line', () => {
  it('two UserNetworkTooSlow in a row cost two repeats of that part alone', async (t) => {
    const { emulator, ends } = await tell(t, { lay: largeFile, faults: [part(2, userNetworkTooSlow, 2)] });
    assert.deepEqual(ends, ALL_UPLOADED);
    assert.equal(counts(emulator, 'UploadPart'), 5);
    assert.equal(counts(emulator, 'InitiateMultipartUpload'), 1);
  });

  it('a part that goes into a black hole is sent again on another connection', async (t) => {
    const { emulator, ends } = await tell(t, {
      lay: largeFile,
      faults: [part(2, { kind: 'stall', afterBytes: 300_000 })],
      impatient: true,
    });
    assert.deepEqual(ends, ALL_UPLOADED);
    const tries = emulator.requestsOf('cos', 'UploadPart').filter(({ query }) => query.partNumber === '2');
    assert.ok(tries.length >= 2);
    assert.notEqual(tries[0]?.connection, tries[1]?.connection);
  });

  it('a reset amid a part costs that part alone, from its beginning', async (t) => {
    const { emulator, ends } = await tell(t, {
      lay: largeFile,
      faults: [part(3, { kind: 'reset-amid', afterBytes: 2_000_000 })],
    });
    assert.deepEqual(ends, ALL_UPLOADED);
    const sizes = emulator
      .requestsOf('cos', 'UploadPart')
      .filter(({ query, status }) => query.partNumber === '3' && status === 200)
      .map(({ bytes }) => bytes);
    assert.deepEqual(sizes, [5 * 1024 * 1024]);
    assert.equal(counts(emulator, 'UploadPart'), 4);
  });

  it('files are cut into smaller parts once the line has shown trouble', async (t) => {
    const { emulator, ends } = await tell(t, {
      lay: largeFile,
      inputs: { 'part-size': '' },
      faults: [{ service: 'cos', action: 'InitiateMultipartUpload', effect: slowDown, times: 1 }],
    });
    assert.deepEqual(ends, ALL_UPLOADED);
    assert.equal(counts(emulator, 'UploadPart'), 17);
  });

  it('files are cut as before after any other failure', async (t) => {
    const { emulator, ends } = await tell(t, {
      lay: largeFile,
      inputs: { 'part-size': '' },
      faults: [{ action: 'InitiateMultipartUpload', effect: { kind: 'error', code: 'InternalError' } }],
    });
    assert.deepEqual(ends, ALL_UPLOADED);
    assert.equal(counts(emulator, 'UploadPart'), 5);
  });

  it('early answers before the body is read never leave a connection hanging', async (t) => {
    for (const [code, status] of [
      ['ServiceUnavailable', 503],
      ['AccessDenied', 403],
    ] as const) {
      const { ends } = await tell(t, {
        lay: largeFile,
        inputs: { concurrency: '2' },
        faults: [1, 2, 3].map((number) => part(number, { kind: 'early-answer', code, status })),
        impatient: true,
      });
      assert.deepEqual(
        ends,
        status === 503 ? ALL_UPLOADED : { ...ALL_UPLOADED, 'large.mp4': `failed: ${code}` },
      );
    }
  });
});

describe('small files on a bad line', () => {
  it('503 on the first three tries is waited out by the fourth', async (t) => {
    const { emulator, ends } = await tell(t, {
      lay: threeFiles,
      faults: [
        {
          service: 'cos',
          action: 'PutObject',
          match: ({ headers }) => headers['content-length'] === '2000',
          times: 3,
          effect: slowDown,
        },
      ],
    });
    assert.deepEqual(ends, THREE_UPLOADED);
    assert.equal(counts(emulator, 'PutObject'), 6);
    assert.equal(counts(emulator, 'ApplyUpload'), 3, 'no new upload is applied for');
  });

  it('a service that asks for timeouts by Retry-After gets it', async (t) => {
    const { emulator, ends } = await tell(t, {
      lay: threeFiles,
      faults: [
        { service: 'cos', action: 'PutObject', effect: { ...slowDown, headers: { 'Retry-After': '1' } } },
      ],
    });
    assert.deepEqual(ends, THREE_UPLOADED);
    const [refused] = emulator.requestsOf('cos').filter(({ code }) => code === 'SlowDown');
    const repeat = emulator
      .requestsOf('cos')
      .find(({ path, id }) => path === refused?.path && id > refused.id);
    // Pauses are ten times as short in these tests.
    assert.ok((repeat?.startedAt ?? 0) - (refused?.endedAt ?? 0) >= 95, 'the time has passed');
  });

  it('a service that is down is asked by few requests, and given up after outage-timeout', async (t) => {
    const { run, emulator } = await tell(t, {
      lay: fortyFiles,
      inputs: { 'max-attempts': '8', concurrency: '8', 'outage-timeout': 'PT20S' },
      faults: [{ service: 'cos', times: 'always', effect: { kind: 'html', status: 502 } }],
    });
    assert.ok(run.report.media.every(({ result }) => result.error?.code === 'HTTP502'));
    const requests = emulator.requestsOf('cos').length;
    assert.ok(requests < 40, `${requests} requests, and 8 tries of each would be ${40 * 8}`);
  });
});

describe('an outage that meets all connections', () => {
  it('is waited out, whatever number of requests it meets', async (t) => {
    const { ends, emulator } = await tell(t, {
      lay: fortyFiles,
      inputs: { 'max-attempts': '2' },
      faults: [{ service: 'cos', action: 'PutObject', forMs: 500, effect: { kind: 'reset-before' } }],
    });
    assert.deepEqual(new Set(Object.values(ends)), new Set(['uploaded']));
    assert.equal(counts(emulator, 'ApplyUpload'), 40);
  });
});

describe('damaged bytes', () => {
  it('a wrong CRC is repeated once and then right', async (t) => {
    const { emulator, ends } = await tell(t, {
      lay: packageAndFile,
      faults: [{ service: 'cos', action: 'PutObject', effect: { kind: 'wrong-crc' } }],
    });
    assert.deepEqual(ends, { 'film.mp4': 'uploaded', 'show/show.m3u8': 'uploaded' });
    assert.equal(counts(emulator, 'PutObject'), 8);
  });

  it('a CRC that stays wrong fails the medium, which is not committed', async (t) => {
    const { emulator, ends } = await tell(t, {
      lay: packageAndFile,
      faults: [
        {
          service: 'cos',
          action: 'PutObject',
          match: ({ path }) => path.endsWith('/second.ts'),
          times: 'always',
          effect: { kind: 'wrong-crc' },
        },
      ],
    });
    assert.deepEqual(ends, { 'film.mp4': 'uploaded', 'show/show.m3u8': 'failed: ChecksumMismatch' });
    assert.equal(counts(emulator, 'CommitUpload'), 1);
  });
});

describe('something between runner and service', () => {
  it('pages of status 502 on every kind of request are got over', async (t) => {
    const { emulator, ends } = await tell(t, {
      lay: largeFile,
      faults: [
        'ApplyUpload',
        'CommitUpload',
        'PutObject',
        'InitiateMultipartUpload',
        'UploadPart',
        'CompleteMultipartUpload',
      ].map((action) => ({ action, effect: { kind: 'html', status: 502 } })),
    });
    assert.deepEqual(ends, ALL_UPLOADED);
    assert.equal(emulator.requests.filter(({ code }) => code === 'HTTP 502').length, 6);
  });
});
