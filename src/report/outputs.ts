import { type MediumResult, type RunReport, STATUSES } from '../results.js';
import { writeResultsFile } from './results-file.js';
import { formatBytes } from './text/format.js';

/** The outputs of the action, by the names of action.yml. */
export type OutputName =
  | 'file-id'
  | 'media-url'
  | 'cover-url'
  | 'file-ids'
  | 'media-urls'
  | 'cover-urls'
  | 'results'
  | 'results-file'
  | 'uploaded-count'
  | 'failed-count'
  | 'uploaded-bytes';

export type Outputs = Record<OutputName, string>;

/** The function of `@actions/core` that sets an output. */
export interface OutputSink {
  setOutput(name: string, value: string): void;
}

/** Bytes in UTF-16 that the platform takes as outputs of a job. */
export const MAX_OUTPUT_BYTES = 1_000_000;

/**
 * The outputs of a run. Those which list media have one entry per uploaded medium, in path order, so that the
 * same index is the same medium. `results` is empty when all together would exceed the platform's limit.
 *
 * @returns the outputs, and warnings about what was left out or is too long to become a job output
 */
export function outputsOf(report: RunReport, resultsFile: string): { outputs: Outputs; warnings: string[] } {
  const results = report.media.map(({ result }) => result);
  const uploaded = results.filter(({ status }) => STATUSES[status].isPublished);
  const column = (key: 'fileId' | 'mediaUrl' | 'coverUrl') => uploaded.map((result) => result[key] ?? '');
  const fileIds = column('fileId');
  const mediaUrls = column('mediaUrl');
  const coverUrls = column('coverUrl');
  const outputs: Outputs = {
    'file-id': fileIds[0] ?? '',
    'media-url': mediaUrls[0] ?? '',
    'cover-url': coverUrls[0] ?? '',
    'file-ids': JSON.stringify(fileIds),
    'media-urls': JSON.stringify(mediaUrls),
    'cover-urls': JSON.stringify(coverUrls),
    results: JSON.stringify(results),
    'results-file': resultsFile,
    'uploaded-count': String(uploaded.length),
    'failed-count': String(results.filter(({ error }) => error !== undefined).length),
    'uploaded-bytes': String(uploaded.reduce((sum, { bytes }) => sum + bytes, 0)),
  };

  const warnings: string[] = [];
  const where = resultsFile === '' ? '' : ` Read ${resultsFile} (output results-file).`;
  if (sizeOf(outputs) > MAX_OUTPUT_BYTES) {
    const size = formatBytes(outputs.results.length * 2);
    outputs.results = '';
    warnings.push(`The output results is empty: with its ${size} the outputs would exceed 1 MB.${where}`);
  }
  if (sizeOf(outputs) > MAX_OUTPUT_BYTES) {
    warnings.push(
      `The outputs exceed 1 MB together: steps can read them, but a job's outputs cannot hold them.${where}`,
    );
  }
  return { outputs, warnings };
}

/** Bytes of all names and values in UTF-16, which is how the platform counts. */
function sizeOf(outputs: Outputs): number {
  let units = 0;
  for (const [name, value] of Object.entries(outputs)) units += name.length + value.length;
  return units * 2;
}

/**
 * Writes the results file and sets every output. It runs without waiting for anything, so that it can be done
 * while the process ends. The outputs are set even if the file cannot be written: then `results-file` is empty.
 *
 * @param resultsFile absolute path
 * @returns what to warn of, and the error of the results file or of the outputs if there was one
 */
export function writeOutputs(
  report: RunReport,
  resultsFile: string,
  sink: OutputSink,
): { warnings: string[]; error?: Error } {
  const results: MediumResult[] = report.media.map(({ result }) => result);
  let error: Error | undefined;
  try {
    writeResultsFile(resultsFile, results);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    error = new Error(`The results file ${resultsFile} cannot be written: ${reason}`, { cause });
  }
  const { outputs, warnings } = outputsOf(report, error === undefined ? resultsFile : '');
  try {
    for (const [name, value] of Object.entries(outputs)) sink.setOutput(name, value);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const where = error === undefined ? ` All results are in ${resultsFile}.` : '';
    error = new Error(`The outputs cannot be set: ${reason}.${where}`, { cause });
  }
  return error === undefined ? { warnings } : { warnings, error };
}
