import type { MediumKind, MediumReport, MediumStatus } from '../results.js';
import { escapeMarkdown, markdownCode, safeUrl } from './escape.js';
import { formatBytes, formatCount, formatDuration, formatNumber } from './format.js';
import { kindName } from './plan-table.js';

const STATUS_MARKS: Record<MediumStatus, string> = {
  uploaded: '✅',
  failed: '❌',
  cancelled: '⏹️',
  skipped: '⏭️',
  planned: '📋',
};
const COVER_WIDTH = 120;
/** Characters of a message that are shown of it; the results file has all. */
const MAX_MESSAGE = 1000;

/** The head of a table of the summary, and what makes a row of a medium. */
export interface MediaTable {
  head: string[];
  row(report: MediumReport): string;
}

/** The table of a run; it has a column for covers where at least one medium has one. */
export function mediaTable(media: readonly MediumReport[]): MediaTable {
  const covers = media.some(({ result }) => safeUrl(result.coverUrl) !== undefined);
  const columns = ['File', 'FileId', 'Size', 'Time', 'Links'];
  const alignments = ['---', '---', '---:', '---:', '---'];
  return {
    head: covers
      ? [tableRow(['Cover', ...columns]), tableRow(['---', ...alignments])]
      : [tableRow(columns), tableRow(alignments)],
    row({ result }) {
      const { status, fileId, bytes, seconds } = result;
      const cells = [
        `${STATUS_MARKS[status]} ${markdownCode(result.path)}${packageNote(result.kind, result.objects)}`,
        fileId === undefined ? status : markdownCode(fileId),
        formatBytes(bytes),
        seconds > 0 ? formatDuration(seconds * 1000) : '',
        [link('Play', result.mediaUrl), link('Cover', result.coverUrl)]
          .filter((text) => text !== '')
          .join(' · '),
      ];
      return tableRow(covers ? [image(result.coverUrl), ...cells] : cells);
    },
  };
}

/** The table of a dry run. */
export const PLAN_TABLE: MediaTable = {
  head: [
    tableRow(['File', 'Kind', 'Files', 'Size', 'MediaName']),
    tableRow(['---', '---', '---:', '---:', '---']),
  ],
  row({ result }) {
    return tableRow([
      `${STATUS_MARKS[result.status]} ${markdownCode(result.path)}`,
      kindName(result.kind),
      formatNumber(result.objects),
      formatBytes(result.bytes),
      markdownCode(result.mediaName),
    ]);
  },
};

/** A failed medium as an item of a list: what failed, in whose words, and what to do. */
export function failureItem({ result, advice }: MediumReport): string {
  const { error } = result;
  const lines = [`- ${STATUS_MARKS.failed} ${markdownCode(result.path)}`];
  if (error !== undefined) {
    const message = error.message
      .split('\n')
      .map((line) => markdownCode(line, MAX_MESSAGE))
      .join('<br>');
    lines[0] += ` failed in stage **${error.stage}** with ${markdownCode(error.code)}`;
    lines.push(message);
  }
  if (advice !== undefined) lines.push(`**What to do:** ${escapeMarkdown(advice)}`);
  if (error !== undefined && error.requestId !== '') lines.push(`RequestId ${markdownCode(error.requestId)}`);
  return lines.join('<br>');
}

/** A row of a table from cells that are escaped already. */
export function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function packageNote(kind: MediumKind, objects: number): string {
  return kind === 'file' ? '' : `<br><sub>${kindName(kind)}, ${formatCount(objects, 'file')}</sub>`;
}

function link(text: string, url: string | undefined): string {
  const href = safeUrl(url);
  return href === undefined ? '' : `<a href="${href}">${text}</a>`;
}

function image(url: string | undefined): string {
  const source = safeUrl(url);
  return source === undefined ? '' : `<img src="${source}" width="${COVER_WIDTH}" alt="">`;
}
