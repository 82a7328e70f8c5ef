import type { ObjectRole, PlannedMedium } from '../media/medium.js';
import type { Problem } from '../media/problem.js';
import type { MediumKind } from '../results.js';
import { showInvisible } from './escape.js';
import { formatBytes, formatCount, formatMedia, formatNumber, UNKNOWN } from './format.js';

/** A medium that cannot be published, with everything that is wrong with it. */
export interface RefusedMedium {
  path: string;
  problems: readonly Problem[];
}

/** Problems of one medium that are printed; of the others only the number is. */
export const MAX_PROBLEMS = 20;
/** Columns are not made wider than this for one long name. */
const MAX_COLUMN = 60;

const HEADER = ['File', 'Kind', 'Size', 'Files', 'Cover', 'MediaName'];

const KIND_NAMES: Record<MediumKind, string> = { file: 'file', hls: 'HLS', dash: 'DASH' };

/** The name of a kind as people write it. */
export function kindName(kind: MediumKind): string {
  return KIND_NAMES[kind];
}

/** The plan as lines of plain text in columns, then what is wrong with the media that cannot be published. */
export function planTable(media: readonly PlannedMedium[], refused: readonly RefusedMedium[]): string[] {
  const lines: string[] = [];
  if (media.length > 0) {
    for (const line of alignColumns([HEADER, ...media.map(planRow)])) lines.push(line);
    const bytes = media.reduce((sum, medium) => sum + medium.bytes, 0);
    const objects = media.reduce((sum, medium) => sum + countObjects(medium), 0);
    lines.push(`${formatMedia(media.length)}, ${formatCount(objects, 'file')}, ${formatBytes(bytes)}`);
  }
  for (const { path, problems } of refused) {
    lines.push(`✗ ${showInvisible(path)}: ${formatCount(problems.length, 'problem')}`);
    for (const { code, message } of problems.slice(0, MAX_PROBLEMS)) lines.push(`    ${code}: ${message}`);
    const more = problems.length - MAX_PROBLEMS;
    if (more > 0) lines.push(`    and ${formatCount(more, 'more problem')}`);
  }
  return lines;
}

/** Files that a medium sends, its cover included. */
export function countObjects(medium: PlannedMedium): number {
  return medium.objects.length + (medium.cover === undefined ? 0 : 1);
}

function planRow(medium: PlannedMedium): string[] {
  return [
    medium.path,
    kindName(medium.kind),
    formatBytes(medium.bytes),
    describeObjects(medium),
    medium.cover?.path ?? UNKNOWN,
    medium.mediaName,
  ].map(showInvisible);
}

/** The number of files without the cover, and for a package what they are. */
function describeObjects({ kind, objects }: PlannedMedium): string {
  if (kind === 'file') return formatNumber(objects.length);
  const countOf = (role: ObjectRole) => objects.filter((object) => object.role === role).length;
  const parts = [
    [countOf('manifest'), 'manifest', 'manifests'],
    [countOf('playlist'), 'playlist', 'playlists'],
    [countOf('segment'), 'segment', 'segments'],
    [countOf('key'), 'key', 'keys'],
    [countOf('other') + countOf('media'), 'other', 'others'],
  ] as const;
  const described = parts
    .filter(([count]) => count > 0)
    .map(([count, singular, plural]) => formatCount(count, singular, plural))
    .join(', ');
  return `${formatNumber(objects.length)} (${described})`;
}

function alignColumns(rows: readonly string[][]): string[] {
  const widths = HEADER.map(() => 0);
  for (const row of rows) {
    row.forEach((cell, column) => {
      const width = displayWidth(cell);
      if (width <= MAX_COLUMN) widths[column] = Math.max(widths[column] ?? 0, width);
    });
  }
  return rows.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - displayWidth(cell))))
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
