import type { RunReport } from '../results.js';
import { annotationsOf, publishAnnotations, unnamedFailures } from './annotations.js';
import { formatMedia } from './format.js';
import type { Log } from './log.js';
import { type OutputSink, publishOutputs } from './outputs.js';
import { publishSummary, renderSummary, type SummarySink } from './summary.js';
import { hasFailed, headline } from './totals.js';

/** Where a report goes. */
export interface ReportSinks {
  log: Log;
  outputs: OutputSink;
  /** Absent when no summary is wanted. */
  summary?: SummarySink;
  /** Absolute path. */
  resultsFile: string;
}

/**
 * Tells everyone what became of the run: outputs and results file first, since they are what must not be
 * lost, then the summary, and the log with the error last.
 *
 * @returns true when the step succeeded
 */
export async function publishReport(report: RunReport, sinks: ReportSinks): Promise<boolean> {
  const { log, resultsFile } = sinks;
  const written = publishOutputs(report, resultsFile, sinks.outputs);
  const told: RunReport = {
    ...report,
    warnings: [...report.warnings, ...written.warnings],
    fatal: [report.fatal, written.error?.message ?? ''].filter(Boolean).join('\n'),
  };
  if (sinks.summary) {
    try {
      await publishSummary(renderSummary(told, { resultsFile }), sinks.summary);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.warning(`The job summary could not be written: ${reason}`);
    }
  }
  const failures = unnamedFailures(told);
  if (failures.length > 0) log.group(`All failures: ${formatMedia(failures.length)}`, failures);
  publishAnnotations(annotationsOf(told, resultsFile), log);
  if (hasFailed(told)) return false;
  log.info(headline(told));
  return true;
}
