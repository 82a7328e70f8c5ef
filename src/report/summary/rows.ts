import { type MediumKind, type MediumReport, STATUSES } from '../../results.js';
import { markdownCode, safeUrl } from '../text/escape.js';
import { formatBytes, formatCount, formatDuration, formatNumber, kindName } from '../text/format.js';

const COVER_WIDTH = 120;

/** The head of a table of the summary, and what makes a row of a medium. */
export interface MediaTable {
  head: string[];
  row(report: MediumReport): string;
}

/** The table of a run; it has a column for covers where at least one medium has one. */
export function mediaTable(media: readonly MediumReport[]): MediaTable {
  const covers = media.some(({ result }) => safeUrl(result.coverUrl) !== undefined);
  const columns = ['File', 'FileId', 'Size', 'Time', 'Links'];
  const alignments = [':---', ':---', '---:', '---:', ':---'];
  return {
    head: covers
      ? [tableRow(['Cover', ...columns]), tableRow([':---', ...alignments])]
      : [tableRow(columns), tableRow(alignments)],
    row({ result }) {
      const { status, fileId, bytes, seconds } = result;
      const cells = [
        `${STATUSES[status].mark} ${markdownCode(result.path)}${packageNote(result.kind, result.objects)}`,
        fileId === undefined ? status : markdownCode(fileId),
        unlessNothing(bytes, formatBytes),
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
    tableRow([':---', ':---', '---:', '---:', ':---']),
  ],
  row({ result }) {
    return tableRow([
      `${STATUSES[result.status].mark} ${markdownCode(result.path)}`,
      kindName(result.kind),
      unlessNothing(result.objects, formatNumber),
      unlessNothing(result.bytes, formatBytes),
      markdownCode(result.mediaName),
    ]);
  },
};

/** Nothing was sent of most media that failed, and a zero would look like their size. */
function unlessNothing(value: number, format: (value: number) => string): string {
  return value > 0 ? format(value) : '';
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
