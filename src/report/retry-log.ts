import { describe, type ServiceError } from '../network/errors.js';
import type { Log } from './log.js';
import { formatCount } from './text/format.js';

/** Repeats of one kind that get a line each, the first with its whole story; of the others only the number is told. */
const LINES_PER_CODE = 5;

/** Tells of repeats without flooding the log when thousands of requests meet the same trouble. */
export class RetryLog {
  /** Repeats so far. */
  count = 0;
  private readonly byCode = new Map<string, number>();

  constructor(private readonly log: Pick<Log, 'info'>) {}

  /** A request failed and is repeated after a pause. */
  note(what: string, error: ServiceError, pauseMs: number): void {
    this.count++;
    const seen = (this.byCode.get(error.code) ?? 0) + 1;
    this.byCode.set(error.code, seen);
    if (seen > LINES_PER_CODE) return;
    const pause = pauseMs >= 1000 ? ` in ${(pauseMs / 1000).toFixed(1)} s` : '';
    this.log.info(
      `↻ ${error.service}: ${what} again${pause}: ${seen === 1 ? describe(error).split('\n')[0] : error.code}`,
    );
  }

  /** Tells what was kept back, at the end of the run. */
  finish(): void {
    for (const [code, seen] of this.byCode) {
      const more = seen - LINES_PER_CODE;
      if (more > 0) this.log.info(`↻ ${formatCount(more, 'further repeat')} because of ${code}`);
    }
  }
}
