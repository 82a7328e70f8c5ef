import { setMaxListeners } from 'node:events';
import * as core from '@actions/core';
import { TIMEOUTS } from './connect.js';
import { CredentialsError } from './credentials/provider.js';
import type { InputSource } from './inputs/input-reader.js';
import { InputError, isSummaryWanted, resultsPath } from './inputs/inputs.js';
import { Ledger } from './ledger.js';
import { DiscoveryError } from './media/discover.js';
import { createActionsLog } from './report/log.js';
import { writeOutputs } from './report/outputs.js';
import { writeReport } from './report/write-report.js';
import { RunError, run } from './run.js';

/** Milliseconds from a signal to the end of the process, whatever is still under way. */
const DEADLINE = 4500;

const source: InputSource = { get: (name) => core.getInput(name), env: process.env, now: Date.now() };
const log = createActionsLog(core);
const ledger = new Ledger(source.now);
const stop = new AbortController();
setMaxListeners(0, stop.signal);
let concluded = false;

/** Reports once, however the run came to its end. */
async function conclude(): Promise<void> {
  if (concluded) return;
  concluded = true;
  process.exitCode = 1;
  const succeeded = await writeReport(ledger.report(Date.now()), {
    log,
    outputs: core,
    resultsFile: resultsPath(source),
    ...(isSummaryWanted(source) ? { summary: core.summary } : {}),
  });
  if (succeeded) process.exitCode = 0;
}

function describe(error: unknown): string {
  const expected = [InputError, CredentialsError, DiscoveryError, RunError].some(
    (type) => error instanceof type,
  );
  if (error instanceof Error) {
    if (!expected) log.debug(error.stack ?? '');
    return expected ? error.message : `Unexpected error: ${error.message}`;
  }
  return `Unexpected error: ${String(error)}`;
}

function onSignal(signal: NodeJS.Signals): void {
  if (ledger.cancelled || concluded) return;
  ledger.cancelled = true;
  log.info(`Stopping, because the job was cancelled (${signal}). What is published already stays published.`);
  endSoon();
}

/** Stops what is under way. The run then comes to its end by itself; if it can't, the deadline ends it. */
function endSoon(): void {
  stop.abort();
  setTimeout(() => void conclude().finally(() => process.exit(1)), DEADLINE).unref();
}

// Until the job has said otherwise it failed: a promise that never settles would end the process with 0.
process.exitCode = 1;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGBREAK'] as const) process.on(signal, onSignal);
process.on('uncaughtException', (error) => {
  if (concluded) process.exit(1);
  ledger.fail(describe(error));
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
  if (!concluded) writeOutputs(ledger.report(Date.now()), resultsPath(source), core);
});

try {
  await run(ledger, { source, log, mask: core.setSecret, signal: stop.signal, timeouts: TIMEOUTS });
} catch (error) {
  // What fails because the run was stopped has been told already.
  if (!stop.signal.aborted) ledger.fail(describe(error));
}
await conclude();
