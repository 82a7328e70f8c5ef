import type { RunReport } from '../results.js';
import { cutEnd, markdownCode } from './escape.js';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatMedia,
  formatNumber,
  formatSpeed,
} from './format.js';
import { detailsOf, timelineSection } from './summary-details.js';
import { fitLines, fitWhole, sizeOfLines } from './summary-fit.js';
import { failureItem, mediaTable, PLAN_TABLE, tableRow } from './summary-rows.js';
import { hasFailed, headline, totalsOf } from './totals.js';

/** What bounds a summary. */
export interface SummaryOptions {
  /** Path of the results file, for readers who miss something. */
  resultsFile?: string;
  /** UTF-8 bytes; the platform drops a summary of more than 1 MiB. */
  maxBytes?: number;
  /** Rows of the table of media: browsers are slow with many covers. */
  maxRows?: number;
}

/** The function of `@actions/core` that takes the summary. */
export interface SummarySink {
  addRaw(text: string): { write(): Promise<unknown> };
}

/** UTF-8 bytes of a step's summary that the platform takes. */
export const MAX_SUMMARY_BYTES = 1024 * 1024;
const MAX_ROWS = 1000;
/** Bytes kept free for headings and, besides the path of the results file, the lines that say what was left out. */
const RESERVE = 1500;
/** Characters of the error that stopped the run. */
const MAX_FATAL = 4000;

/**
 * The job summary of a run as GitHub Markdown, never longer than the limit. Failures come first. What does not fit
 * is left out: rows from the end of the table, and a line says how many and where all results are.
 */
export function renderSummary(report: RunReport, options: SummaryOptions = {}): string {
  const { resultsFile = '', maxBytes = MAX_SUMMARY_BYTES, maxRows = MAX_ROWS } = options;
  const where = resultsFile === '' ? 'The log has them.' : `All results are in ${markdownCode(resultsFile)}.`;
  const head = headSection(report);
  const counts = countsSection(report);

  let room = maxBytes - RESERVE - sizeOfLines([...head, ...counts, where, where]);
  const failures = failuresSection(report, where, room / 2);
  room -= sizeOfLines(failures);
  const details = detailsOf(report, room / 4);
  room -= sizeOfLines(details);
  const timeline = report.dryRun ? [] : fitWhole(timelineSection(report), room / 2);
  room -= sizeOfLines(timeline);
  const media = mediaSection(report, where, room, maxRows);

  return `${[...head, ...failures, ...counts, ...media, ...timeline, ...details].join('\n').trimEnd()}\n`;
}

function headSection(report: RunReport): string[] {
  const lines = [`## ${mark(report)} ${headline(report)}`, ''];
  if (report.fatal !== '') {
    for (const line of cutEnd(report.fatal, MAX_FATAL).split('\n'))
      lines.push(`- ${markdownCode(line, MAX_FATAL)}`);
    lines.push('');
  }
  return lines;
}

function mark(report: RunReport): string {
  if (hasFailed(report)) return '❌';
  return report.media.length === 0 || report.warnings.length > 0 ? '⚠️' : '✅';
}

function failuresSection(report: RunReport, where: string, maxBytes: number): string[] {
  const failed = report.media.filter(({ result }) => result.status === 'failed');
  if (failed.length === 0) return [];
  const { lines, leftOut } = fitLines(failed, failureItem, maxBytes);
  if (leftOut > 0) lines.push('', `${formatCount(leftOut, 'more medium', 'more media')} failed. ${where}`);
  return [`### ${formatMedia(failed.length)} failed`, '', ...lines, ''];
}

function countsSection(report: RunReport): string[] {
  const { media, byStatus, bytes, elapsed } = totalsOf(report);
  if (media === 0) return [];
  const columns: [string, string][] = report.dryRun
    ? [['Planned', formatNumber(byStatus.planned)]]
    : [['Published', formatNumber(byStatus.uploaded)]];
  for (const status of ['failed', 'cancelled', 'skipped'] as const) {
    const name = `${status[0]?.toUpperCase()}${status.slice(1)}`;
    if (byStatus[status] > 0) columns.push([name, formatNumber(byStatus[status])]);
  }
  columns.push(['Bytes', formatBytes(bytes)]);
  if (!report.dryRun) {
    columns.push(['Time', formatDuration(elapsed)], ['Mean speed', formatSpeed(bytes, elapsed)]);
  }
  return [
    tableRow(columns.map(([name]) => name)),
    tableRow(columns.map(() => '---:')),
    tableRow(columns.map(([, value]) => value)),
    '',
  ];
}

function mediaSection(report: RunReport, where: string, maxBytes: number, maxRows: number): string[] {
  if (report.media.length === 0) return [];
  const table = report.dryRun ? PLAN_TABLE : mediaTable(report.media);
  const { lines, leftOut } = fitLines(report.media, table.row, maxBytes, maxRows);
  const section = [report.dryRun ? '### Plan' : '### Media', ''];
  if (lines.length > 0) section.push(...table.head, ...lines, '');
  if (leftOut > 0) {
    section.push(
      `${formatMedia(leftOut)} of ${formatNumber(report.media.length)} left out here. ${where}`,
      '',
    );
  }
  return section;
}

/**
 * Appends the summary to the file of the step.
 *
 * @throws when the runner has given no summary file
 */
export async function publishSummary(markdown: string, sink: SummarySink): Promise<void> {
  await sink.addRaw(markdown).write();
}
