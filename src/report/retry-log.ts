import { adviceFor } from '../advice.js';
import { describe, ServiceError } from '../network/errors.js';
import type { HealthEvent } from '../network/health/decisions.js';
import type { Log } from './log.js';
import { formatCount, formatDuration } from './text/format.js';

/** Repeats of one kind that get a line each, the first with its whole story; the others are only counted. */
const LINES_PER_CODE = 5;

/** Reports repeats, and services that are out of order, without flooding the log when thousands of requests fail at once. */
export class RetryLog {
  /** Repeats so far. */
  count = 0;
  private readonly byCode = new Map<string, number>();
  private readonly slow = new Set<string>();

  constructor(private readonly log: Pick<Log, 'info'>) {}

  /** A request failed and is repeated after a pause. */
  note(what: string, error: Error, pauseMs: number): void {
    const { code, service, story } = nameOf(error);
    this.count++;
    const seen = (this.byCode.get(code) ?? 0) + 1;
    this.byCode.set(code, seen);
    if (seen > LINES_PER_CODE) return;
    const pause = pauseMs >= 1000 ? ` in ${(pauseMs / 1000).toFixed(1)} s` : '';
    this.log.info(`↻ ${service}: ${what} again${pause}: ${seen === 1 ? story.split('\n')[0] : code}`);
  }

  /** A connection is not there after some seconds. It is said once for each host. */
  noteSlowConnection(service: string, host: string): void {
    if (this.slow.has(host)) return;
    this.slow.add(host);
    this.log.info(`⏸ ${service}: no connection to ${host} yet. ${adviceFor('Stalled')}`);
  }

  /** A host, or an action of an API, is out of order, or is not any more. */
  noteHealth({ kind, name, error, lastedMs, waiting }: HealthEvent): void {
    const requests = formatCount(waiting, 'request');
    const lasted = formatDuration(lastedMs);
    const [story] = describe(error).split('\n');
    switch (kind) {
      case 'out-of-order': {
        const advice = adviceFor(error.code);
        this.log.info(
          `⏸ ${name} is out of order, ${requests} waiting: ${story}${advice ? ` ${advice}` : ''}`,
        );
        break;
      }
      case 'still-out-of-order':
        this.log.info(`⏸ ${name} has been out of order for ${lasted}, ${requests} waiting: ${error.code}`);
        break;
      case 'back':
        this.log.info(`▶ ${name} answers again after ${lasted}`);
        break;
      case 'given-up':
        this.log.info(`⏹ ${name} was out of order for ${lasted}; giving up on ${requests}: ${error.code}`);
    }
  }

  /** Says what was kept back, at the end of the run. */
  finish(): void {
    for (const [code, seen] of this.byCode) {
      const more = seen - LINES_PER_CODE;
      if (more > 0) this.log.info(`↻ ${formatCount(more, 'further repeat')} because of ${code}`);
    }
  }
}

function nameOf(error: Error): { code: string; service: string; story: string } {
  if (error instanceof ServiceError)
    return { code: error.code, service: error.service, story: describe(error) };
  return { code: error.name, service: 'file', story: error.message };
}
