import type { RunReport } from '../results.js';
import { type AnnotationOptions, type Log, MAX_ANNOTATIONS } from './log.js';
import { type Failure, failureLine, failuresOf } from './text/failures.js';
import { formatCount, formatMedia } from './text/format.js';
import { hasFailed, headline } from './text/totals.js';

/** An annotation of the step. */
export interface Annotation {
  level: 'error' | 'warning';
  lines: string[];
  options: AnnotationOptions;
}

/** Media that an annotation names; of the others of the same failure it has the number. */
const MAX_NAMED = 5;

/**
 * The annotations of a run: warnings, then at most ten errors. Those are what went wrong with media, the same reason
 * once for all of them, and last, where people look first, what stopped the run and how many media it left undone.
 * Where there is no room for all reasons, one line says how many more media failed and where to read of them.
 * Warnings are not counted here, the log does that.
 */
export function annotationsOf(report: RunReport, resultsFile: string): Annotation[] {
  const annotations: Annotation[] = report.warnings.map((warning) => ({
    level: 'warning',
    lines: warning.split('\n'),
    options: {},
  }));
  const ending = endingOf(report);
  const failures = failuresOf(report.media);
  const shown = shownOf(report, failures);
  annotations.push(...shown.map(failureAnnotation));
  const more = countMedia(failures) - countMedia(shown);
  if (more > 0) {
    const file = resultsFile === '' ? '' : ` and in ${resultsFile} (output results-file)`;
    annotations.push({
      level: 'error',
      lines: [
        `${formatCount(more, 'more medium', 'more media')} failed. All failures are in the log above${file}.`,
      ],
      options: { title: `${formatMedia(countMedia(failures))} failed` },
    });
  }
  return [...annotations, ...ending];
}

/** A line for each failed medium, when the annotations do not name all of them; otherwise none. */
export function unnamedFailures(report: RunReport): string[] {
  const failures = failuresOf(report.media);
  const shown = shownOf(report, failures);
  const isNamed = shown.length === failures.length && shown.every(({ media }) => media.length <= MAX_NAMED);
  if (isNamed) return [];
  return report.media
    .filter(({ result }) => result.error !== undefined)
    .map(({ result }) => failureLine(result));
}

/** The failures for which there is room beside the ending, and beside the line that counts the others. */
function shownOf(report: RunReport, failures: Failure[]): Failure[] {
  const room = MAX_ANNOTATIONS - endingOf(report).length;
  return failures.length <= room ? failures : failures.slice(0, room - 1);
}

function countMedia(failures: readonly Failure[]): number {
  return failures.reduce((sum, { media }) => sum + media.length, 0);
}

function endingOf(report: RunReport): Annotation[] {
  if (!hasFailed(report)) return [];
  const fatal = report.fatal === '' ? [] : [report.fatal.split('\n')];
  // What stopped the run before any medium started is one cause, and one annotation.
  const stoppedEarly =
    report.fatal !== '' &&
    report.media.every(({ startedAt, result }) => startedAt === undefined && result.error === undefined);
  const sums = stoppedEarly ? [] : [[headline(report)]];
  return [...fatal, ...sums].map((lines) => ({ level: 'error', lines, options: {} }));
}

/** The log shows no titles, so the message has to say which medium it is about. */
function failureAnnotation({ stage, code, message, advice, media }: Failure): Annotation {
  const [first] = media;
  const single = media.length === 1 ? first : undefined;
  const lines = `${code}: ${message}`.split('\n');
  const subject = single === undefined ? formatMedia(media.length) : single.path;
  if (single === undefined || !lines[0]?.includes(subject)) lines[0] = `${subject}: ${lines[0]}`;
  if (advice !== undefined) lines.push(`What to do: ${advice}`);
  const requestId = single?.error?.requestId ?? '';
  if (requestId !== '') lines.push(`RequestId: ${requestId}`);
  if (single === undefined) {
    for (const { path, error } of media.slice(0, MAX_NAMED)) {
      lines.push(error?.requestId ? `- ${path} (RequestId ${error.requestId})` : `- ${path}`);
    }
    if (media.length > MAX_NAMED) lines.push(`- and ${media.length - MAX_NAMED} more, listed above`);
  }
  const title = `${stage[0]?.toUpperCase()}${stage.slice(1)} failed`;
  return { level: 'error', lines, options: single === undefined ? { title } : { title, file: single.path } };
}

/** Prints annotations. */
export function writeAnnotations(annotations: readonly Annotation[], log: Log): void {
  for (const { level, lines, options } of annotations) log[level](lines, options);
}
