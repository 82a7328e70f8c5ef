import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import fsPromises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { RequestBudget } from '../../src/storage/request-budget.js';
import type { Clock } from '../emulator/clock.js';
import { deferred } from '../emulator/deferred.js';
import { type Effect, userNetworkTooSlow } from '../emulator/faults.js';
import type { LoggedRequest } from '../emulator/request-log.js';
import { films, largeFile, packageAndFile, showWithCover, threeFiles } from './fixture.js';
import {
  ACCESS_DENIED,
  ALL_UPLOADED,
  counts,
  HANGS,
  hasLength,
  mediaNameOf,
  type Story,
  tell,
  when,
} from './story.js';

const MIB = 1024 * 1024;

describe('a file that is written again while it is sent', () => {
  it('is not published half old and half new, even in one request', async (t) => {
    // More than the system holds for a connection, and little enough for one request.
    const fixture = films({ 'film.mp4': 15 * MIB });
    const { emulator, ends } = await tell(t, {
      lay: () => fixture,
      faults: [
        when('PutObject', () => writeFileSync(join(fixture.workspace, 'film.mp4'), randomBytes(15 * MIB))),
      ],
    });
    assert.deepEqual(ends, { 'film.mp4': 'failed: FileChanged' });
    assert.equal(counts(emulator, 'PutObject'), 1);
    assert.equal(counts(emulator, 'CommitUpload'), 0);
  });
});

describe('the bytes of a failed try', () => {
  it('are not among those that a medium has sent', HANGS, async (t) => {
    const { run, emulator, ends } = await tell(t, {
      lay: packageAndFile,
      inputs: { concurrency: '1' },
      faults: [
        { action: 'PutObject', match: hasLength(300_000), times: 'always', effect: { kind: 'wrong-crc' } },
      ],
    });
    assert.deepEqual(ends, { 'film.mp4': 'uploaded', 'show/show.m3u8': 'failed: ChecksumMismatch' });
    assert.equal(run.report.media[1]?.result.bytes, 400_000, 'those of the segment that was stored');
    assert.equal(run.report.media[1]?.result.objects, 1);
    assert.equal(
      counts(emulator, 'PutObject'),
      6,
      'two files, and as many tries of the third as max-attempts says',
    );
  });
});

describe('with fail-fast', () => {
  it('a commit that is under way when another medium fails brings its FileId', HANGS, async (t) => {
    const [committing, failed] = [deferred(), deferred()];
    const { ends } = await tell(t, {
      lay: () => films({ 'large.mp4': 3000, 'small.mp4': 1000 }),
      inputs: { 'fail-fast': 'true' },
      onLine: (line) => {
        if (line.startsWith('✗ small.mp4')) failed.resolve();
      },
      faults: [
        when('CommitUpload', committing.resolve),
        { action: 'CommitUpload', effect: { kind: 'wait', until: failed.promise } },
        {
          action: 'ApplyUpload',
          match: (request) => mediaNameOf(request) === 'small',
          effect: { kind: 'wait', until: committing.promise },
        },
        { action: 'PutObject', match: hasLength(1000), effect: ACCESS_DENIED },
      ],
    });
    assert.deepEqual(ends, { 'large.mp4': 'uploaded', 'small.mp4': 'failed: AccessDenied' });
  });
});

describe('a machine whose clock is hours off', () => {
  for (const hours of [3, -3]) {
    const where = hours > 0 ? 'behind' : 'ahead';
    it(`learns the time once, at the login, for all services (${Math.abs(hours)} h ${where})`, async (t) => {
      const { emulator, ends } = await tell(t, {
        lay: largeFile,
        keyless: true,
        options: { skewMs: hours * 3_600_000 },
        inputs: { 'max-attempts': '1' },
      });
      assert.deepEqual(ends, ALL_UPLOADED);
      const refused = emulator.requests.filter(({ code }) => code !== '').map(({ service }) => service);
      assert.deepEqual(refused, ['sts']);
    });
  }
});

