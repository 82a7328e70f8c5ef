import { type MediumReport, type RunReport, STATUSES } from '../../results.js';
import { mermaidLabel } from '../text/escape.js';

/** More bars than this are too small to read. */
export const MAX_BARS = 40;

/** A medium that started. */
interface Bar {
  report: MediumReport;
  start: number;
  end: number;
}

/** The timeline of a run and how many media that started it leaves out. */
export interface Timeline {
  /** The text of a Mermaid diagram without its fence, empty where no medium started. */
  mermaid: string;
  bars: number;
  leftOut: number;
}

/**
 * A run as a Mermaid gantt, a bar for each medium from the run's start. Of many media it has those that failed and
 * those that took longest.
 */
export function timelineOf(run: RunReport): Timeline {
  const started = run.media.flatMap((report): Bar[] => {
    if (report.startedAt === undefined) return [];
    const start = Math.max(0, report.startedAt - run.startedAt);
    // A bar without a length is not drawn.
    const end = Math.max(start + 1, (report.endedAt ?? run.endedAt) - run.startedAt);
    return [{ report, start, end }];
  });
  if (started.length === 0) return { mermaid: '', bars: 0, leftOut: 0 };

  const shown = started
    .toSorted((a, b) => Number(hasFailed(b)) - Number(hasFailed(a)) || b.end - b.start - (a.end - a.start))
    .slice(0, MAX_BARS)
    .sort((a, b) => a.start - b.start || a.end - b.end);
  const mermaid = [
    'gantt',
    // Dates without a zone: numbers would be shown in the reader's zone, and not all of them are whole hours apart.
    '    dateFormat YYYY-MM-DD HH:mm:ss.SSS',
    `    axisFormat ${axisFormat(Math.max(...shown.map(({ end }) => end)))}`,
    '    todayMarker off',
    ...shown.map(barLine),
  ].join('\n');
  return { mermaid, bars: shown.length, leftOut: started.length - shown.length };
}

function hasFailed({ report }: Bar): boolean {
  return report.result.error !== undefined;
}

function barLine({ report, start, end }: Bar, index: number): string {
  const { path, status } = report.result;
  // No name can begin a line of Mermaid behind the letter.
  const { letter, timelineTag } = STATUSES[status];
  return `    ${letter} ${mermaidLabel(path)} :${timelineTag}m${index}, ${timestamp(start)}, ${timestamp(end)}`;
}

/** Milliseconds from the start of the run as the time of a day that begins with the run. */
function timestamp(milliseconds: number): string {
  return new Date(Date.UTC(2000, 0, 1) + Math.round(milliseconds))
    .toISOString()
    .replace('T', ' ')
    .replace('Z', '');
}

function axisFormat(milliseconds: number): string {
  if (milliseconds < 10_000) return '%-S.%L s';
  return milliseconds < 3_600_000 ? '%M:%S' : '%H:%M:%S';
}
