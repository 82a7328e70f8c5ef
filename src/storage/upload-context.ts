import type { ExpectedFile } from '../expected-file.js';
import type { Bucket, SendOptions } from './bucket.js';
import type { RequestBudget } from './request-budget.js';

/** One local file and the key that it gets. */
export interface Upload extends ExpectedFile {
  /** Object key without a leading slash. */
  key: string;
  contentType: string;
}

/** One kind of request of an upload. */
export interface UploadRequest<T> {
  /** Names the request in the log. */
  what: string;
  /** Larger goes first. */
  priority: number;
  /** Bytes of the body. */
  size: number;
  /** One try. */
  send(options: SendOptions): Promise<T>;
  /** True for a failure after which the request is not repeated as it is. */
  isLast?(error: unknown): boolean;
}

/** The tools that uploading one object needs, bound to its medium. */
export interface UploadContext {
  bucket: Bucket;
  budget: RequestBudget;
  partSize?: number;
  /** Stops the medium's requests; its reason is the first failure. */
  stop: AbortController;
  /** Runs a request under the budget and repeats it where that can help. */
  attempt<T>(request: UploadRequest<T>): Promise<T>;
  /**
   * Runs a request that cleans up and repeats it where that can help. It has a signal of its own, because
   * the medium's has fired already when cleaning up is needed most.
   */
  cleanUp<T>(what: string, request: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Something that must be done again, beyond a single request. */
  note(what: string, error: Error): void;
  /** Something that people may want to look after, although the medium goes on. */
  warn(message: string): void;
}

/** Control requests go first: a part that waits for its UploadId, or an object for its completion, wastes the network. */
export const CONTROL_PRIORITY = Number.MAX_SAFE_INTEGER;

/** A request that sends a small control message. */
export function controlRequest<T>(what: string, send: (signal: AbortSignal) => Promise<T>): UploadRequest<T> {
  return { what, priority: CONTROL_PRIORITY, size: 0, send: ({ signal }) => send(signal) };
}
