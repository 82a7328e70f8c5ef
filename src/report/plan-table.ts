import type { FileRole } from '../media/package/reference.js';
import { coverOf, type PlannedMedium, type RefusedMedium } from '../media/planned-medium.js';
import { cutEnd, escapeLogLine, showInvisible } from './text/escape.js';
import { formatBytes, formatCount, formatMedia, formatNumber, kindName, UNKNOWN } from './text/format.js';

/** What the table shows of a medium that can't be published. */
type Refused = Pick<RefusedMedium, 'path' | 'problems' | 'unlisted'>;

/** Columns are not made wider than this for one long name. */
const MAX_COLUMN = 60;

const HEADER = ['File', 'Kind', 'Size', 'Files', 'Cover', 'MediaName'];
/** Columns of figures, which stand at the right. */
const FIGURES: ReadonlySet<string> = new Set(['Size', 'Files']);

/** The plan in one line, which is all that is seen of it while it is folded. */
export function planTitle(media: readonly PlannedMedium[], refused: readonly Refused[]): string {
  const bytes = media.reduce((sum, medium) => sum + medium.bytes, 0);
  const objects = media.reduce((sum, medium) => sum + medium.objects.length, 0);
  const figures = `${formatCount(objects, 'file')}, ${formatBytes(bytes)}`;
  if (refused.length === 0) return `Plan: ${formatMedia(media.length)}, ${figures}`;
  const all = formatMedia(media.length + refused.length);
  return `Plan: ${formatNumber(media.length)} of ${all}, ${figures}; ${formatNumber(refused.length)} cannot be published`;
}

/**
 * The plan as lines of plain text in columns, with what packages are made of below them, then the media that cannot be
 * published. What is wrong with those is said in full at the end of the run.
 */
export function planTable(media: readonly PlannedMedium[], refused: readonly Refused[]): string[] {
  const lines: string[] = [];
  if (media.length > 0) {
    const covers = media.some((medium) => coverOf(medium) !== undefined);
    const columns = HEADER.filter((name) => covers || name !== 'Cover');
    const [header = '', ...rows] = alignColumns(
      columns,
      media.map((medium) => planRow(medium, covers)),
    );
    lines.push(header);
    media.forEach((medium, index) => {
      lines.push(rows[index] ?? '');
      if (medium.kind !== 'file') lines.push(`  └ ${describeObjects(medium)}`);
    });
  }
  for (const { path, problems, unlisted = 0 } of refused) {
    const codes = [...new Set(problems.map(({ code }) => code))].join(', ');
    lines.push(`✗ ${showInvisible(path)}: ${formatCount(problems.length + unlisted, 'problem')} (${codes})`);
  }
  return lines;
}

function planRow(medium: PlannedMedium, covers: boolean): string[] {
  // Escaped here already, since what the log would put in later shifts the columns.
  const cover = coverOf(medium);
  return [
    escapeLogLine(medium.path),
    kindName(medium.kind),
    formatBytes(medium.bytes),
    formatNumber(medium.objects.length),
    ...(covers ? [cover === undefined ? UNKNOWN : escapeLogLine(cover.path)] : []),
    cutEnd(showInvisible(medium.mediaName), MAX_COLUMN),
  ];
}

/** What a package is made of. */
function describeObjects({ objects }: PlannedMedium): string {
  const countOf = (role: FileRole) => objects.filter((object) => object.role === role).length;
  const parts = [
    [countOf('manifest'), 'manifest', 'manifests'],
    [countOf('playlist'), 'playlist', 'playlists'],
    [countOf('segment'), 'segment', 'segments'],
    [countOf('key'), 'key', 'keys'],
    [countOf('other'), 'other', 'others'],
    [countOf('cover'), 'cover', 'covers'],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, singular, plural]) => formatCount(count, singular, plural))
    .join(', ');
}

/** Lines of a header and of rows with as many cells. */
function alignColumns(header: readonly string[], rows: readonly string[][]): string[] {
  const all = [header, ...rows];
  const widths = header.map(() => 0);
  for (const row of all) {
    row.forEach((cell, column) => {
      const width = displayWidth(cell);
      if (width <= MAX_COLUMN) widths[column] = Math.max(widths[column] ?? 0, width);
    });
  }
  return all.map((row) =>
    row
      .map((cell, column) => {
        const blanks = ' '.repeat(Math.max(0, (widths[column] ?? 0) - displayWidth(cell)));
        return FIGURES.has(header[column] ?? '') ? blanks + cell : cell + blanks;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Columns of a terminal that text takes: Chinese, Japanese and Korean letters take two, combining marks none. */
function displayWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  const wide = text.match(
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\uff01-\uff60]/gu,
  );
  const marks = text.match(/\p{M}/gu);
  return [...text].length + (wide?.length ?? 0) - (marks?.length ?? 0);
}
