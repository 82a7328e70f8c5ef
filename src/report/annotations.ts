import type { MediumReport, RunReport } from '../results.js';
import { formatCount, formatMedia } from './format.js';
import { type AnnotationOptions, type Log, MAX_ANNOTATIONS } from './log.js';

/** An annotation of the step. */
export interface Annotation {
  level: 'error' | 'warning';
  lines: string[];
  options: AnnotationOptions;
}

/**
 * The annotations of a run, at most ten errors: what stopped the run, then the media that failed. Where there are
 * more, the tenth says how many, and where to read of them. Warnings are not counted here, the log does that.
 */
export function annotationsOf(report: RunReport, resultsFile: string): Annotation[] {
  const annotations: Annotation[] = [];
  if (report.fatal !== '') {
    annotations.push({ level: 'error', lines: report.fatal.split('\n'), options: {} });
  }
  const failed = report.media.filter(({ result }) => result.status === 'failed');
  const room = MAX_ANNOTATIONS - annotations.length;
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
  for (const warning of report.warnings) {
    annotations.push({ level: 'warning', lines: warning.split('\n'), options: {} });
  }
  return annotations;
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
