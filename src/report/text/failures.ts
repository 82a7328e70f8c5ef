import type { MediumReport, MediumResult, Stage } from '../../results.js';

/** Failed media that failed for the same reason. */
export interface Failure {
  stage: Stage;
  code: string;
  message: string;
  /** What to do about it, where that is known. */
  advice?: string;
  /** At least one, in the order of the report. */
  media: MediumResult[];
}

/**
 * The failed media of a run by what went wrong: those which a service refused in the same words are one failure,
 * so that a mistake that is made once is reported once.
 */
export function failuresOf(media: readonly MediumReport[]): Failure[] {
  const failures = new Map<string, Failure>();
  for (const { result, advice } of media) {
    if (result.error === undefined) continue;
    const { stage, code, message } = result.error;
    const reason = JSON.stringify([stage, code, message, advice]);
    const known = failures.get(reason);
    if (known === undefined) {
      failures.set(reason, {
        stage,
        code,
        message,
        ...(advice === undefined ? {} : { advice }),
        media: [result],
      });
    } else known.media.push(result);
  }
  return [...failures.values()];
}

/** One line with everything that is known of a failed medium but what to do about it. */
export function failureLine({ path, error }: MediumResult): string {
  if (error === undefined) return `✗ ${path}: failed`;
  const requestId = error.requestId === '' ? '' : ` (RequestId ${error.requestId})`;
  const message = error.message.split('\n').join(' · ');
  return `✗ ${path}: ${error.stage} failed: ${error.code}: ${message}${requestId}`;
}
