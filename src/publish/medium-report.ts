import { adviceFor } from '../advice.js';
import { countObjects, type PlannedMedium, type RefusedMedium } from '../media/planned-medium.js';
import type { MediumProgress } from '../report/progress.js';
import { formatCount } from '../report/text/format.js';
import type { MediumReport, MediumResult, MediumStatus } from '../results.js';
import type { Reservation } from '../storage/request-budget.js';
import { PublishError, type Publisher, publishMedium, type StopSignals } from './publish-medium.js';

/** Problems of one medium that are told; of the others only the number is. */
const SHOWN_PROBLEMS = 20;

/** The result of a medium that has not sent anything. */
export function resultOf(
  medium: Pick<PlannedMedium, 'path' | 'kind' | 'mediaName'>,
  status: MediumStatus,
): MediumResult {
  const { path, kind, mediaName } = medium;
  return { path, kind, status, mediaName, objects: 0, bytes: 0, seconds: 0 };
}

/** What a dry run says of a medium. */
export function plannedReport(medium: PlannedMedium): MediumReport {
  return { result: { ...resultOf(medium, 'planned'), objects: countObjects(medium), bytes: medium.bytes } };
}

/** Problems of a medium are told together; the code is that of the first, and others have theirs before them. */
export function refusedReport({ path, kind, mediaName, problems }: RefusedMedium): MediumReport {
  const first = problems[0]?.code ?? 'unknown';
  const shown = problems
    .slice(0, SHOWN_PROBLEMS)
    .map(({ code, message }) => (code === first ? message : `${code}: ${message}`));
  const more = problems.length - shown.length;
  const message = [...shown, ...(more > 0 ? [`and ${formatCount(more, 'more problem')}`] : [])].join('\n');
  const error = { stage: 'plan' as const, code: first, message, requestId: '' };
  return { result: { ...resultOf({ path, kind, mediaName }, 'failed'), error } };
}

/**
 * Publishes a medium and says what became of it. A failure is a report, too; only errors of the action
 * itself are thrown.
 *
 * @param now milliseconds since the epoch
 */
export async function publishAndReport(
  medium: PlannedMedium,
  publisher: Publisher,
  reservation: Reservation,
  progress: MediumProgress,
  stop: StopSignals,
  now: () => number,
): Promise<MediumReport> {
  const startedAt = now();
  let bytes = 0;
  let objects = 0;
  const events = {
    onBytes: (more: number): void => {
      bytes += more;
      if (more >= 0) progress.sent(more);
      else progress.unsent(-more);
    },
    onObject: (): void => {
      objects++;
      progress.objectDone();
    },
  };
  const end = (status: MediumStatus, more: Partial<MediumResult>): Omit<MediumReport, 'advice'> => {
    const endedAt = now();
    const seconds = (endedAt - startedAt) / 1000;
    const result = { ...resultOf(medium, status), objects, bytes, seconds, ...more };
    progress.finished(result);
    return { result, startedAt, endedAt };
  };
  try {
    const published = await publishMedium(medium, publisher, reservation, events, stop);
    // What was sent twice on the way counts once.
    return end('uploaded', { ...published, objects: countObjects(medium), bytes: medium.bytes });
  } catch (error) {
    if (!(error instanceof PublishError)) throw error;
    const { code, message, requestId, kind } = error.cause;
    if (kind === 'cancelled') return end('cancelled', {});
    const advice = adviceFor(code);
    const report = end('failed', { error: { stage: error.stage, code, message, requestId } });
    return { ...report, ...(advice === undefined ? {} : { advice }) };
  }
}
