import { parentPort } from 'node:worker_threads';
import { CodedError } from '../errors.js';
import type { ExpectedFile } from '../expected-file.js';
import { FileDigester } from './file-digester.js';

/*
 * The script of a worker thread. It digests the files that it is sent, one after another, and answers each request.
 */

/** What a thread is asked for: the digest of a file, or to stop computing it. */
export type DigestRequest = { id: number; file: ExpectedFile } | { stop: number };

type Outcome = { digest: string } | { code: string; message: string } | { stopped: true };

/** What came of a request. */
export type DigestAnswer = Outcome & { id: number };

const port = parentPort;
if (port === null) throw new Error('This script runs in a worker thread only.');

const digester = new FileDigester();
const stops = new Map<number, AbortController>();

port.on('message', async (request: DigestRequest) => {
  if ('stop' in request) {
    stops.get(request.stop)?.abort();
    return;
  }
  const { id, file } = request;
  const stop = new AbortController();
  stops.set(id, stop);
  const answer: DigestAnswer = { id, ...(await outcomeOf(file, stop.signal)) };
  stops.delete(id);
  port.postMessage(answer);
});

async function outcomeOf(file: ExpectedFile, signal: AbortSignal): Promise<Outcome> {
  try {
    return { digest: await digester.digest(file, signal) };
  } catch (error) {
    if (signal.aborted) return { stopped: true };
    if (error instanceof CodedError) return { code: error.code, message: error.message };
    throw error;
  }
}