describe('secrets', () => {
  /** The secrets that stand in a request. */
  const secretsIn = ({ headers, body }: LoggedRequest): string[] => {
    const { WebIdentityToken: jwt } = (body ?? {}) as { WebIdentityToken?: string };
    const authorization = headers.authorization ?? '';
    const [, bearer] = /^Bearer (.+)$/.exec(authorization) ?? [];
    const [, keyId] = /(?:Credential=|q-ak=)([^/&]+)/.exec(authorization) ?? [];
    const found = [jwt, bearer, keyId, headers['x-tc-token'], headers['x-cos-security-token']];
    return found.filter((one) => typeof one === 'string');
  };

  for (const keyless of [false, true]) {
    it(`are masked before their first use (${keyless ? 'OIDC' : 'API key'})`, async (t) => {
      const masked = new Set<string>();
      const [used, unmasked] = [new Set<string>(), new Set<string>()];
      const { emulator } = await tell(t, {
        lay: largeFile,
        keyless,
        mask: (secret) => masked.add(secret),
        faults: [
          {
            match: (request) => {
              for (const secret of secretsIn(request)) {
                used.add(secret);
                if (!masked.has(secret)) unmasked.add(secret);
              }
              return false;
            },
            effect: ACCESS_DENIED,
          },
        ],
      });
      assert.deepEqual([...unmasked], []);
      // Of each medium an id and a token; of the login the same, with the runner's token and the job's before.
      assert.equal(used.size, 4 + (keyless ? 4 : 1));
      for (const { certificate } of emulator.sessions) assert.ok(masked.has(certificate.secretKey));
    });
  }
});

describe('the figures of a run', () => {
  it('are those that the services see', async (t) => {
    const { run, emulator } = await tell(t, {
      lay: threeFiles,
      inputs: { concurrency: '1' },
      faults: [{ action: 'PutObject', effect: { kind: 'wrong-crc' } }],
    });
    assert.deepEqual(run.report.statistics, {
      storageRequests: 4,
      apiRequests: 6,
      retries: 1,
      bytesSent: emulator.requests.reduce((sum, { bytes }) => sum + bytes, 0),
      peakConcurrency: 1,
    });
  });
});

describe('upload credentials that run out while the storage service is out of order', () => {
  /**
   * A service that fails from the third object on, until the log has said so and the credentials have expired.
   *
   * @param again whether it fails once more, when the medium has begun anew
   */
  const outage = (again: boolean): Partial<Story> => {
    let clock: Clock | undefined;
    let isDown = true;
    return {
      options: { certificateSeconds: 60 },
      onStart: (emulator) => {
        clock = emulator.clock;
      },
      onLine: (line) => {
        if (!line.includes(' is out of order')) return;
        isDown = false;
        if (clock) clock.skewMs += 120_000;
      },
      faults: [
        { ...when('ApplyUpload', () => (isDown = again)), after: 1 },
        {
          action: 'PutObject',
          times: 'always',
          after: 2,
          effect: () => (isDown ? { kind: 'html', status: 502 } : undefined),
        },
      ],
    };
  };

  it('begin the medium anew, once, and it is published once', HANGS, async (t) => {
    const { run, emulator, ends } = await tell(t, {
      lay: showWithCover,
      inputs: { concurrency: '1' },
      ...outage(false),
    });
    assert.deepEqual(ends, { 'show/show.m3u8': 'uploaded' });
    assert.deepEqual([counts(emulator, 'ApplyUpload'), counts(emulator, 'CommitUpload')], [2, 1]);
    assert.equal(emulator.media[0]?.mediaKey, emulator.sessions[1]?.mediaKey);
    assert.ok(run.log.some((line) => line.startsWith('↻ show/show.m3u8 begins anew: ')));
  });

  it('fail the medium when that happens a second time', HANGS, async (t) => {
    const { run, emulator, ends } = await tell(t, {
      lay: showWithCover,
      inputs: { concurrency: '1' },
      ...outage(true),
    });
    assert.deepEqual(ends, { 'show/show.m3u8': 'failed: ExpiredToken' });
    assert.deepEqual([counts(emulator, 'ApplyUpload'), counts(emulator, 'CommitUpload')], [2, 0]);
    const { error, objects, bytes } = run.report.media[0]?.result ?? {};
    assert.deepEqual([error?.stage, objects, bytes], ['upload', 0, 0], 'what was sent before is in vain');
  });

  it('are the only failure after which a medium is begun anew', HANGS, async (t) => {
    const { faults = [], ...story } = outage(false);
    const { emulator, ends } = await tell(t, {
      lay: showWithCover,
      inputs: { concurrency: '1' },
      ...story,
      options: {},
      faults: [...faults, { action: 'PutObject', times: 'always', after: 2, effect: ACCESS_DENIED }],
    });
    assert.deepEqual(ends, { 'show/show.m3u8': 'failed: AccessDenied' });
    assert.equal(counts(emulator, 'ApplyUpload'), 1);
  });
});

