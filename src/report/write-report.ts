import type { RunReport } from '../results.js';
import { annotationsOf, unnamedFailures, writeAnnotations } from './annotations.js';
import type { Log } from './log.js';
import { type OutputSink, writeOutputs } from './outputs.js';
import { renderSummary, type SummarySink, writeSummary } from './summary/summary.js';
import { formatMedia } from './text/format.js';
import { hasFailed, headline } from './text/totals.js';

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
 * Reports what became of the run: outputs and results file first, since they are what must not be
 * lost, then the summary, and the log with the error last.
 *
 * @returns true when the step succeeded
 */
export async function writeReport(report: RunReport, sinks: ReportSinks): Promise<boolean> {
  const { log, resultsFile } = sinks;
  const written = writeOutputs(report, resultsFile, sinks.outputs);
  const final: RunReport = {
    ...report,
    warnings: [...report.warnings, ...written.warnings],
    fatal: [report.fatal, written.error?.message ?? ''].filter(Boolean).join('\n'),
  };
  if (sinks.summary) {
    try {
      await writeSummary(renderSummary(final, { resultsFile }), sinks.summary);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.warning(`The job summary could not be written: ${reason}`);
    }
  }
  const failures = unnamedFailures(final);
  if (failures.length > 0) log.group(`All failures: ${formatMedia(failures.length)}`, failures);
  writeAnnotations(annotationsOf(final, resultsFile), log);
  if (hasFailed(final)) return false;
  log.info(headline(final));
  return true;
}
