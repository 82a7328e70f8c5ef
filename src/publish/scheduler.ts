import { setMaxListeners } from 'node:events';
import type { PlannedMedium } from '../media/planned-medium.js';
import { ServiceError } from '../network/errors.js';
import type { MediumUpdate } from '../results.js';
import type { RequestBudget } from '../storage/request-budget.js';
import { type MediumProgress, publishAndReport } from './medium-report.js';
import type { Publisher } from './publish-medium.js';
import { startingOrder } from './starting-order.js';

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
  /** Called when something became known of a medium. */
  onUpdate(medium: PlannedMedium, update: MediumUpdate): void;
  /** Called with the SHA-256 of a medium's objects, in their order, where digests are computed. */
  onDigests(medium: PlannedMedium, digests: readonly string[]): void;
  /** Called once for each medium when nothing more will happen to it, also for one that never started. */
  onEnd(medium: PlannedMedium): void;
  /** Milliseconds since the epoch by a monotonic clock. */
  now(): number;
}

/**
 * Publishes media side by side, large and small ones mixed. A medium starts when so few requests of the others are
 * left that the network would be idle without it, and not earlier: upload credentials cannot be renewed.
 *
 * Every medium is reported, whatever becomes of it.
 */
export async function publishMedia(media: readonly PlannedMedium[], options: PublishOptions): Promise<void> {
  const { budget, failFast, signal, publisher } = options;
  const stopSending = new AbortController();
  const stopCommits = new AbortController();
  setMaxListeners(0, stopSending.signal, stopCommits.signal);
  let grace: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    stopSending.abort();
    grace ??= setTimeout(() => stopCommits.abort(), COMMIT_GRACE);
  };
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });

  const publishOne = async (medium: PlannedMedium): Promise<void> => {
    const sizes = medium.objects.map(({ size }) => size);
    const reservation = publisher.engine.reserve(sizes);
    const stop = { now: stopSending.signal, soon: stopCommits.signal };
    try {
      const succeeded = await publishAndReport(
        medium,
        publisher,
        reservation,
        options.progressOf(medium),
        (update) => options.onUpdate(medium, update),
        (digests) => options.onDigests(medium, digests),
        stop,
        options.now,
      );
      options.onEnd(medium);
      // Commits are not hurried here, unlike after a signal: a medium whose bytes are all stored gets its FileId.
      if (failFast && !succeeded) stopSending.abort();
    } finally {
      // Only now, or the next medium would start before the failure of this one could stop it.
      reservation.cancel();
    }
  };

  const queue = startingOrder(media);
  const running: Promise<void>[] = [];
  while (queue.length > 0 && (await mayStartNext(budget, stopSending.signal))) {
    running.push(publishOne(queue.shift() as PlannedMedium));
  }
  await Promise.all(running);
  clearTimeout(grace);
  signal.removeEventListener('abort', onAbort);

  for (const medium of queue) options.onEnd(medium);
}

/** Waits until the next medium may start; false when none may any more. */
async function mayStartNext(budget: RequestBudget, signal: AbortSignal): Promise<boolean> {
  try {
    await budget.belowLowWater(signal);
    return true;
  } catch (error) {
    if (error instanceof ServiceError && error.kind === 'cancelled') return false;
    throw error;
  }
}
