import type { TestContext } from 'node:test';
import { type Emulator, type EmulatorOptions, startEmulator } from '../emulator/emulator.js';
import type { Effect, FaultRule } from '../emulator/faults.js';
import type { OutageRule } from '../emulator/outage.js';
import type { Fixture } from './fixture.js';
import { type FlowRun, IMPATIENT, runInProcess } from './in-process.js';
import { assertSound, type Excuses } from './soundness.js';

export interface Story {
  lay: () => Fixture;
  options?: EmulatorOptions;
  faults?: readonly FaultRule[];
  outages?: readonly OutageRule[];
  inputs?: Readonly<Record<string, string>>;
  impatient?: boolean;
  excuses?: Excuses;
}

export interface Told {
  run: FlowRun;
  emulator: Emulator;
  /** Statuses by path, with the error code of those that failed. */
  ends: Record<string, string>;
}

/** Lets a story happen and checks what must be true after each. */
export async function tell(test: TestContext, story: Story): Promise<Told> {
  const {
    lay,
    options = {},
    faults = [],
    outages = [],
    inputs = {},
    impatient = false,
    excuses = {},
  } = story;
  const fixture = lay();
  const emulator = await startEmulator({ keepBodies: true, digests: false, ...options });
  test.after(async () => {
    fixture.remove();
    await emulator.close();
  });
  for (const fault of faults) emulator.fault(fault);
  for (const outage of outages) await emulator.outage(outage);
  const run = await runInProcess({
    workspace: fixture.workspace,
    emulator,
    inputs: { ...fixture.inputs, 'max-attempts': '4', ...inputs },
    ...(impatient ? { timeouts: IMPATIENT } : {}),
  });
  assertSound(run, fixture, emulator, excuses);
  const ends = run.report.media.map(({ result: { path, status, error } }) => [
    path,
    error === undefined ? status : `${status}: ${error.code}`,
  ]);
  return { run, emulator, ends: Object.fromEntries(ends) };
}

/** The ends of the large and the small file when all is well. */
export const ALL_UPLOADED = { 'large.mp4': 'uploaded', 'small.mp4': 'uploaded' };
export const THREE_UPLOADED = { 'first.mp4': 'uploaded', 'last.mp4': 'uploaded', 'middle.mp4': 'uploaded' };

/** A fault of one part of the large file. */
export function part(number: number, effect: Effect, times: number | 'always' = 1): FaultRule {
  return {
    service: 'cos',
    action: 'UploadPart',
    match: ({ query }) => query.partNumber === String(number),
    times,
    effect,
  };
}

/** Requests of an action. */
export function counts(emulator: Emulator, action: string): number {
  return emulator.requests.filter((request) => request.action === action).length;
}
