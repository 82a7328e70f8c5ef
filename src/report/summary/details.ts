import type { RunReport } from '../../results.js';
import { markdownCode } from '../text/escape.js';
import { formatBytes, formatCount, formatDuration, formatNumber } from '../text/format.js';
import { fitLines, fitWhole } from './fit.js';
import { tableRow } from './rows.js';
import { timelineOf } from './timeline.js';

/** Characters of a warning or a setting that are shown. */
const MAX_TEXT = 500;

/** More warnings than these are folded away. */
const MAX_OPEN_WARNINGS = 5;

/** What is folded away: settings and figures of the transfer. A part for which there is no room is left out. */
export function detailsOf(report: RunReport, maxBytes: number): string[] {
  const lines = fitWhole(settings(report.settings), (maxBytes * 2) / 3);
  const { apiRequests, storageRequests } = report.statistics;
  if (apiRequests + storageRequests > 0) lines.push(...fitWhole(statistics(report), maxBytes / 3));
  return lines;
}

/** The warnings of a run; they stand open while they are few. */
export function warningsSection(messages: readonly string[], maxBytes: number): string[] {
  if (messages.length === 0) return [];
  const { lines, leftOut } = fitLines(
    messages,
    (message) => `- ${markdownCode(message, MAX_TEXT)}`,
    maxBytes - 200,
  );
  if (leftOut > 0) lines.push('', `${formatCount(leftOut, 'more warning')} in the log.`);
  return folded(`⚠️ ${formatCount(messages.length, 'warning')}`, lines, messages.length <= MAX_OPEN_WARNINGS);
}

function settings(values: Readonly<Record<string, string>>): string[] {
  const rows = Object.entries(values).map(([name, value]) =>
    tableRow([markdownCode(name), value === '' ? '' : markdownCode(value, MAX_TEXT)]),
  );
  return rows.length === 0 ? [] : folded('Settings', ['| Input | Value |', '| --- | --- |', ...rows]);
}

function statistics({ statistics: figures, startedAt, endedAt }: RunReport): string[] {
  return folded('Statistics', [
    '| Figure | Value |',
    '| --- | ---: |',
    tableRow(['Storage requests', formatNumber(figures.storageRequests)]),
    tableRow(['VOD API requests', formatNumber(figures.apiRequests)]),
    tableRow(['Retries', formatNumber(figures.retries)]),
    tableRow(['Bytes sent, repeated ones included', formatBytes(figures.bytesSent)]),
    tableRow(['Most storage requests at once', formatNumber(figures.peakConcurrency)]),
    tableRow(['Time of the run', formatDuration(endedAt - startedAt)]),
  ]);
}

/** Markdown that opens and closes with a click; Markdown is read inside of it only after an empty line. */
export function folded(title: string, lines: readonly string[], open = false): string[] {
  return [
    open ? '<details open>' : '<details>',
    `<summary>${title}</summary>`,
    '',
    ...lines,
    '',
    '</details>',
    '',
  ];
}

/** The timeline with its heading; nothing where no medium started. */
export function timelineSection(report: RunReport): string[] {
  const { mermaid, bars, leftOut } = timelineOf(report);
  // One bar compares with nothing.
  if (bars + leftOut < 2) return [];
  const note = `The ${bars} media that failed or took longest; ${formatNumber(leftOut)} others are left out.`;
  return ['### Timeline', '', ...(leftOut > 0 ? [note, ''] : []), '```mermaid', mermaid, '```', ''];
}
