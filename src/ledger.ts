import type {
  MediumReport,
  MediumResult,
  MediumStatus,
  MediumUpdate,
  RunReport,
  TransferStatistics,
} from './results.js';

const NOTHING_SENT: TransferStatistics = {
  storageRequests: 0,
  apiRequests: 0,
  retries: 0,
  bytesSent: 0,
  peakConcurrency: 0,
};

/** A medium as far as it is known; its status follows from the rest unless it is given. */
type Entry = Omit<MediumReport, 'result'> & {
  result: Omit<MediumResult, 'status'> & { status?: MediumStatus };
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
  /** Where the run publishes to, in one sentence. */
  destination = '';
  settings: Record<string, string> = {};
  readonly warnings: string[] = [];
  /** Called when a medium was published. */
  onPublished: () => void = () => undefined;
  /** Asked when a report is made. */
  statistics: () => TransferStatistics = () => NOTHING_SENT;
  private readonly media = new Map<string, Entry>();

  /**
   * @param startedAt milliseconds since the epoch
   * @param redact takes secrets out of text before it is kept; services echo what they are sent
   */
  constructor(
    private readonly startedAt: number,
    private readonly redact: (text: string) => string = (text) => text,
  ) {}

  /** Enters a medium of the plan, with its status where it will never be published by this run. */
  enter(result: Entry['result']): void {
    this.media.set(result.path, { result });
  }

  /**
   * Enters what became known of a medium. From the FileId on it counts as published, whatever fails afterwards; a
   * medium that started and has neither FileId nor error counts as cancelled.
   */
  update(path: string, { advice, startedAt, endedAt, error, ...result }: MediumUpdate): void {
    const entry = this.entry(path);
    Object.assign(entry.result, result);
    if (error !== undefined) entry.result.error = { ...error, message: this.redact(error.message) };
    if (advice !== undefined) entry.advice = advice;
    if (startedAt !== undefined) entry.startedAt = startedAt;
    if (endedAt !== undefined) entry.endedAt = endedAt;
    if (result.fileId !== undefined) this.onPublished();
  }

  warn(message: string): void {
    this.warnings.push(this.redact(message));
  }

  fail(message: string): void {
    this.fatal ||= this.redact(message);
  }

  /** The result of a medium as of now. */
  resultOf(path: string): MediumResult {
    return this.reportOf(this.entry(path)).result;
  }

  /** The report as of now, media in path order. */
  report(now: number): RunReport {
    const byPath = (a: MediumReport, b: MediumReport): number =>
      a.result.path < b.result.path ? -1 : a.result.path > b.result.path ? 1 : 0;
    return {
      media: [...this.media.values()].map((entry) => this.reportOf(entry)).sort(byPath),
      warnings: this.warnings,
      dryRun: this.dryRun,
      cancelled: this.cancelled,
      fatal: this.fatal,
      startedAt: this.startedAt,
      endedAt: now,
      statistics: this.statistics(),
      destination: this.destination,
      settings: this.settings,
    };
  }

  private entry(path: string): Entry {
    const entry = this.media.get(path);
    if (entry === undefined) throw new TypeError(`${path} is not in the ledger`);
    return entry;
  }

  private reportOf({ result, ...rest }: Entry): MediumReport {
    const { path, kind, status = this.statusOf(result, rest.startedAt), ...more } = result;
    return { ...rest, result: { path, kind, status, ...more } };
  }

  private statusOf({ fileId, error }: Entry['result'], startedAt: number | undefined): MediumStatus {
    if (fileId !== undefined) return 'uploaded';
    if (error !== undefined) return 'failed';
    return this.cancelled || startedAt !== undefined ? 'cancelled' : 'skipped';
  }
}
