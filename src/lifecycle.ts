import { setMaxListeners } from 'node:events';
import { accessSync, constants } from 'node:fs';
import * as core from '@actions/core';
import { UserError } from './errors.js';
import type { InputSource } from './inputs/input-reader.js';
import { readReportSettings } from './inputs/inputs.js';
import { Ledger } from './ledger.js';
import { Redaction } from './redaction.js';
import { checkWritable } from './report/atomic-file.js';
import { createActionsLog, type Log } from './report/log.js';
import { writeOutputs } from './report/outputs.js';
import { writeResultsFile } from './report/results-file.js';
import { writeReport } from './report/write-report.js';

/** Milliseconds from a signal to the end of the process, whatever is still under way. */
const DEADLINE = 4500;

/** Milliseconds between two updates of the results file while media are being published. */
const UPDATE_INTERVAL = 5000;
/** Signals that ask the process to stop; a terminal or runner that goes away sends SIGHUP. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGBREAK'] as const;

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
  /**
   * Finds out whether the report can be written, which must be known before anything is published.
   *
   * @param others absolute paths of further files, by the inputs that name them
   * @throws {UserError} for what cannot
   */
  checkReport(others: Readonly<Record<string, string>>): void;
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
  const redaction = new Redaction();
  const log = createActionsLog(core, (text) => redaction.apply(text));
  const ledger = new Ledger(now(), (text) => redaction.apply(text));
  ledger.onPublished = throttled(UPDATE_INTERVAL, () => updateResults(ledger, resultsFile, now()));
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  let concluded = false;
  let isBroken = false;

  /** Reports once, however the run came to its end. */
  const conclude = async (): Promise<void> => {
    if (concluded) return;
    concluded = true;
    process.exitCode = 1;
    const sinks = { log, outputs: core, resultsFile, ...(summary ? { summary: core.summary } : {}) };
    if ((await writeReport(ledger.report(now()), sinks)) && !isBroken) process.exitCode = 0;
  };
  /** Stops what is under way. The run then comes to its end by itself; if it can't, the deadline ends it. */
  const endSoon = (): void => {
    stop.abort();
    setTimeout(() => void conclude().finally(() => process.exit(1)), DEADLINE).unref();
  };

  // Until the job has said otherwise it failed: a promise that never settles would end the process with 0.
  process.exitCode = 1;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      // Outputs are set at the beginning of the conclusion; what may still be waited for is a log that nobody reads.
      if (concluded) process.exit();
      if (ledger.cancelled) return;
      ledger.cancelled = true;
      log.info(
        `Stopping, because the job was cancelled (${signal}). What is published already stays published.`,
      );
      endSoon();
    });
  }
  process.on('uncaughtException', (error) => {
    isBroken = true;
    process.exitCode = 1;
    // A report that is being written is worth more than the news that something else broke.
    if (concluded) return;
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
    await job(ledger, {
      source,
      log,
      mask: (secret) => {
        redaction.add(secret);
        core.setSecret(secret);
      },
      signal: stop.signal,
      now,
      checkReport: (others) =>
        checkReport({ 'results-file': resultsFile, ...others }, source.env.GITHUB_OUTPUT),
    });
  } catch (error) {
    // What fails because the run was stopped is not worth a message of its own.
    if (!stop.signal.aborted) ledger.fail(describe(error, log));
  }
  await conclude();
}

/** Calls at once, and then at most once in an interval while it is asked for. */
function throttled(interval: number, call: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let wanted = false;
  const run = (): void => {
    wanted = false;
    call();
    timer = setTimeout(() => {
      timer = undefined;
      if (wanted) run();
    }, interval);
    timer.unref();
  };
  return () => {
    wanted = true;
    if (timer === undefined) run();
  };
}

/** Keeps the results file true while media are being published, should the process be killed. */
function updateResults(ledger: Ledger, resultsFile: string, now: number): void {
  try {
    writeResultsFile(
      resultsFile,
      ledger.report(now).media.map(({ result }) => result),
    );
  } catch {
    // It was writable at the start; the end of the run tries again, and reports the failure.
  }
}

function checkReport(files: Readonly<Record<string, string>>, outputFile: string | undefined): void {
  for (const [input, file] of Object.entries(files)) {
    try {
      checkWritable(file);
    } catch (error) {
      throw new UserError(`${input}: ${file} cannot be written: ${reasonOf(error)}. Nothing was published.`);
    }
  }
  if (!outputFile) return;
  try {
    accessSync(outputFile, constants.W_OK);
  } catch (error) {
    throw new UserError(`The outputs cannot be set: ${reasonOf(error)}. Nothing was published.`);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The message of an error that is the user's; any other is a bug, whose stack goes into the debug log. */
function describe(error: unknown, log: Log): string {
  if (error instanceof UserError) return error.message;
  if (!(error instanceof Error)) return `Unexpected error: ${String(error)}`;
  log.debug(error.stack ?? '');
  return `Unexpected error: ${error.message}`;
}
