/** Where in the life of a medium something went wrong. */
export type Stage = 'plan' | 'apply' | 'upload' | 'commit';

/** What a medium is made of: one file, or a package described by an HLS or DASH manifest. */
export type MediumKind = 'file' | 'hls' | 'dash';

/** What became of a medium; `planned` only in a dry run, `skipped` when it never started because something else failed. */
export type MediumStatus = 'uploaded' | 'failed' | 'cancelled' | 'skipped' | 'planned';

/** What a status means, and how it is shown. */
export interface StatusTraits {
  /** In the summary. */
  mark: string;
  /** In the log and in the timeline. */
  letter: string;
  /** Colours the bar of the timeline (Mermaid). */
  timelineTag: string;
  /** The step fails when a medium has this status. */
  failsStep: boolean;
  /** The medium has a FileId and is in the outputs. */
  isPublished: boolean;
}

const UNPUBLISHED = { timelineTag: '', failsStep: true, isPublished: false };

/** Everything that depends on a status alone. */
export const STATUSES: Readonly<Record<MediumStatus, StatusTraits>> = {
  uploaded: { mark: '✅', letter: '✓', timelineTag: '', failsStep: false, isPublished: true },
  failed: { ...UNPUBLISHED, mark: '❌', letter: '✗', timelineTag: 'crit, ' },
  cancelled: { ...UNPUBLISHED, mark: '⏹️', letter: '■', timelineTag: 'done, ' },
  skipped: { ...UNPUBLISHED, mark: '⏭️', letter: '■' },
  planned: { ...UNPUBLISHED, mark: '📋', letter: '■', failsStep: false },
};

/** Why a medium failed, in the words of the service or of our own checks. */
export interface MediumError {
  stage: Stage;
  /** A code of the service (`InvalidParameterValue.SubAppId`, `SlowDown`) or one of our own. */
  code: string;
  message: string;
  /** RequestId of the answer that failed, empty where no service was asked. */
  requestId: string;
}

/** One medium in the `results` output and in the results file. */
export interface MediumResult {
  /** Path of the file or manifest relative to the workspace, with `/` on every system. */
  path: string;
  kind: MediumKind;
  status: MediumStatus;
  mediaName: string;
  /** Number of files sent, or to be sent in a dry run. */
  objects: number;
  /** Bytes sent, or to be sent in a dry run. */
  bytes: number;
  /** Seconds from the start of ApplyUpload to the answer of CommitUpload. */
  seconds: number;
  /** A decimal string, always: it exceeds 2^53. */
  fileId?: string;
  /** SHA-256 of the file, or of a package's manifest, in hex; only where digests are computed. */
  sha256?: string;
  mediaUrl?: string;
  coverUrl?: string;
  /** RequestId of the CommitUpload that published the medium. */
  requestId?: string;
  error?: MediumError;
}

/** A result with what only people need: advice and the times for the timeline. */
export interface MediumReport {
  result: MediumResult;
  /** One line on what to do about the failure, where something is known. */
  advice?: string;
  /** Milliseconds since the epoch; absent for a medium that never started. */
  startedAt?: number;
  endedAt?: number;
}

/** What became known of a medium while it is under way. */
export type MediumUpdate = Partial<Omit<MediumResult, 'path' | 'kind' | 'mediaName'>> &
  Omit<MediumReport, 'result'>;

/** Figures of the transfer that the summary folds away. */
export interface TransferStatistics {
  storageRequests: number;
  apiRequests: number;
  retries: number;
  /** Bytes that were sent, repeated ones included. */
  bytesSent: number;
  /** Highest number of storage requests that were in flight at once. */
  peakConcurrency: number;
}

/** Everything the reporters need to know of a run. */
export interface RunReport {
  /** In path order, failed ones included. */
  media: MediumReport[];
  warnings: string[];
  dryRun: boolean;
  /** True when a signal stopped the run. */
  cancelled: boolean;
  /** An error that stopped the run as a whole (bad input, no files), empty otherwise. */
  fatal: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
  endedAt: number;
  statistics: TransferStatistics;
  /** In one sentence, where the run publishes to, as whom, and with which task flow; empty before that is known. */
  destination: string;
  /** Settings worth showing, by input name; never a credential. */
  settings: Record<string, string>;
}
