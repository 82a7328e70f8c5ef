import type { ServiceError } from '../network/errors.js';
import type { Bucket } from './bucket.js';
import type { RequestBudget } from './request-budget.js';
import type { ExpectedFile } from './source-file.js';

/** One local file and the key that it gets. */
export interface Upload extends ExpectedFile {
  /** Object key without a leading slash. */
  key: string;
  contentType: string;
}

/** What one attempt of a request is given. */
export interface Attempt {
  signal: AbortSignal;
  onSent(bytes: number): void;
}

/** The tools that uploading one object needs, bound to its medium. */
export interface UploadContext {
  bucket: Bucket;
  budget: RequestBudget;
  partSize?: number;
  /** Stops the medium's requests; its reason is the first failure. */
  stop: AbortController;
  /**
   * Runs a request under the budget and repeats it where that can help.
   *
   * @param what names the request in the log
   * @param priority larger goes first
   */
  attempt<T>(what: string, priority: number, request: (attempt: Attempt) => Promise<T>): Promise<T>;
  /**
   * Runs a request that cleans up and repeats it where that can help. It has a signal of its own, because
   * the medium's has fired already when cleaning up is needed most.
   */
  cleanUp<T>(what: string, request: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Something that must be done again, beyond a single request. */
  note(what: string, error: ServiceError): void;
  /** Something that people may want to look after, although the medium goes on. */
  warn(message: string): void;
}

/** Control requests go first: a part that waits for its UploadId, or an object for its completion, is idle line. */
export const CONTROL_PRIORITY = Number.MAX_SAFE_INTEGER;