describe('a file that does not go through whole', () => {
  const failures: [why: string, effect: Effect, impatient: boolean][] = [
    ['something on the way takes no large bodies', { kind: 'html', status: 413, early: true }, false],
    ['the network is too slow for it', userNetworkTooSlow, false],
    ['no answer comes to it', { kind: 'stall', afterBytes: 3 * MIB + 1 }, true],
  ];
  for (const [why, effect, impatient] of failures) {
    it(`goes by parts of 1 MiB where ${why}`, HANGS, async (t) => {
      const { emulator, ends, run } = await tell(t, {
        lay: () => films({ 'film.mp4': 3 * MIB + 1, 'small.mp4': MIB }),
        impatient,
        faults: [
          {
            service: 'cos',
            match: ({ headers }) => Number(headers['content-length']) > MIB,
            times: 'always',
            effect,
          },
        ],
      });
      assert.deepEqual(ends, { 'film.mp4': 'uploaded', 'small.mp4': 'uploaded' });
      assert.deepEqual([counts(emulator, 'PutObject'), counts(emulator, 'UploadPart')], [2, 4]);
      assert.ok(run.log.some((line) => line.includes('film.mp4 by parts')));
    });
  }
});

describe('a process that has no file handle left', () => {
  /** Lets files be opened as often in vain as the function says. */
  const failingToOpen = (test: TestContext, fails: (file: string) => boolean): void => {
    const { open } = fsPromises;
    test.mock.method(fsPromises, 'open', async (file: string, flags: string) => {
      if (fails(file)) throw Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' });
      return open(file, flags);
    });
    syncBuiltinESMExports();
    test.after(() => {
      test.mock.restoreAll();
      syncBuiltinESMExports();
    });
  };

  it('opens a file when another request has ended', HANGS, async (t) => {
    const tried = deferred();
    let sent = false;
    failingToOpen(t, (file) => {
      if (!file.endsWith('small.mp4') || sent) return false;
      tried.resolve();
      return true;
    });
    const { ends } = await tell(t, {
      lay: () => films({ 'large.mp4': 3000, 'small.mp4': 1000 }),
      faults: [
        { action: 'PutObject', match: hasLength(3000), effect: { kind: 'wait', until: tried.promise } },
        when('CommitUpload', () => {
          sent = true;
        }),
      ],
    });
    assert.deepEqual(ends, { 'large.mp4': 'uploaded', 'small.mp4': 'uploaded' });
  });

  it('fails a medium whose file can never be opened', HANGS, async (t) => {
    t.mock.method(RequestBudget.prototype, 'nextRelease', async () => undefined);
    failingToOpen(t, (file) => file.endsWith('small.mp4'));
    const { ends, run } = await tell(t, { lay: () => films({ 'large.mp4': 3000, 'small.mp4': 1000 }) });
    assert.deepEqual(ends, { 'large.mp4': 'uploaded', 'small.mp4': 'failed: FileUnreadable' });
    assert.match(run.report.media[1]?.result.error?.message ?? '', /^small\.mp4 can't be read: EMFILE/);
  });
});
