import { adviceFor } from '../advice.js';
import { CodedError } from '../errors.js';
import type { PlannedMedium, RefusedMedium } from '../media/planned-medium.js';
import { ServiceError } from '../network/errors.js';
import type { MediumResult, MediumUpdate, Stage } from '../results.js';
import type { Reservation } from '../storage/request-budget.js';
import { type Publisher, publishMedium, type StopSignals } from './publish-medium.js';

/** Problems of one medium that are shown; the others are only counted. */
const SHOWN_PROBLEMS = 20;

/** Where the progress of one medium goes. */
export interface MediumProgress {
  /** Bytes that have left. */
  sent(bytes: number): void;
  /** Bytes reported as sent that must be sent again. */
  unsent(bytes: number): void;
  /** One file of the medium is stored. */
  objectDone(): void;
  /** The medium begins anew, for a reason. */
  restarted(reason: Error): void;
}

/** The result of a medium that has not sent anything, but for its status. */
export function unsentResult({
  path,
  kind,
  mediaName,
}: Pick<PlannedMedium, 'path' | 'kind' | 'mediaName'>): Omit<MediumResult, 'status'> {
  return { path, kind, mediaName, objects: 0, bytes: 0, seconds: 0 };
}

/** What a dry run says of a medium. */
export function plannedResult(medium: PlannedMedium): MediumResult {
  const { objects, bytes } = medium;
  return { ...unsentResult(medium), status: 'planned', objects: objects.length, bytes };
}

/** Problems of a medium are shown together; the code is that of the first, and others have theirs before them. */
export function refusedResult({ problems, unlisted = 0, ...medium }: RefusedMedium): MediumResult {
  const first = problems[0]?.code ?? 'unknown';
  const shown = problems
    .slice(0, SHOWN_PROBLEMS)
    .map(({ code, message }) => (code === first ? message : `${code}: ${message}`));
  const more = problems.length + unlisted - shown.length;
  if (more > 0) shown.push(`and ${more} more problem${more === 1 ? '' : 's'}`);
  const error = { stage: 'plan' as const, code: first, message: shown.join('\n'), requestId: '' };
  return { ...unsentResult(medium), status: 'failed', error };
}

/**
 * Publishes a medium and reports what becomes of it as soon as it is known. It never throws.
 *
 * @param now milliseconds since the epoch by a monotonic clock
 * @returns false when the medium failed
 */
export async function publishAndReport(
  medium: PlannedMedium,
  publisher: Publisher,
  reservation: Reservation,
  progress: MediumProgress,
  onUpdate: (update: MediumUpdate) => void,
  onDigests: (digests: readonly string[]) => void,
  stop: StopSignals,
  now: () => number,
): Promise<boolean> {
  const startedAt = now();
  let stage: Stage = 'apply';
  let objects = 0;
  let bytes = 0;
  const end = (update: MediumUpdate): void => {
    const endedAt = now();
    onUpdate({ objects, bytes, seconds: (endedAt - startedAt) / 1000, endedAt, ...update });
  };
  onUpdate({ startedAt });
  try {
    await publishMedium(
      medium,
      publisher,
      reservation,
      {
        onStage: (next) => {
          stage = next;
        },
        onBytes: (more) => {
          bytes += more;
          if (more >= 0) progress.sent(more);
          else progress.unsent(-more);
        },
        onObject: () => {
          objects++;
          progress.objectDone();
        },
        onRestart: (error) => {
          progress.restarted(error);
          bytes = 0;
          objects = 0;
        },
        onDigests,
        // What was sent twice on the way counts once.
        onPublished: (published) =>
          end({ ...published, objects: medium.objects.length, bytes: medium.bytes }),
      },
      stop,
    );
    return true;
  } catch (error) {
    const { code, message, requestId, kind } = failureOf(error);
    const advice = adviceFor(code);
    if (kind === 'cancelled') end({});
    else end({ error: { stage, code, message, requestId }, ...(advice === undefined ? {} : { advice }) });
    return kind === 'cancelled';
  }
}

/** Whatever is thrown inside a medium is its failure and nobody else's, a bug of the action included. */
function failureOf(error: unknown): Pick<ServiceError, 'code' | 'message' | 'requestId' | 'kind'> {
  if (error instanceof ServiceError) return error;
  const rest = { requestId: '', kind: 'final' as const };
  if (error instanceof CodedError) return { code: error.code, message: error.message, ...rest };
  return { code: 'UnexpectedError', message: String(error), ...rest };
}
