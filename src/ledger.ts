import type { MediumReport, MediumResult, RunReport, TransferStatistics } from './results.js';

const NOTHING_SENT: TransferStatistics = {
  storageRequests: 0,
  apiRequests: 0,
  retries: 0,
  bytesSent: 0,
  peakConcurrency: 0,
};

/**
 * What is known of the run at any moment. It is complete at all times: should the process have to end
 * early, the report that it gives holds every medium that was published until then.
 */
export class Ledger {
  dryRun = false;
  /** True when a signal stopped the run. */
  cancelled = false;
  /** The error that stopped the run as a whole; the first one stays. */
  fatal = '';
  settings: Record<string, string> = {};
  readonly warnings: string[] = [];
  /** Asked when a report is made. */
  statistics: () => TransferStatistics = () => NOTHING_SENT;
  private readonly media = new Map<string, MediumReport>();
  /** Paths of media that have no end yet. */
  private readonly open = new Set<string>();

  private readonly started = new Set<string>();

  /** @param startedAt milliseconds since the epoch */
  constructor(private readonly startedAt: number) {}

  /** A medium that is going to be published. Until it is recorded it counts as skipped, or as cancelled after a signal. */
  expect(result: MediumResult): void {
    this.media.set(result.path, { result: { ...result, status: 'skipped' } });
    this.open.add(result.path);
  }

  /** A medium has been started; should it never end, that was not because it was skipped. */
  start(path: string): void {
    this.started.add(path);
  }

  /** A medium has ended. */
  record(report: MediumReport): void {
    this.media.set(report.result.path, report);
    this.open.delete(report.result.path);
  }

  warn(message: string): void {
    this.warnings.push(message);
  }

  fail(message: string): void {
    this.fatal ||= message;
  }

  /** The report as of now, media in path order. */
  report(now: number): RunReport {
    const byPath = (a: MediumReport, b: MediumReport): number =>
      a.result.path < b.result.path ? -1 : a.result.path > b.result.path ? 1 : 0;
    for (const path of this.open) {
      const { result } = this.media.get(path) as MediumReport;
      if (this.cancelled || this.started.has(path)) result.status = 'cancelled';
    }
    return {
      media: [...this.media.values()].sort(byPath),
      warnings: this.warnings,
      dryRun: this.dryRun,
      cancelled: this.cancelled,
      fatal: this.fatal,
      startedAt: this.startedAt,
      endedAt: now,
      statistics: this.statistics(),
      settings: this.settings,
    };
  }
}
