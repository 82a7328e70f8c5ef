import type { RunReport } from '../../results.js';
import { cutEnd, escapeMarkdown, markdownCode } from '../text/escape.js';
import { formatBytes, formatDuration, formatMedia, formatNumber, formatSpeed } from '../text/format.js';
import { hasFailed, title, totalsOf } from '../text/totals.js';
import { detailsOf, folded, timelineSection, warningsSection } from './details.js';
import { failuresSection } from './failures.js';
import { fitLines, fitWhole, sizeOfLines } from './fit.js';
import { mediaTable, PLAN_TABLE, tableRow } from './rows.js';

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
/** A table of more media is folded away, so that what stands below it is seen. */
const MAX_OPEN_ROWS = 50;
/** Bytes kept free for headings and, besides the path of the results file, the lines that say what was left out. */
const RESERVE = 1500;
/** Characters of the error that stopped the run. */
const MAX_FATAL = 4000;

/**
 * The job summary of a run as GitHub Markdown, never longer than the limit. Failures come first, then figures and
 * warnings. What does not fit is left out: rows from the end of the table, and a line above it says how many there are
 * and where all results are.
 */
export function renderSummary(report: RunReport, options: SummaryOptions = {}): string {
  const { resultsFile = '', maxBytes = MAX_SUMMARY_BYTES, maxRows = MAX_ROWS } = options;
  const where =
    resultsFile === ''
      ? 'The log has them.'
      : `All results are in ${markdownCode(resultsFile)} (output <code>results-file</code>).`;
  const head = headSection(report);
  const counts = countsSection(report);

  let room = maxBytes - RESERVE - sizeOfLines([...head, ...counts, where, where]);
  const failures = failuresSection(report, where, room / 2);
  room -= sizeOfLines(failures);
  const warnings = warningsSection(report.warnings, room / 8);
  room -= sizeOfLines(warnings);
  const details = detailsOf(report, room / 8);
  room -= sizeOfLines(details);
  const timeline = report.dryRun ? [] : fitWhole(timelineSection(report), room / 2);
  room -= sizeOfLines(timeline);
  const media = mediaSection(report, where, room, maxRows);

  const sections = [head, failures, counts, warnings, media, timeline, details];
  return `${sections.flat().join('\n').trimEnd()}\n`;
}

function headSection(report: RunReport): string[] {
  const lines = [`## ${mark(report)} ${title(report)}`, ''];
  if (report.destination !== '') lines.push(`<sub>${escapeMarkdown(report.destination)}</sub>`, '');
  return report.fatal === '' ? lines : [...lines, ...fatalLines(cutEnd(report.fatal, MAX_FATAL)), ''];
}

/** The error that stopped the run, a line as a line; what it lists is a list. */
function fatalLines(fatal: string): string[] {
  const lines: string[] = [];
  let listed = true;
  for (const line of fatal.split('\n')) {
    const item = lines.length > 0 && line.startsWith('- ');
    const code = markdownCode(item ? line.slice(2) : line, MAX_FATAL);
    if (item && !listed) lines.push('');
    if (item) lines.push(`- ${code}`);
    else if (listed) lines.push(...(lines.length > 0 ? [''] : []), code);
    else lines.push(`${lines.pop()}<br>${code}`);
    listed = item;
  }
  return lines;
}

function mark(report: RunReport): string {
  if (hasFailed(report)) return '❌';
  return report.media.length === 0 || report.warnings.length > 0 ? '⚠️' : '✅';
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
  if (bytes > 0) columns.push(['Bytes', formatBytes(bytes)]);
  if (!report.dryRun) columns.push(['Time', formatDuration(elapsed)]);
  if (!report.dryRun && bytes > 0) columns.push(['Mean speed', formatSpeed(bytes, elapsed)]);
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
  if (leftOut > 0) {
    const all = formatMedia(report.media.length);
    const shown =
      lines.length > 0
        ? `The first ${formatNumber(lines.length)} of ${all} are here.`
        : `${all} have no room here.`;
    section.push(`${shown} ${where}`, '');
  }
  const rows = [...table.head, ...lines];
  if (lines.length > MAX_OPEN_ROWS) section.push(...folded(`Show ${formatMedia(lines.length)}`, rows));
  else if (lines.length > 0) section.push(...rows, '');
  return section;
}

/**
 * Appends the summary to the file of the step.
 *
 * @throws when the runner has given no summary file
 */
export async function writeSummary(markdown: string, sink: SummarySink): Promise<void> {
  await sink.addRaw(markdown).write();
}
