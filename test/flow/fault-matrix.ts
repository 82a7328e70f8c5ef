import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Emulator, startEmulator } from '../emulator/emulator.js';
import type { LoggedRequest } from '../emulator/request-log.js';
import type { UploadSession } from '../emulator/upload-session.js';
import { type Action, FAULTS, type Fault, type Verdict, verdictFor } from './fault-table.js';
import type { Fixture } from './fixture.js';
import { IMPATIENT, PATIENT, runInProcess } from './in-process.js';
import { assertSound } from './soundness.js';

/** Where a fault strikes: one request of its kind, and the medium that it belongs to. */
export interface Target {
  where: string;
  /** The medium's file or manifest, relative to the workspace. */
  path: string;
  matches(request: LoggedRequest, emulator: Emulator): boolean;
}

const STAGES: Readonly<Record<Action, string>> = {
  ApplyUpload: 'apply',
  CommitUpload: 'commit',
  PutObject: 'upload',
  InitiateMultipartUpload: 'upload',
  UploadPart: 'upload',
  CompleteMultipartUpload: 'upload',
};

/** Runs side by side: most of them wait for their timeouts to end. */
const SIDE_BY_SIDE = 4;

/** The upload sessions of a medium: more than one when an answer to ApplyUpload was lost. */
export function sessionsOf(emulator: Emulator, path: string): UploadSession[] {
  const name = path.replace(/^.*\//, '').replace(/\.[^.]*$/, '');
  return emulator.sessions.filter(({ request }) => request.MediaName === name);
}

/**
 * Lets every fault of the table happen to one kind of request: once at each of the targets, and always at the
 * first of them. After each run the report must be true, the medium must have met its verdict, and all others
 * must be published.
 */
export function testFaultsOf(action: Action, lay: () => Fixture, targets: readonly Target[]): void {
  describe(`${action} meets`, { concurrency: SIDE_BY_SIDE }, () => {
    let fixture: Fixture;
    before(() => {
      fixture = lay();
    });
    after(() => fixture.remove());

    const check = async ({ effect }: Fault, target: Target, times: 1 | 'always', verdict: Verdict) => {
      const emulator = await startEmulator({ keepBodies: true, digests: false });
      try {
        emulator.fault({
          action,
          times,
          match: (request) => target.matches(request, emulator),
          effect,
        });
        const run = await runInProcess({
          workspace: fixture.workspace,
          emulator,
          inputs: {
            ...fixture.inputs,
            'max-attempts': times === 1 ? '3' : '2',
            ...(times === 1 ? {} : { 'outage-timeout': 'PT5S' }),
          },
          timeouts: effect.kind === 'stall' ? IMPATIENT : PATIENT,
        });
        assert.ok(
          emulator.requests.some(({ fault }) => fault !== ''),
          'the fault happened',
        );
        assertSound(run, fixture, emulator, verdict === 'uncertain' ? { uncertain: target.path } : {});
        for (const { result } of run.report.media) {
          const { path, status, error } = result;
          if (path !== target.path || verdict === 'published') {
            assert.equal(status, 'uploaded', `${path}: ${error?.code}: ${error?.message}`);
          } else {
            assert.deepEqual([status, error?.stage], ['failed', STAGES[action]], path);
            assert.match(error?.code ?? '', verdict === 'uncertain' ? /^CommitUncertain$/ : verdict.code);
          }
        }
      } finally {
        await emulator.close();
      }
    };

    for (const fault of FAULTS.filter(({ actions }) => actions.includes(action))) {
      for (const target of targets)
        it(`${fault.name}, once, at ${target.where}`, () =>
          check(fault, target, 1, verdictFor(fault.once, action)));
      const { always } = fault;
      const [target] = targets;
      if (always !== undefined && target !== undefined)
        it(`${fault.name}, always, at ${target.where}`, () =>
          check(fault, target, 'always', verdictFor(always, action)));
    }
  });
}
