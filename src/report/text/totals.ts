import { type MediumStatus, type RunReport, STATUSES } from '../../results.js';
import { formatBytes, formatDuration, formatMedia, formatNumber, formatSpeed } from './format.js';

/** The sums of a run. */
export interface Totals {
  /** All media, whatever became of them. */
  media: number;
  byStatus: Record<MediumStatus, number>;
  /** Bytes of the media that were published, or that would be in a dry run. */
  bytes: number;
  /** Milliseconds of the whole run; the mean speed is the bytes over them. */
  elapsed: number;
}

/** Adds up a run. */
export function totalsOf(report: RunReport): Totals {
  const byStatus: Totals['byStatus'] = { uploaded: 0, failed: 0, cancelled: 0, skipped: 0, planned: 0 };
  let bytes = 0;
  for (const { result } of report.media) {
    byStatus[result.status] += 1;
    if (STATUSES[result.status].isPublished || report.dryRun) bytes += result.bytes;
  }
  return {
    media: report.media.length,
    byStatus,
    bytes,
    elapsed: Math.max(0, report.endedAt - report.startedAt),
  };
}

/** True when the step must fail: something failed, stopped the run or was left undone. */
export function hasFailed(report: RunReport): boolean {
  return (
    report.fatal !== '' ||
    report.cancelled ||
    report.media.some(({ result }) => STATUSES[result.status].failsStep || result.error !== undefined)
  );
}

/** What became of the run in one sentence, with its figures; it holds no untrusted text. */
export function headline(report: RunReport): string {
  const { bytes, elapsed } = totalsOf(report);
  const size = formatBytes(bytes);
  return sentence(
    report,
    report.dryRun ? ` (${size})` : ` (${size} in ${formatDuration(elapsed)}, ${formatSpeed(bytes, elapsed)})`,
  );
}

/** The same sentence without figures, for places where these stand beside it. */
export function title(report: RunReport): string {
  return sentence(report, '');
}

function sentence(report: RunReport, figures: string): string {
  const { media, byStatus } = totalsOf(report);
  const undone = (['failed', 'cancelled', 'skipped'] as const)
    .filter((status) => byStatus[status] > 0)
    .map((status) => `${formatNumber(byStatus[status])} ${status}`)
    .join(', ');
  if (report.dryRun) {
    if (media === 0) return 'Dry run: nothing would be published';
    const refused = byStatus.failed > 0 ? `, ${formatMedia(byStatus.failed)} cannot` : '';
    return `Dry run: ${formatMedia(byStatus.planned)}${figures} would be published${refused}`;
  }
  if (report.cancelled) {
    return `Cancelled: ${formatNumber(byStatus.uploaded)} of ${formatMedia(media)} published${undone && `, ${undone}`}`;
  }
  if (byStatus.uploaded === 0) {
    return media === 0 || undone === '' ? 'Nothing was published' : `Nothing was published: ${undone}`;
  }
  if (undone !== '')
    return `Published ${formatNumber(byStatus.uploaded)} of ${formatMedia(media)}${figures}: ${undone}`;
  const failure = report.fatal === '' ? '' : ', but the step failed';
  return `Published ${formatMedia(media)}${figures}${failure}`;
}
