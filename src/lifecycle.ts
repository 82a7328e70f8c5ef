import { setMaxListeners } from 'node:events';
import * as core from '@actions/core';
import { UserError } from './errors.js';
import type { InputSource } from './inputs/input-reader.js';
import { readReportSettings } from './inputs/inputs.js';
import { Ledger } from './ledger.js';
import { createActionsLog, type Log } from './report/log.js';
import { writeOutputs } from './report/outputs.js';
import { writeReport } from './report/write-report.js';

/** Milliseconds from a signal to the end of the process, whatever is still under way. */
const DEADLINE = 4500;

/** What a job is given from outside. */
export interface RunContext {
  source: InputSource;
  log: Log;
  /** Keeps a secret out of the log. */
  mask(secret: string): void;
  /** Fires when the run is to stop. */
  signal: AbortSignal;
  /** Milliseconds since the epoch by a clock that never jumps, for durations. */
  now(): number;
}

/** The work of an action. Whatever comes of it is entered in the ledger; errors that are thrown stop the run as a whole. */
export type Job = (ledger: Ledger, context: RunContext) => Promise<void>;

/**
 * Runs a job as the process of a step: from reading the inputs to the exit code. The step fails unless the job has
 * come to its end and its report says that it succeeded.
 */
export async function runAction(job: Job): Promise<void> {
  const now = (): number => performance.timeOrigin + performance.now();
  const source: InputSource = { get: (name) => core.getInput(name), env: process.env, now: Date.now() };
  const { resultsFile, summary } = readReportSettings(source);
  const log = createActionsLog(core);
  const ledger = new Ledger(now());
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  let concluded = false;

  /** Reports once, however the run came to its end. */
  const conclude = async (): Promise<void> => {
    if (concluded) return;
    concluded = true;
    process.exitCode = 1;
    const sinks = { log, outputs: core, resultsFile, ...(summary ? { summary: core.summary } : {}) };
    if (await writeReport(ledger.report(now()), sinks)) process.exitCode = 0;
  };
  /** Stops what is under way. The run then comes to its end by itself; if it can't, the deadline ends it. */
  const endSoon = (): void => {
    stop.abort();
    setTimeout(() => void conclude().finally(() => process.exit(1)), DEADLINE).unref();
  };

  // Until the job has said otherwise it failed: a promise that never settles would end the process with 0.
  process.exitCode = 1;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGBREAK'] as const) {
    process.on(signal, () => {
      if (ledger.cancelled || concluded) return;
      ledger.cancelled = true;
      log.info(
        `Stopping, because the job was cancelled (${signal}). What is published already stays published.`,
      );
      endSoon();
    });
  }
  process.on('uncaughtException', (error) => {
    if (concluded) process.exit(1);
    ledger.fail(describe(error, log));
    endSoon();
  });
  // A log that nobody reads any more is no reason to lose what is being published.
  process.stdout.on('error', (error) => ledger.warn(`The log ended early: ${error.message}`));
  process.on('beforeExit', () => {
    if (concluded) return;
    ledger.fail('The run ended before its work was done. This is a bug of the action; please report it.');
    void conclude();
  });
  process.on('exit', () => {
    if (!concluded) writeOutputs(ledger.report(now()), resultsFile, core);
  });

  try {
    await job(ledger, { source, log, mask: core.setSecret, signal: stop.signal, now });
  } catch (error) {
    // What fails because the run was stopped is not worth a message of its own.
    if (!stop.signal.aborted) ledger.fail(describe(error, log));
  }
  await conclude();
}

/** The message of an error that is the user's; any other is a bug, whose stack goes into the debug log. */
function describe(error: unknown, log: Log): string {
  if (error instanceof UserError) return error.message;
  if (!(error instanceof Error)) return `Unexpected error: ${String(error)}`;
  log.debug(error.stack ?? '');
  return `Unexpected error: ${error.message}`;
}
