import type { MediumReport, RunReport } from '../results.js';
import { formatCount, formatMedia } from './format.js';
import { type AnnotationOptions, type Log, MAX_ANNOTATIONS } from './log.js';
import { hasFailed, headline } from './totals.js';

/** An annotation of the step. */
export interface Annotation {
  level: 'error' | 'warning';
  lines: string[];
  options: AnnotationOptions;
}

/**
 * The annotations of a run: warnings, then at most ten errors. Those are the media that failed, and last, where
 * people look first, what stopped the run and how many media it left undone. Where there is no room for all
 * media, one line says how many more failed and where to read of them. Warnings are not counted here, the log
 * does that.
 */
export function annotationsOf(report: RunReport, resultsFile: string): Annotation[] {
  const annotations: Annotation[] = report.warnings.map((warning) => ({
    level: 'warning',
    lines: warning.split('\n'),
    options: {},
  }));
  const ending = endingOf(report);
  const failed = report.media.filter(({ result }) => result.status === 'failed');
  const room = MAX_ANNOTATIONS - ending.length;
  const shown = failed.length <= room ? failed : failed.slice(0, room - 1);
  annotations.push(...shown.map(failureAnnotation));
  const more = failed.length - shown.length;
  if (more > 0) {
    const where = resultsFile === '' ? 'the log and the job summary' : `${resultsFile} (output results-file)`;
    annotations.push({
      level: 'error',
      lines: [`${formatCount(more, 'more medium', 'more media')} failed. All errors are in ${where}.`],
      options: { title: `${formatMedia(failed.length)} failed` },
    });
  }
  return [...annotations, ...ending];
}

function endingOf(report: RunReport): Annotation[] {
  if (!hasFailed(report)) return [];
  const fatal = report.fatal === '' ? [] : [report.fatal.split('\n')];
  const sums = report.media.length === 0 && report.fatal !== '' ? [] : [[headline(report)]];
  return [...fatal, ...sums].map((lines) => ({ level: 'error', lines, options: {} }));
}

function failureAnnotation({ result, advice }: MediumReport): Annotation {
  const { path, error } = result;
  const lines = error === undefined ? ['No reason is known.'] : `${error.code}: ${error.message}`.split('\n');
  if (advice !== undefined) lines.push(`What to do: ${advice}`);
  if (error !== undefined && error.requestId !== '') lines.push(`RequestId: ${error.requestId}`);
  const title = error === undefined ? `${path}: failed` : `${path}: ${error.stage} failed`;
  return { level: 'error', lines, options: { title, file: path } };
}

/** Prints annotations. */
export function publishAnnotations(annotations: readonly Annotation[], log: Log): void {
  for (const { level, lines, options } of annotations) log[level](lines, options);
}
