import { type MediumResult, STATUSES } from '../results.js';
import type { Log } from './log.js';
import {
  formatBytes,
  formatDuration,
  formatMedia,
  formatNumber,
  formatPercent,
  formatSpeed,
  UNKNOWN,
} from './text/format.js';

/** The least time between two lines of progress, in milliseconds. It grows with the run, a tenth of which it is, up to the longest. */
export const PROGRESS_INTERVAL = 10_000;
const LONGEST_INTERVAL = 60_000;
/** The time that the speed of a line is the mean of, in milliseconds. */
const SPEED_WINDOW = 30_000;

/** How far the run had come at one time. */
export interface Sample {
  /** Milliseconds of the clock. */
  at: number;
  /** Bytes sent so far, without those that must be sent again. */
  bytes: number;
}

/** The figures of a run under way. */
export interface ProgressFigures {
  media: number;
  finished: number;
  failed: number;
  /** Files to send, and those that are sent. */
  objects: number;
  objectsDone: number;
  /** Bytes to send; what a failed medium left unsent is no part of it. */
  totalBytes: number;
  sentBytes: number;
  /** Milliseconds of the clock. */
  startedAt: number;
  /** Time of the start of the run and of the earlier lines, oldest first, with the bytes sent by then. */
  samples: readonly Sample[];
}

/** Decides whether a line of progress is due at a time, and returns it. The first is due an interval after the start. */
export function progressLine(figures: ProgressFigures, now: number): string | undefined {
  const { media, finished, failed, objects, objectsDone, totalBytes, sentBytes, startedAt, samples } =
    figures;
  const last = samples.at(-1);
  const interval = Math.min(LONGEST_INTERVAL, Math.max(PROGRESS_INTERVAL, (now - startedAt) / 10));
  if (last === undefined || finished >= media || now - last.at < interval) return undefined;

  const base = samples.find(({ at }) => now - at <= Math.max(SPEED_WINDOW, interval)) ?? last;
  const recent = Math.max(0, sentBytes - base.bytes);
  const left = Math.max(0, totalBytes - sentBytes);
  const parts = [
    `${formatPercent(sentBytes, totalBytes)} · ${formatBytes(Math.min(sentBytes, totalBytes))} of ${formatBytes(totalBytes)}`,
  ];
  if (left === 0) parts.push('all bytes sent, waiting for the service');
  else parts.push(formatSpeed(recent, now - base.at), timeLeft(left, recent, now - base.at));
  parts.push(
    `${formatNumber(finished)} of ${formatMedia(media)} done${failed > 0 ? ` (${failed} failed)` : ''}`,
  );
  if (objects > media) parts.push(`${formatNumber(objectsDone)} of ${formatNumber(objects)} files`);
  return parts.join(' · ');
}

function timeLeft(left: number, recent: number, milliseconds: number): string {
  return recent > 0 ? `${formatDuration((left / recent) * milliseconds)} left` : 'time left unknown';
}

/** The line about a medium that has ended, however it did. Why it failed is said in full at the end of the log. */
export function finishedLine(result: MediumResult): string {
  const { path, status, fileId, mediaUrl, bytes, seconds, error } = result;
  const { letter, isPublished } = STATUSES[status];
  if (isPublished) {
    const milliseconds = seconds * 1000;
    const speed = formatSpeed(bytes, milliseconds);
    const figures = `${formatBytes(bytes)} in ${formatDuration(milliseconds)}, ${speed}`;
    return `${letter} ${path} → FileId ${fileId ?? UNKNOWN} (${figures})${mediaUrl ? ` ${mediaUrl}` : ''}`;
  }
  if (error !== undefined) return `${letter} ${path}: ${error.stage} failed: ${error.code}`;
  return `${letter} ${path}: ${status}${status === 'skipped' ? ', because something else failed' : ''}`;
}

/** What progress needs to know of a medium before it starts. */
export interface ExpectedMedium {
  path: string;
  bytes: number;
  /** Files to send, the cover included. */
  objects: number;
}

/** Where the progress of one medium is reported to. */
export interface MediumReporter {
  /** Bytes that have left. */
  sent(bytes: number): void;
  /** Bytes reported as sent that must be sent again. */
  unsent(bytes: number): void;
  /** One file of the medium is stored. */
  objectDone(): void;
  /** The medium begins anew, for a reason; prints a line. */
  restarted(reason: Error): void;
  /** The medium has ended; prints its line. Later reports about it count for nothing. */
  finished(result: MediumResult): void;
}

/** Follows a run: prints a line for each medium that ends, and for long work one now and then. */
export class Progress {
  readonly #log: Pick<Log, 'info'>;
  readonly #now: () => number;
  readonly #figures: ProgressFigures & { samples: Sample[] };

  /** @param now milliseconds of any clock that does not go back */
  constructor(media: readonly ExpectedMedium[], log: Pick<Log, 'info'>, now: () => number) {
    this.#log = log;
    this.#now = now;
    this.#figures = {
      media: media.length,
      finished: 0,
      failed: 0,
      objects: media.reduce((sum, { objects }) => sum + objects, 0),
      objectsDone: 0,
      totalBytes: media.reduce((sum, { bytes }) => sum + bytes, 0),
      sentBytes: 0,
      startedAt: now(),
      samples: [{ at: now(), bytes: 0 }],
    };
  }

  /** The place to report to about a medium, one of those given to the constructor; also for one that never starts. */
  medium(expected: ExpectedMedium): MediumReporter {
    const figures = this.#figures;
    let sentBytes = 0;
    let objectsDone = 0;
    let ended = false;
    const add = (bytes: number) => {
      if (ended) return;
      sentBytes += bytes;
      figures.sentBytes += bytes;
    };
    return {
      sent: add,
      unsent: (bytes) => add(-bytes),
      objectDone: () => {
        if (ended) return;
        objectsDone += 1;
        figures.objectsDone += 1;
      },
      restarted: ({ message }) => {
        figures.sentBytes -= sentBytes;
        figures.objectsDone -= objectsDone;
        sentBytes = 0;
        objectsDone = 0;
        this.#log.info(`↻ ${expected.path} begins anew: ${message}`);
      },
      finished: (result) => {
        if (ended) return;
        ended = true;
        figures.finished += 1;
        if (result.error !== undefined) figures.failed += 1;
        if (STATUSES[result.status].isPublished) {
          figures.sentBytes += expected.bytes - sentBytes;
          figures.objectsDone += expected.objects - objectsDone;
        } else {
          figures.totalBytes -= expected.bytes - sentBytes;
          figures.objects -= expected.objects - objectsDone;
        }
        this.#log.info(finishedLine(result));
      },
    };
  }

  /** Prints a line of progress if one is due. */
  tick(): void {
    const now = this.#now();
    const line = progressLine(this.#figures, now);
    if (line === undefined) return;
    this.#log.info(line);
    const { samples, sentBytes } = this.#figures;
    samples.push({ at: now, bytes: sentBytes });
    while (samples.length > SPEED_WINDOW / PROGRESS_INTERVAL + 1) samples.shift();
  }
}

/**
 * Has progress look every second whether a line is due, without keeping the process alive.
 *
 * @returns the function that ends it
 */
export function startTicking(progress: Progress): () => void {
  const timer = setInterval(() => progress.tick(), 1000);
  timer.unref();
  return () => clearInterval(timer);
}
