import type { Timeouts } from '../../src/connect.js';
import { Ledger } from '../../src/ledger.js';
import type { RunContext } from '../../src/lifecycle.js';
import type { Log } from '../../src/report/log.js';
import { type Outputs, outputsOf } from '../../src/report/outputs.js';
import type { RunReport } from '../../src/results.js';
import { publish } from '../../src/run.js';
import type { Emulator } from '../emulator/emulator.js';
import { fastTimers } from '../unit/fast-timers.js';

/** Waits so long that a loaded machine is never taken for a dead line, and repeats without delay. */
export const PATIENT: Timeouts = { stallMs: 15_000, answerMs: 15_000, retryTimers: fastTimers(10) };
/** For lines that do go dead. */
export const IMPATIENT: Timeouts = { stallMs: 1000, answerMs: 1000, retryTimers: fastTimers(10) };

/** What a run in this process is given. */
export interface FlowOptions {
  workspace: string;
  emulator: Emulator;
  inputs: Readonly<Record<string, string>>;
  timeouts?: Timeouts;
  signal?: AbortSignal;
  /** Logs in by the workflow's OIDC token instead of the account's key. */
  keyless?: boolean;
  /** Called with each line of the log. */
  onLine?(line: string): void;
  /** Called with each secret that is kept out of the log. */
  mask?(secret: string): void;
}

/** What became of a run. */
export interface FlowRun {
  report: RunReport;
  outputs: Outputs;
  /** Lines of the log. */
  log: string[];
}

/** Carries out the job in this process, against the emulator's direct endpoints. */
export async function runInProcess(options: FlowOptions): Promise<FlowRun> {
  const { workspace, emulator, inputs, timeouts = PATIENT, onLine, mask = () => undefined } = options;
  const login = options.keyless ? keylessLogin(emulator) : keyLogin(emulator);
  const values: Readonly<Record<string, string>> = {
    ...login.inputs,
    'vod-endpoint': emulator.vodUrl,
    'sts-endpoint': emulator.stsUrl,
    'cos-endpoint': emulator.cosUrl,
    ...inputs,
  };
  const lines: string[] = [];
  const ledger = new Ledger(Date.now());
  const { signal = new AbortController().signal } = options;
  const onStop = (): void => {
    ledger.cancelled = true;
  };
  if (signal.aborted) onStop();
  signal.addEventListener('abort', onStop, { once: true });
  const context: RunContext = {
    source: {
      get: (name) => values[name] ?? '',
      env: { GITHUB_WORKSPACE: workspace, RUNNER_TEMP: workspace, ...login.env },
      now: Date.now(),
    },
    log: logTo(lines, onLine),
    mask,
    signal,
    now: Date.now,
    checkReport: () => undefined,
  };
  await publish(ledger, context, timeouts);
  const report = ledger.report(Date.now());
  return { report, outputs: outputsOf(report, '').outputs, log: lines };
}

/** Inputs and variables of a login. */
interface Login {
  inputs: Record<string, string>;
  env: Record<string, string>;
}

function keyLogin({ settings: { secretId, secretKey } }: Emulator): Login {
  return { inputs: { 'secret-id': secretId, 'secret-key': secretKey }, env: {} };
}

function keylessLogin({ settings, oidcRequestUrl, oidcRequestToken }: Emulator): Login {
  const { roleArn, providerId } = settings.oidc;
  return {
    inputs: { 'role-arn': roleArn, 'oidc-provider-id': providerId },
    env: {
      ACTIONS_ID_TOKEN_REQUEST_URL: oidcRequestUrl,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: oidcRequestToken,
    },
  };
}

function logTo(lines: string[], onLine: (line: string) => void = () => undefined): Log {
  const add = (message: string | readonly string[]): void => {
    const added = typeof message === 'string' ? [message] : message;
    lines.push(...added);
    for (const line of added) onLine(line);
  };
  return {
    group: (title, more) => add([title, ...more]),
    info: add,
    debug: () => undefined,
    notice: add,
    warning: add,
    error: add,
    isDebug: false,
  };
}
