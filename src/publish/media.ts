import { setMaxListeners } from 'node:events';
import { adviceFor } from '../advice.js';
import type { PlannedMedium } from '../media/medium.js';
import type { MediumProgress } from '../report/progress.js';
import type { MediumReport, MediumResult, MediumStatus } from '../results.js';
import type { RequestBudget, Reservation } from '../storage/request-budget.js';
import { PublishError, type Publisher, publishMedium, type StopSignals } from './medium.js';

/** Milliseconds that a commit under way may still take after the run was stopped. */
const COMMIT_GRACE = 3000;

export interface PublishOptions {
  publisher: Publisher;
  budget: RequestBudget;
  failFast: boolean;
  /** Stops the whole run. */
  signal: AbortSignal;
  /** Where the progress of a medium is reported to. */
  progressOf(medium: PlannedMedium): MediumProgress;
  /** Told as soon as a medium has ended, however it did. */
  onReport(report: MediumReport): void;
  /** Milliseconds since the epoch. */
  now(): number;
}

/**
 * Publishes media side by side, the largest first. A medium starts when so few requests of the others are
 * left that the line would run dry without it, and not earlier: its certificate can't be renewed.
 *
 * Never throws for a medium: every one of them is reported once.
 */
export async function publishMedia(media: readonly PlannedMedium[], options: PublishOptions): Promise<void> {
  const { budget, failFast, signal, publisher } = options;
  const stopAll = new AbortController();
  const stopCommits = new AbortController();
  setMaxListeners(0, stopAll.signal, stopCommits.signal);
  let grace: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    stopAll.abort();
    grace ??= setTimeout(() => stopCommits.abort(), COMMIT_GRACE);
  };
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });

  const publishOne = async (medium: PlannedMedium): Promise<void> => {
    const sizes = [...medium.objects, ...(medium.cover ? [medium.cover] : [])].map(({ size }) => size);
    const reservation = publisher.engine.reserve(sizes);
    try {
      const report = await publishAndReport(medium, reservation, options, {
        now: stopAll.signal,
        soon: stopCommits.signal,
      });
      options.onReport(report);
      // Nothing hurries the commits here, unlike a signal does: a medium that is whole gets its FileId.
      if (failFast && report.result.status === 'failed') stopAll.abort();
    } finally {
      // Only now, or the next medium would start before the failure of this one could stop it.
      reservation.cancel();
    }
  };

  const queue = [...media].sort((a, b) => b.bytes - a.bytes);
  const running: Promise<void>[] = [];
  try {
    while (queue.length > 0) {
      const full = await budget.hunger(stopAll.signal).then(
        () => false,
        () => true,
      );
      if (full) break;
      running.push(publishOne(queue.shift() as PlannedMedium));
    }
    await Promise.all(running);
  } finally {
    clearTimeout(grace);
    signal.removeEventListener('abort', onAbort);
  }
  // What never started was kept back by a failure of another medium, or by the end of the run.
  for (const medium of queue) {
    const result = resultOf(medium, signal.aborted ? 'cancelled' : 'skipped');
    options.progressOf(medium).finished(result);
    options.onReport({ result });
  }

  async function publishAndReport(
    medium: PlannedMedium,
    reservation: Reservation,
    { progressOf, now }: PublishOptions,
    signals: StopSignals,
  ): Promise<MediumReport> {
    const progress = progressOf(medium);
    const startedAt = now();
    let bytes = 0;
    let objects = 0;
    const end = (status: MediumStatus, more: Partial<MediumResult>): MediumResult => {
      const result = {
        ...resultOf(medium, status),
        objects,
        bytes,
        seconds: Math.round(now() - startedAt) / 1000,
        ...more,
      };
      progress.finished(result);
      return result;
    };
    const times = (): { startedAt: number; endedAt: number } => ({ startedAt, endedAt: now() });
    try {
      const published = await publishMedium(
        medium,
        publisher,
        reservation,
        {
          onBytes: (more) => {
            bytes += more;
            if (more >= 0) progress.sent(more);
            else progress.unsent(-more);
          },
          onObject: () => {
            objects++;
            progress.objectDone();
          },
        },
        signals,
      );
      return { result: end('uploaded', published), ...times() };
    } catch (error) {
      if (!(error instanceof PublishError)) throw error;
      const { code, message, requestId, kind } = error.cause;
      if (kind === 'cancelled') return { result: end('cancelled', {}), ...times() };
      const advice = adviceFor(code);
      return {
        result: end('failed', { error: { stage: error.stage, code, message, requestId } }),
        ...(advice === undefined ? {} : { advice }),
        ...times(),
      };
    }
  }
}

/** The result of a medium that has not sent anything. */
export function resultOf(medium: PlannedMedium, status: MediumStatus): MediumResult {
  const { path, kind, mediaName } = medium;
  return { path, kind, status, mediaName, objects: 0, bytes: 0, seconds: 0 };
}
