import { setMaxListeners } from 'node:events';
import { forEachOf } from '../for-each-of.js';
import type { Clock } from '../network/clock.js';
import { cancelledError, ServiceError } from '../network/errors.js';
import type { Retrier } from '../network/retry.js';
import type { Transport } from '../network/transport.js';
import { Bucket } from './bucket.js';
import { BufferPool } from './buffer-pool.js';
import { COS } from './cos-error.js';
import { checkCredentialDeadline } from './credential-deadline.js';
import { uploadByParts } from './multipart.js';
import { isMultipart, requestsFor } from './parts.js';
import type { RequestBudget, Reservation } from './request-budget.js';
import { SourceFile } from './source-file.js';
import type { Destination, StorageDomain } from './storage-domain.js';
import type { Upload, UploadContext } from './upload-context.js';

export interface EngineOptions {
  transport: Transport;
  clock: Clock;
  domain: StorageDomain;
  budget: RequestBudget;
  retrier: Retrier;
  /** For clean-up, which must be possible when the other one's budget is used up. */
  cleanUpRetrier: Retrier;
  /** Bytes; absent lets the engine choose. */
  partSize?: number;
  /** Called when something is done again beyond a single request. */
  onRetry(what: string, error: ServiceError, pauseMs: number): void;
  onWarning(message: string): void;
}

/** What the medium's reporter is told. */
export interface UploadEvents {
  /** Bytes that went out; negative when a try failed and its bytes don't count. */
  onBytes(bytes: number): void;
  /** An object is stored and checked. */
  onObject(path: string): void;
}

/** Milliseconds that a clean-up request may take with its repeats, and after the run was stopped. */
const CLEAN_UP = 60_000;
const LAST_CLEAN_UP = 3000;

/**
 * Moves the files of media to the storage service under one budget of requests. It knows nothing of media
 * but the list of their files and the upload credentials for them.
 */
export class UploadEngine {
  private readonly pool = new BufferPool();

  constructor(private readonly options: EngineOptions) {}

  /** Announces what a medium will cost, so that media start early enough and not earlier. */
  reserve(sizes: readonly number[]): Reservation {
    const { budget, partSize } = this.options;
    return budget.reserve(sizes.reduce((sum, size) => sum + requestsFor(size, budget.ceiling, partSize), 0));
  }

  /**
   * Sends the files of one medium, the largest first. The first failure stops the medium's other requests
   * at once and aborts its open multipart uploads.
   *
   * @throws {ServiceError} the first failure
   */
  async upload(
    uploads: readonly Upload[],
    destination: Destination,
    reservation: Reservation,
    events: UploadEvents,
    signal: AbortSignal,
  ): Promise<void> {
    const stop = new AbortController();
    setMaxListeners(0, stop.signal);
    const onAbort = (): void => stop.abort(cancelledError(COS));
    if (signal.aborted) throw cancelledError(COS);
    signal.addEventListener('abort', onAbort, { once: true });
    const context = this.contextFor(uploads, destination, reservation, events, stop, signal);
    const largestFirst = [...uploads].sort((a, b) => b.size - a.size);
    try {
      await forEachOf(largestFirst, this.options.budget.ceiling, stop, async (upload) => {
        await this.uploadOne(context, upload);
        events.onObject(upload.path);
      });
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  private async uploadOne(context: UploadContext, upload: Upload): Promise<void> {
    const source = await SourceFile.open(upload, this.pool);
    try {
      if (isMultipart(upload.size, context.partSize)) {
        await uploadByParts(context, upload, source);
      } else {
        await context.attempt(`PUT ${upload.path}`, upload.size, async (attempt) => {
          const body = source.slice(0, upload.size);
          await context.bucket.putObject(upload.key, body, upload.contentType, attempt);
        });
        await source.verify();
      }
    } finally {
      await source.close();
    }
  }

  private contextFor(
    uploads: readonly Upload[],
    destination: Destination,
    reservation: Reservation,
    events: UploadEvents,
    stop: AbortController,
    runSignal: AbortSignal,
  ): UploadContext {
    const { signal } = stop;
    const { transport, clock, domain, budget, retrier, cleanUpRetrier } = this.options;
    const { onRetry, onWarning, partSize } = this.options;
    const bucket = new Bucket(transport, clock, domain, destination);
    const total = uploads.reduce((sum, upload) => sum + upload.size, 0);
    const startedAt = clock.serverNow();
    const sentBefore = transport.bytesSent;
    let sent = 0;
    const count = (bytes: number): void => {
      sent += bytes;
      events.onBytes(bytes);
    };
    return {
      bucket,
      budget,
      stop,
      ...(partSize === undefined ? {} : { partSize }),
      note: (what, error) => onRetry(what, error, 0),
      warn: onWarning,
      cleanUp: (what, request) =>
        cleanUpWithin(runSignal, (within) => cleanUpRetrier.run(what, within, () => request(within))),
      attempt: (what, priority, request) =>
        retrier.run(what, signal, async (number) => {
          const slot = await budget.acquire(priority, signal);
          if (number === 1) reservation.take();
          let bytes = 0;
          try {
            checkCredentialDeadline({
              now: clock.serverNow(),
              expiresAt: bucket.expiresAt,
              startedAt,
              sentByAll: transport.bytesSent - sentBefore,
              sent,
              total,
            });
            const result = await request({
              signal,
              onSent: (more) => {
                bytes += more;
                count(more);
              },
            });
            slot.release('done');
            return result;
          } catch (error) {
            count(-bytes);
            slot.release(isCongestion(error) ? 'congested' : 'failed');
            throw error;
          }
        }),
    };
  }
}

/** Cleans up with a signal that fires when it takes too long, and soon once the run is being stopped. */
async function cleanUpWithin<T>(
  runSignal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const end = new AbortController();
  const endIn = (milliseconds: number): NodeJS.Timeout => setTimeout(() => end.abort(), milliseconds);
  let timer = endIn(runSignal.aborted ? LAST_CLEAN_UP : CLEAN_UP);
  const onAbort = (): void => {
    clearTimeout(timer);
    timer = endIn(LAST_CLEAN_UP);
  };
  runSignal.addEventListener('abort', onAbort, { once: true });
  try {
    return await work(end.signal);
  } finally {
    clearTimeout(timer);
    runSignal.removeEventListener('abort', onAbort);
  }
}

/** Failures that say the line or the service has too much to do. */
function isCongestion(error: unknown): boolean {
  if (!(error instanceof ServiceError)) return false;
  return error.kind === 'throttled' || error.code === 'Stalled' || error.code === 'ETIMEDOUT';
}
