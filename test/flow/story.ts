import type { TestContext } from 'node:test';
import { type Emulator, type EmulatorOptions, startEmulator } from '../emulator/emulator.js';
import type { Effect, FaultRule } from '../emulator/faults.js';
import type { OutageRule } from '../emulator/outage.js';
import type { LoggedRequest } from '../emulator/request-log.js';
import type { Fixture } from './fixture.js';
import { type FlowOptions, type FlowRun, IMPATIENT, runInProcess } from './in-process.js';
import { assertSound, type Excuses } from './soundness.js';

export interface Story extends Pick<FlowOptions, 'keyless' | 'onLine' | 'mask' | 'signal'> {
  lay: () => Fixture;
  options?: EmulatorOptions;
  faults?: readonly FaultRule[];
  outages?: readonly OutageRule[];
  inputs?: Readonly<Record<string, string>>;
  impatient?: boolean;
  excuses?: Excuses;
  /** Called with the services before the run begins. */
  onStart?(emulator: Emulator): void;
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
    onStart,
    ...others
  } = story;
  const fixture = lay();
  const emulator = await startEmulator({ keepBodies: true, digests: false, ...options });
  test.after(async () => {
    fixture.remove();
    await emulator.close();
  });
  onStart?.(emulator);
  for (const fault of faults) emulator.fault(fault);
  for (const outage of outages) await emulator.outage(outage);
  const run = await runInProcess({
    workspace: fixture.workspace,
    emulator,
    inputs: { ...fixture.inputs, 'max-attempts': '4', ...inputs },
    ...(impatient ? { timeouts: IMPATIENT } : {}),
    ...others,
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

/** The service refuses for good. */
export const ACCESS_DENIED: Effect = { kind: 'error', code: 'AccessDenied' };

/** For stories in which a run that is broken waits for what never comes: it is given up after so many milliseconds. */
export const HANGS = { timeout: 30_000 };

/** Requests of an action. */
export function counts(emulator: Emulator, action: string): number {
  return emulator.requests.filter((request) => request.action === action).length;
}

/** The name that a medium was applied for with, of a request that is ApplyUpload. */
export function mediaNameOf({ body }: LoggedRequest): string | undefined {
  return (body as { MediaName?: string } | undefined)?.MediaName;
}

/** Lets something happen whenever a request of an action arrives, and changes nothing about the request. */
export function when(action: string, happen: () => void): FaultRule {
  return {
    action,
    effect: () => {
      happen();
      return undefined;
    },
  };
}

/** Whether a request announces a body of so many bytes. */
export const hasLength =
  (bytes: number) =>
  ({ headers }: LoggedRequest): boolean =>
    headers['content-length'] === String(bytes);
