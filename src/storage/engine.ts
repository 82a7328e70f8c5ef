import { setMaxListeners } from 'node:events';
import { forEachOf } from '../for-each-of.js';
import type { Clock } from '../network/clock.js';
import { cancelledError, ServiceError } from '../network/errors.js';
import type { Attempt } from '../network/health/attempt.js';
import type { OutageRecord } from '../network/health/outage-record.js';
import type { CallRequest, Retrier } from '../network/health/retrier.js';
import type { Transport } from '../network/transport.js';
import { Bucket } from './bucket.js';
import { BufferPool } from './buffer-pool.js';
import { COS } from './cos-error.js';
import { checkCredentialDeadline } from './credential-deadline.js';
import { uploadByParts } from './multipart.js';
import { isMultipart, requestsFor, SMALLEST_PART } from './parts.js';
import type { RequestBudget, Reservation } from './request-budget.js';
import { OutOfHandles, SourceFile } from './source-file.js';
import type { Destination, StorageDomain } from './storage-domain.js';
import type { Upload, UploadContext, UploadRequest } from './upload-context.js';

export interface EngineOptions {
  transport: Transport;
  clock: Clock;
  domain: StorageDomain;
  budget: RequestBudget;
  retrier: Retrier;
  /** For clean-up, which waits less for a host that is out of order. */
  cleanUpRetrier: Retrier;
  /** When storage hosts were out of order. */
  outages: OutageRecord;
  /** Bytes; absent lets the engine choose. */
  partSize?: number;
  /** Called when something is done again beyond a single request. */
  onRetry(what: string, error: Error, pauseMs: number): void;
  onWarning(message: string): void;
}

/** What an upload reports on its way. */
export interface UploadEvents {
  /** Bytes that went out; negative when a try failed and its bytes don't count. */
  onBytes(bytes: number): void;
  /** An object is stored and checked. */
  onObject(path: string): void;
}

/** Milliseconds that a clean-up request may take with its repeats, and after the run was stopped. */
const CLEAN_UP = 60_000;
const LAST_CLEAN_UP = 3000;
/** Of what goes before everything else that waits. */
const FIRST_PRIORITY = Number.MAX_VALUE;
/** Milliseconds to wait for a file handle at once, and how often. */
const HANDLE_WAIT = 1000;
const MOST_HANDLE_WAITS = 300;

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

  /** True when a storage host was out of order since a moment, in milliseconds of `performance.now()`. */
  wasOutOfOrder(since: number): boolean {
    return this.options.outages.since(since) > 0;
  }

  private async uploadOne(context: UploadContext, upload: Upload): Promise<void> {
    const source = await this.open(upload, context.stop.signal);
    try {
      if (isMultipart(upload.size, context.partSize)) await uploadByParts(context, upload, source);
      else await this.uploadWhole(context, upload, source);
    } finally {
      await source.close();
    }
  }

  /** Sends a file in one request, or by the smallest parts where that turns out to be too much at once. */
  private async uploadWhole(context: UploadContext, upload: Upload, source: SourceFile): Promise<void> {
    const isTooLarge = (error: unknown): boolean => upload.size > SMALLEST_PART && asksForParts(error);
    try {
      await context.attempt({
        what: `PUT ${upload.path}`,
        priority: upload.size,
        size: upload.size,
        send: (options) =>
          context.bucket.putObject(upload.key, source.slice(0, upload.size), upload.contentType, options),
        isLast: isTooLarge,
      });
      await source.verify();
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      context.note(`${upload.path} by parts`, error as ServiceError);
      await uploadByParts({ ...context, partSize: SMALLEST_PART }, upload, source);
    }
  }

  /** Opens a file; where the process has no file handle left it waits for another request to end. */
  private async open(upload: Upload, signal: AbortSignal): Promise<SourceFile> {
    for (let wait = 0; ; wait++) {
      try {
        return await SourceFile.open(upload, this.pool);
      } catch (error) {
        if (!(error instanceof OutOfHandles)) throw error;
        if (wait === MOST_HANDLE_WAITS) throw error.failure;
        await this.options.budget.nextRelease(HANDLE_WAIT, signal);
      }
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
    const { transport, clock, domain, budget, retrier, cleanUpRetrier, outages } = this.options;
    const { onRetry, onWarning, partSize } = this.options;
    const bucket = new Bucket(transport, clock, domain, destination);
    const total = uploads.reduce((sum, upload) => sum + upload.size, 0);
    const startedAt = clock.serverNow();
    const startedHere = performance.now();
    const sentBefore = transport.bytesSent;
    let sent = 0;
    const count = (bytes: number): void => {
      sent += bytes;
      events.onBytes(bytes);
    };
    const checkDeadline = (): void =>
      checkCredentialDeadline({
        now: clock.serverNow(),
        expiresAt: bucket.expiresAt,
        startedAt,
        outOfOrderMs: outages.since(startedHere),
        sentByAll: transport.bytesSent - sentBefore,
        sent,
        total,
      });
    const call = (what: string, size: number, signal: AbortSignal): CallRequest => ({
      what,
      service: COS,
      host: bucket.host,
      size,
      signal,
    });
    const attempt = async <T>({ what, priority, size, send, isLast }: UploadRequest<T>): Promise<T> => {
      let isFirst = true;
      const once = async (current: Attempt): Promise<T> => {
        const slot = await budget.acquire(
          current.isProbe || current.goesFirst ? FIRST_PRIORITY : priority,
          current.signal,
        );
        if (isFirst) reservation.take();
        isFirst = false;
        let bytes = 0;
        try {
          // A probe goes out whatever its keys are worth: any answer shows that the host is back.
          if (!current.isProbe) checkDeadline();
          const result = await current.send(() =>
            send({
              signal: current.signal,
              newConnection: current.needsNewConnection,
              onSent: (more) => {
                bytes += more;
                count(more);
                current.moved();
              },
            }),
          );
          slot.release('done');
          return result;
        } catch (error) {
          count(-bytes);
          slot.release(current.asksForLess ? 'congested' : 'failed');
          throw isLast?.(error) ? new LastTry(error) : error;
        }
      };
      try {
        return await retrier.run(call(what, size, stop.signal), once);
      } catch (error) {
        throw error instanceof LastTry ? error.cause : error;
      }
    };
    return {
      bucket,
      budget,
      stop,
      ...(partSize === undefined ? {} : { partSize }),
      note: (what, error) => onRetry(what, error, 0),
      warn: onWarning,
      attempt,
      cleanUp: (what, request) =>
        cleanUpWithin(runSignal, (within) =>
          cleanUpRetrier.run(call(what, 0, within), (current) => current.send(() => request(current.signal))),
        ),
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

/** Ends the tries of a request with a failure that something else is done about. */
class LastTry extends Error {
  constructor(override readonly cause: unknown) {
    super('The request is not tried again.');
  }
}

/** Failures after which a file may go through in smaller pieces: one that is too large for something on the way or too slow. */
function asksForParts(error: unknown): boolean {
  if (!(error instanceof ServiceError)) return false;
  const isSilentAtAnswer = error.code === 'Stalled' && error.unanswered;
  return error.status === 413 || error.code === 'UserNetworkTooSlow' || isSilentAtAnswer;
}
