import { adviceFor } from './advice.js';
import { connectServices, type Services, type Timeouts } from './connect.js';
import type { InputSource } from './inputs/input-reader.js';
import { readSecrets, readSettings } from './inputs/inputs.js';
import type { Settings } from './inputs/settings.js';
import type { Ledger } from './ledger.js';
import { discover } from './media/discover.js';
import type { FoundFile } from './media/files/found-files.js';
import { makePlan, type Plan } from './media/plan.js';
import { countObjects, type PlannedMedium } from './media/planned-medium.js';
import { ServiceError } from './network/errors.js';
import { plannedReport, refusedReport, resultOf } from './publish/medium-report.js';
import { publishMedia } from './publish/scheduler.js';
import type { Log } from './report/log.js';
import { planTable, planTitle } from './report/plan-table.js';
import { Progress, startTicking } from './report/progress.js';
import { RetryLog } from './report/retry-log.js';

/** What a run is given from outside. */
export interface RunContext {
  source: InputSource;
  log: Log;
  /** Keeps a secret out of the log. */
  mask(secret: string): void;
  /** Fires when the run is to stop. */
  signal: AbortSignal;
  timeouts: Timeouts;
}

/** The run can't go on, for a reason that the message explains to the user. */
export class RunError extends Error {}

/**
 * The job, top to bottom. Everything that becomes of it is entered in the ledger.
 *
 * @throws errors that stop the run as a whole: bad input, no credentials, no files
 */
export async function run(ledger: Ledger, context: RunContext): Promise<void> {
  const { source, log, mask } = context;
  for (const secret of readSecrets(source)) mask(secret);
  const settings = readSettings(source);
  ledger.dryRun = settings.dryRun;
  ledger.settings = settings.given;

  const retryLog = new RetryLog(log);
  const services = settings.dryRun ? undefined : connect(settings, retryLog, ledger, context);
  try {
    const files = await findFiles(settings, ledger);
    const plan = await makePlan(files, settings, context.signal);
    enterPlan(plan, settings, ledger, log);
    if (services === undefined || plan.media.length === 0) return;
    if (settings.failFast && plan.refused.length > 0) return;
    await logIn(services, context);
    await publish(plan.media, settings, services, ledger, context);
  } finally {
    retryLog.finish();
    services?.close();
  }
}

function connect(
  settings: Settings,
  retryLog: RetryLog,
  ledger: Ledger,
  { log, mask, timeouts }: RunContext,
): Services {
  const services = connectServices({
    settings,
    log,
    mask,
    timeouts,
    onRetry: (what, error, pauseMs) => retryLog.note(what, error, pauseMs),
    onWarning: (message) => ledger.warn(message),
  });
  const { vod, budget, transport } = services;
  ledger.statistics = () => ({
    storageRequests: budget.started,
    apiRequests: vod.requests,
    retries: retryLog.count,
    bytesSent: transport.bytesSent,
    peakConcurrency: budget.peak,
  });
  return services;
}

async function findFiles(settings: Settings, ledger: Ledger): Promise<FoundFile[]> {
  const { files, unmatched } = await discover(settings.files, settings.workspace);
  if (files.length > 0) {
    for (const pattern of unmatched)
      ledger.warn(`files: the pattern ${pattern} matches no file, or only excluded ones.`);
    return files;
  }
  const message = `No files found in ${settings.workspace} for: ${unmatched.join(', ')}. Check the patterns, and that an earlier step made the files.`;
  if (settings.ifNoFilesFound === 'error') throw new RunError(message);
  if (settings.ifNoFilesFound === 'warn') ledger.warn(message);
  return [];
}

function enterPlan(plan: Plan, settings: Settings, ledger: Ledger, log: Log): void {
  const { media, refused, warnings } = plan;
  for (const warning of warnings) ledger.warn(warning);
  for (const medium of refused) ledger.record(refusedReport(medium));
  for (const medium of media) {
    if (settings.dryRun) ledger.record(plannedReport(medium));
    else ledger.expect(resultOf(medium, 'skipped'));
  }
  if (media.length + refused.length > 0) {
    const title = planTitle(media, refused);
    const lines = planTable(media, refused);
    // GitHub shows groups folded; a dry run is made to see the plan.
    if (settings.dryRun) for (const line of [title, ...lines]) log.info(line);
    else log.group(title, lines);
  }
}

/** Gets the keys once before the first medium needs them: where a login is refused, it is for all media. */
async function logIn({ credentials }: Services, { log, signal }: RunContext): Promise<void> {
  log.debug(`The keys are ${credentials.source}.`);
  try {
    await credentials.keys(signal);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.kind === 'cancelled') return;
    const advice = adviceFor(`${error.service}.${error.code}`) ?? adviceFor(error.code);
    const lines = [`The login failed: ${error.code}: ${error.message}`];
    if (advice !== undefined) lines.push(`What to do: ${advice}`);
    if (error.requestId !== '') lines.push(`RequestId: ${error.requestId}`);
    throw new RunError(lines.join('\n'));
  }
}

async function publish(
  media: readonly PlannedMedium[],
  settings: Settings,
  { vod, engine, budget }: Services,
  ledger: Ledger,
  { log, mask, signal }: RunContext,
): Promise<void> {
  const expected = (medium: PlannedMedium) => ({
    path: medium.path,
    bytes: medium.bytes,
    objects: countObjects(medium),
  });
  const progress = new Progress(media.map(expected), log, () => performance.now());
  const stopTicking = startTicking(progress);
  try {
    await publishMedia(media, {
      publisher: { vod, engine, apply: settings.apply, mask },
      budget,
      failFast: settings.failFast,
      signal,
      progressOf: (medium) => progress.medium(expected(medium)),
      onStart: ({ path }) => ledger.start(path),
      onReport: (report) => ledger.record(report),
      now: Date.now,
    });
  } finally {
    stopTicking();
  }
}
