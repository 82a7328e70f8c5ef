import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deferred } from '../emulator/deferred.js';
import type { Emulator } from '../emulator/emulator.js';
import { fortyFiles, largeFile, packageAndFile, threeFiles } from './fixture.js';
import { ALL_UPLOADED, counts, HANGS, hasLength, mediaNameOf, THREE_UPLOADED, tell, when } from './story.js';

describe('time', () => {
  // With three hours the machine takes all upload credentials for expired until it knows better.
  for (const hours of [1, -1, -3]) {
    it(`a clock that is ${Math.abs(hours)} h ${hours > 0 ? 'behind' : 'ahead of'} the services' is corrected`, async (t) => {
      const { emulator, ends } = await tell(t, {
        lay: largeFile,
        options: { skewMs: hours * 3_600_000 },
        inputs: { 'max-attempts': '1' },
      });
      assert.deepEqual(ends, ALL_UPLOADED);
      const refused = emulator.requests.filter(({ code }) => code !== '').map(({ service }) => service);
      assert.deepEqual([...new Set(refused)], ['vod'], 'what one service taught is known to the next');
      assert.ok(refused.length <= 2, `${refused.length} refusals`);
    });
  }

  for (const hours of [1, 10]) {
    it(`a clock that is ${hours} h behind and set right in mid-run is corrected twice`, async (t) => {
      const real = Date.now.bind(Date);
      let behind = hours * 3_600_000;
      t.mock.method(Date, 'now', () => real() - behind);
      let sent = 0;
      let lastBefore = 0;
      const { emulator, ends } = await tell(t, {
        lay: fortyFiles,
        options: { now: real },
        inputs: { 'max-attempts': '1', concurrency: '4' },
        faults: [
          {
            service: 'cos',
            match: ({ id }) => {
              if (++sent === 10) {
                behind = 0;
                lastBefore = id;
              }
              return false;
            },
            effect: { kind: 'reset-before' },
          },
        ],
      });
      assert.deepEqual(new Set(Object.values(ends)), new Set(['uploaded']));
      const refused = emulator.requests.filter(({ code }) => code !== '');
      assert.equal(refused[0]?.service, 'vod', 'at the start');
      assert.ok(
        refused.some(({ id }) => id > lastBefore),
        'and when the clock was set',
      );
    });
  }

  it('an expire-time that is a duration counts from the time of the service', async (t) => {
    const hours = 2;
    const { emulator, ends } = await tell(t, {
      lay: largeFile,
      options: { skewMs: hours * 3_600_000 },
      inputs: { 'expire-time': 'PT1H' },
    });
    assert.deepEqual(ends, ALL_UPLOADED);
    for (const { body, startedAt } of emulator
      .requestsOf('vod', 'ApplyUpload')
      .filter(({ code }) => code === '')) {
      const left = Date.parse((body as { ExpireTime: string }).ExpireTime) - (startedAt + hours * 3_600_000);
      assert.ok(Math.abs(left - 3_600_000) < 60_000, `${left} ms from the service's time`);
    }
  });

  it('upload credentials that have expired fail the medium, which says so', async (t) => {
    const { run, emulator, ends } = await tell(t, { lay: largeFile, options: { certificateSeconds: 0 } });
    assert.deepEqual(ends, { 'large.mp4': 'failed: ExpiredToken', 'small.mp4': 'failed: ExpiredToken' });
    assert.equal(emulator.requestsOf('cos').length, 0, 'no byte is sent in vain');
    assert.match(run.report.media[0]?.result.error?.message ?? '', /upload credentials .* expired/);
  });

  it(
    'upload credentials that will not last fail the medium early, by its speed since it has them',
    HANGS,
    async (t) => {
      const film = deferred();
      let emulator: Emulator | undefined;
      const { run, ends } = await tell(t, {
        lay: () => packageAndFile(5_000_000),
        options: { certificateSeconds: 200 },
        inputs: { concurrency: '1' },
        onStart: (started) => {
          emulator = started;
        },
        faults: [
          when('CommitUpload', film.resolve),
          {
            action: 'ApplyUpload',
            match: (request) => mediaNameOf(request) === 'show',
            effect: { kind: 'wait', until: film.promise },
          },
          {
            ...when('PutObject', () => {
              // Two minutes pass while the first segment is sent.
              if (emulator) emulator.clock.skewMs += 120_000;
            }),
            match: hasLength(400_000),
          },
        ],
      });
      assert.deepEqual(ends, { 'film.mp4': 'uploaded', 'show/show.m3u8': 'failed: CertificateTooShort' });
      assert.match(run.report.media[1]?.result.error?.message ?? '', /400000 of \d+ bytes sent/);
    },
  );

  it('upload credentials that the service calls expired are not tried again', async (t) => {
    const { emulator, ends } = await tell(t, {
      lay: threeFiles,
      faults: [
        {
          service: 'cos',
          match: ({ headers }) => headers['content-length'] === '1000',
          times: 'always',
          effect: { kind: 'error', code: 'ExpiredToken', status: 400 },
        },
      ],
    });
    assert.deepEqual(ends, { ...THREE_UPLOADED, 'middle.mp4': 'failed: ExpiredToken' });
    assert.equal(counts(emulator, 'PutObject'), 3);
  });
});
