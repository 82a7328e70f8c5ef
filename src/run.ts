import { adviceForLogin } from './advice.js';
import { connect, type Services, TIMEOUTS, type Timeouts } from './connect.js';
import { Digests } from './digest/digests.js';
import { UserError } from './errors.js';
import { readReportSettings, readSecrets, readSettings } from './inputs/inputs.js';
import type { Settings } from './inputs/settings.js';
import type { Ledger } from './ledger.js';
import type { RunContext } from './lifecycle.js';
import { findFiles } from './media/discover.js';
import type { FoundFiles } from './media/files/found-files.js';
import { makePlan, type Plan } from './media/plan.js';
import type { PlannedMedium } from './media/planned-medium.js';
import { ServiceError } from './network/errors.js';
import { plannedResult, refusedResult, unsentResult } from './publish/medium-report.js';
import { publishMedia } from './publish/scheduler.js';
import { type Checksum, writeChecksumsFile } from './report/checksums-file.js';
import type { Log } from './report/log.js';
import { planTable, planTitle } from './report/plan-table.js';
import { type MediumReporter, Progress, startTicking } from './report/progress.js';
import { RetryLog } from './report/retry-log.js';
import { STATUSES } from './results.js';

/**
 * The job of the main action, top to bottom. Everything that becomes of it is entered in the ledger.
 *
 * @throws {UserError} when bad input, a refused login or the lack of files stops the run as a whole
 */
export async function publish(ledger: Ledger, context: RunContext, timeouts = TIMEOUTS): Promise<void> {
  const { source, log, mask } = context;
  for (const secret of readSecrets(source)) mask(secret);
  const settings = readSettings(source);
  ledger.dryRun = settings.dryRun;
  ledger.settings = settings.given;

  const retryLog = new RetryLog(log);
  const services = settings.dryRun ? undefined : connectTo(settings, timeouts, retryLog, ledger, context);
  try {
    const files = await findMedia(settings, ledger, context);
    const plan = await makePlan(files, settings, context.signal);
    enterPlan(plan, settings, ledger, log);
    if (services === undefined || plan.media.length === 0) return;
    if (settings.failFast && plan.refused.length > 0) return;
    context.checkReport(settings.checksumsFile ? { 'checksums-file': settings.checksumsFile } : {});
    ledger.destination = describeDestination(settings, services);
    log.info(ledger.destination);
    await logIn(services, context);
    await publishPlan(plan.media, settings, services, ledger, context);
  } finally {
    retryLog.finish();
    services?.close();
  }
}

function connectTo(
  settings: Settings,
  timeouts: Timeouts,
  retryLog: RetryLog,
  ledger: Ledger,
  { log, mask }: RunContext,
): Services {
  const services = connect({
    settings,
    timeouts,
    ...(log.isDebug ? { debug: (line: string) => log.debug(line) } : {}),
    mask,
    onRetry: (what, error, pauseMs) => retryLog.note(what, error, pauseMs),
    onSlowConnection: (service, host) => retryLog.noteSlowConnection(service, host),
    onHealth: (event) => retryLog.noteHealth(event),
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

async function findMedia(
  settings: Settings,
  ledger: Ledger,
  { source, log }: RunContext,
): Promise<FoundFiles> {
  const { resultsFile } = readReportSettings(source);
  const written = [resultsFile, ...(settings.checksumsFile ? [settings.checksumsFile] : [])];
  const { files, warnings, notices } = await findFiles({ ...settings, written });
  for (const warning of warnings) ledger.warn(warning);
  for (const notice of notices) log.notice(notice);
  return files;
}

function enterPlan(plan: Plan, settings: Settings, ledger: Ledger, log: Log): void {
  const { media, refused, warnings } = plan;
  for (const warning of warnings) ledger.warn(warning);
  for (const medium of refused) ledger.enter(refusedResult(medium));
  for (const medium of media) ledger.enter(settings.dryRun ? plannedResult(medium) : unsentResult(medium));
  if (media.length + refused.length > 0) {
    const title = planTitle(media, refused);
    const lines = planTable(media, refused);
    // GitHub shows groups folded; a dry run is made to see the plan.
    if (settings.dryRun) for (const line of [title, ...lines]) log.info(line);
    else log.group(title, lines);
    // The annotations come with the report, after hours of upload; what is amiss is worth knowing before.
    if (!settings.dryRun) for (const warning of ledger.warnings) log.info(`Warning: ${warning}`);
  }
}

/** A wrong application or key publishes where nobody looks, so the log says where and as whom. */
function describeDestination({ apply, region }: Settings, { credentials }: Services): string {
  const application =
    apply.subAppId === undefined
      ? "the account's primary application (sub-app-id is empty)"
      : `application ${apply.subAppId}`;
  const flow =
    apply.procedure === undefined ? 'without a task flow' : `with the task flow ${apply.procedure}`;
  return `Publishing to ${application} by the API in ${region}, ${flow}, with ${credentials.source}.`;
}

/** Gets the keys once before the first medium needs them: where a login is refused, it is for all media. */
async function logIn({ credentials }: Services, { signal }: RunContext): Promise<void> {
  try {
    await credentials.keys(signal);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.kind === 'cancelled') return;
    // The runner's token service has no codes of its own but its statuses.
    const answered = error.requestId !== '' || (error.service === 'OIDC' && error.status > 0);
    const advice = adviceForLogin(error.service, error.code, answered);
    const lines = [`The login failed: ${error.code}: ${error.message}`];
    if (advice !== undefined) lines.push(`What to do: ${advice}`);
    if (error.requestId !== '') lines.push(`RequestId: ${error.requestId}`);
    throw new UserError(lines.join('\n'));
  }
}

async function publishPlan(
  media: readonly PlannedMedium[],
  settings: Settings,
  { uploads, engine, budget }: Services,
  ledger: Ledger,
  { log, signal, now }: RunContext,
): Promise<void> {
  const expected = media.map(({ path, bytes, objects }) => ({ path, bytes, objects: objects.length }));
  const progress = new Progress(expected, log, now);
  const reporters = new Map(expected.map((medium) => [medium.path, progress.medium(medium)]));
  const reporterOf = ({ path }: PlannedMedium) => reporters.get(path) as MediumReporter;
  const stopTicking = startTicking(progress);
  const digests = settings.checksumsFile
    ? new Digests({ onFallback: (reason) => log.debug(`Digests are computed in the main thread: ${reason}`) })
    : undefined;
  const checksums = new Map<string, Checksum[]>();
  try {
    await publishMedia(media, {
      publisher: { uploads, engine, apply: settings.apply, ...(digests ? { digests } : {}) },
      budget,
      failFast: settings.failFast,
      signal,
      progressOf: reporterOf,
      onUpdate: ({ path }, update) => ledger.update(path, update),
      onDigests: ({ path, objects }, sums) => {
        ledger.update(path, { sha256: sums[0] as string });
        checksums.set(
          path,
          objects.map((object, index) => ({ path: object.path, sha256: sums[index] as string })),
        );
      },
      onEnd: (medium) => reporterOf(medium).finished(ledger.resultOf(medium.path)),
      now,
    });
  } finally {
    stopTicking();
    digests?.close();
    if (settings.checksumsFile) {
      const published = [...checksums].filter(([path]) => STATUSES[ledger.resultOf(path).status].isPublished);
      writeChecksumsFile(
        settings.checksumsFile,
        published.flatMap(([, sums]) => sums),
      );
    }
  }
}
