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
  const { workspace, emulator, inputs, timeouts = PATIENT } = options;
  const { settings, vodUrl, cosUrl } = emulator;
  const values: Readonly<Record<string, string>> = {
    'secret-id': settings.secretId,
    'secret-key': settings.secretKey,
    'vod-endpoint': vodUrl,
    'cos-endpoint': cosUrl,
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
      env: { GITHUB_WORKSPACE: workspace, RUNNER_TEMP: workspace },
      now: Date.now(),
    },
    log: logTo(lines),
    mask: () => undefined,
    signal,
    now: Date.now,
    checkReport: () => undefined,
  };
  await publish(ledger, context, timeouts);
  const report = ledger.report(Date.now());
  return { report, outputs: outputsOf(report, '').outputs, log: lines };
}

function logTo(lines: string[]): Log {
  const add = (message: string | readonly string[]): void => {
    lines.push(...(typeof message === 'string' ? [message] : message));
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
