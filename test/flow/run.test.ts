import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { UserError } from '../../src/errors.js';
import { type Emulator, startEmulator } from '../emulator/emulator.js';
import { slowDown } from '../emulator/faults.js';
import { clips, type Fixture, films, largeFile, threeFiles } from './fixture.js';
import { runInProcess } from './in-process.js';
import { counts, HANGS, THREE_UPLOADED, tell, when } from './story.js';

/** Nothing of a medium is published. */
const NOTHING = new Map<string, Buffer>();

/** Three films and one that is empty, which the plan refuses. */
function withEmptyFilm(): Fixture {
  const fixture = threeFiles();
  writeFileSync(join(fixture.workspace, 'empty.mp4'), '');
  return { ...fixture, media: new Map([...fixture.media, ['empty.mp4', NOTHING]]) };
}

const EMPTY_REFUSED = { 'empty.mp4': 'failed: empty' };

/** Requests of all services. */
const asked = ({ requests }: Emulator): string[] => requests.map(({ action }) => action);

describe('a plan', () => {
  it('that is all that is wanted is made without the network', async (t) => {
    const { run, emulator, ends } = await tell(t, { lay: withEmptyFilm, inputs: { 'dry-run': 'true' } });
    const planned = Object.fromEntries(Object.keys(THREE_UPLOADED).map((path) => [path, 'planned']));
    assert.deepEqual(ends, { ...EMPTY_REFUSED, ...planned });
    assert.equal(run.report.dryRun, true);
    assert.deepEqual(
      run.report.media.map(({ result }) => result.bytes),
      [0, 3000, 2000, 1000],
    );
    assert.deepEqual(asked(emulator), []);
  });

  it('that refuses a medium publishes the others', async (t) => {
    const { run, ends } = await tell(t, { lay: withEmptyFilm });
    assert.deepEqual(ends, { ...EMPTY_REFUSED, ...THREE_UPLOADED });
    assert.equal(run.report.media[0]?.result.error?.stage, 'plan');
  });

  it('that refuses a medium publishes none with fail-fast', async (t) => {
    const { emulator, ends } = await tell(t, { lay: withEmptyFilm, inputs: { 'fail-fast': 'true' } });
    const skipped = Object.fromEntries(Object.keys(THREE_UPLOADED).map((path) => [path, 'skipped']));
    assert.deepEqual(ends, { ...EMPTY_REFUSED, ...skipped });
    assert.deepEqual(asked(emulator), []);
  });

  it('that refuses every medium needs no login', async (t) => {
    const { emulator } = await tell(t, {
      lay: () => ({ ...withEmptyFilm(), media: new Map([['empty.mp4', NOTHING]]) }),
      keyless: true,
      inputs: { files: 'empty.mp4' },
    });
    assert.deepEqual(asked(emulator), []);
  });

  it('warns of patterns that find nothing, and of covers that are missing', async (t) => {
    const { run } = await tell(t, {
      lay: () => films({ 'a.mp4': 10 }),
      inputs: {
        files: '*.mp4\n*.mov\nlost.mp4',
        cover: '{name}.jpg',
        'if-no-cover-found': 'warn',
      },
    });
    const [unmatched = '', uncovered = '', ...others] = run.report.warnings;
    assert.match(unmatched, /lost\.mp4/);
    assert.match(uncovered, /a\.jpg/);
    assert.deepEqual(others, []);
    assert.ok(
      run.log.some((line) => line.includes('*.mov')),
      'a pattern with a wildcard is a notice',
    );
  });

  it('without files is a warning where that is wanted', async (t) => {
    const { run, emulator } = await tell(t, {
      lay: () => ({ ...threeFiles(), media: new Map() }),
      inputs: { files: '*.mov', 'if-no-files-found': 'warn' },
    });
    assert.match(run.report.warnings.join(), /No files found/);
    assert.deepEqual(asked(emulator), []);
  });
});

describe('the inputs', () => {
  it('go to the service, in the region that they name, the login among it', async (t) => {
    const { run, emulator } = await tell(t, {
      lay: largeFile,
      keyless: true,
      inputs: { region: 'ap-singapore', 'sub-app-id': '1500000001', 'class-id': '7', procedure: 'Lesson' },
    });
    const regions = [...emulator.requestsOf('sts'), ...emulator.requestsOf('vod')];
    assert.deepEqual(
      new Set(regions.map(({ headers }) => headers['x-tc-region'])),
      new Set(['ap-singapore']),
    );
    for (const { request } of emulator.sessions) {
      const { SubAppId, ClassId, Procedure } = request;
      assert.deepEqual([SubAppId, ClassId, Procedure], [1_500_000_001, 7, 'Lesson']);
    }
    const { region, procedure, 'class-id': classId } = run.report.settings;
    assert.deepEqual([region, procedure, classId], ['ap-singapore', 'Lesson', '7'], 'and are shown');
  });
});

describe('a login', () => {
  /** Logs in without a key, against an emulator that does something about it. */
  async function loggingIn(test: TestContext, prepare: (emulator: Emulator) => void, signal?: AbortSignal) {
    const fixture = threeFiles();
    const emulator = await startEmulator();
    test.after(async () => {
      fixture.remove();
      await emulator.close();
    });
    prepare(emulator);
    const { workspace, inputs } = fixture;
    const run = runInProcess({ workspace, inputs, emulator, keyless: true, ...(signal ? { signal } : {}) });
    return { emulator, run };
  }

  it('that is refused ends the run with one error that says what to do', async (t) => {
    const { emulator, run } = await loggingIn(t, (services) =>
      services.fault({ service: 'sts', effect: { kind: 'error', code: 'UnauthorizedOperation' } }),
    );
    const error = await run.then(
      () => assert.fail('it was accepted'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof UserError);
    const [refusal] = emulator.requestsOf('sts');
    assert.match(error.message, /^The login failed: UnauthorizedOperation: /);
    assert.match(error.message, /^What to do: .*trust policy/m);
    assert.ok(error.message.endsWith(`RequestId: ${refusal?.requestId}`), error.message);
    assert.deepEqual(asked(emulator), ['GetIdToken', 'AssumeRoleWithWebIdentity']);
  });

  it('that the run is stopped in is no error', HANGS, async (t) => {
    const stop = new AbortController();
    const { emulator, run } = await loggingIn(
      t,
      (services) => {
        services.fault(when('AssumeRoleWithWebIdentity', () => stop.abort()));
        services.fault({ service: 'sts', effect: { kind: 'stall' } });
      },
      stop.signal,
    );
    const { report } = await run;
    assert.deepEqual(
      report.media.map(({ result }) => result.status),
      ['cancelled', 'cancelled', 'cancelled'],
    );
    assert.equal(counts(emulator, 'ApplyUpload'), 0);
  });
});

describe('a run that is stopped', () => {
  it('amid an upload sends nothing more', HANGS, async (t) => {
    const stop = new AbortController();
    const { ends, emulator } = await tell(t, {
      lay: largeFile,
      signal: stop.signal,
      inputs: { concurrency: '1' },
      faults: [when('UploadPart', () => stop.abort()), { action: 'UploadPart', effect: { kind: 'stall' } }],
    });
    assert.deepEqual(ends, { 'large.mp4': 'cancelled', 'small.mp4': 'cancelled' });
    assert.equal(counts(emulator, 'UploadPart'), 1);
    assert.equal(counts(emulator, 'AbortMultipartUpload'), 1);
  });
});

describe('the log', () => {
  it('says how far the run is every ten seconds', HANGS, async (t) => {
    t.mock.timers.enable({ apis: ['setInterval', 'Date'], now: Date.now() });
    const passing = [9000, 2000];
    const { run } = await tell(t, {
      lay: () => films({ 'first.mp4': 3000, 'last.mp4': 1000 }),
      inputs: { concurrency: '1' },
      faults: [when('PutObject', () => t.mock.timers.tick(passing.shift() ?? 0))],
    });
    const lines = run.log.filter((line) => /^\d+ ?% · /.test(line));
    assert.equal(lines.length, 1, run.log.join('\n'));
    assert.match(lines[0] ?? '', / of 4\.0 kB · .* of 2 media done$/);
  });

  it('counts the repeats that it did not show one by one', async (t) => {
    const { run } = await tell(t, {
      lay: () => films(clips(8)),
      inputs: { concurrency: '1' },
      faults: [{ action: 'PutObject', times: 7, after: 1, effect: { ...slowDown } }],
    });
    assert.equal(run.report.statistics.retries, 7);
    assert.equal(run.log.at(-1), '↻ 2 further repeats because of SlowDown');
  });
});
