import { forEachOf } from '../for-each-of.js';
import { ServiceError } from '../network/errors.js';
import type { StoredPart } from './bucket.js';
import { COS } from './cos-error.js';
import { combineCrc64 } from './crc64/checksum.js';
import { cutIntoParts, partSizeFor, SMALLEST_PART } from './parts.js';
import type { SourceFile } from './source-file.js';
import { controlRequest, type Upload, type UploadContext } from './upload-context.js';

/** A completed object that is not the file is sent again once. */
const TRIES = 2;

/**
 * Sends a file by parts: Initiate, the parts side by side, Complete. The object is compared by CRC-64 as a
 * whole; the upload is aborted when it fails.
 *
 * @throws {ServiceError}
 */
export async function uploadByParts(
  context: UploadContext,
  upload: Upload,
  source: SourceFile,
): Promise<void> {
  for (let number = 1; ; number++) {
    try {
      await uploadOnce(context, upload, source);
      return;
    } catch (error) {
      const damaged = error instanceof ServiceError && error.code === 'ObjectMismatch';
      if (!damaged || number === TRIES) throw error;
      context.note(`the whole of ${upload.path}`, error);
    }
  }
}

async function uploadOnce(context: UploadContext, upload: Upload, source: SourceFile): Promise<void> {
  const uploadId = await initiate(context, upload);
  try {
    const sums = await sendParts(context, upload, source, uploadId);
    await source.verify();
    await complete(context, upload, uploadId, sums);
  } catch (error) {
    await abort(context, upload, [uploadId]);
    throw error;
  }
}

/** Opens the upload. A lost answer leaves an upload open under an unknown id; it is looked for and aborted. */
async function initiate(context: UploadContext, upload: Upload): Promise<string> {
  let lost = false;
  let uploadId: string | undefined;
  try {
    uploadId = await context.attempt(
      controlRequest(`Initiate ${upload.path}`, async (signal) => {
        try {
          return await context.bucket.initiate(upload.key, upload.contentType, signal);
        } catch (error) {
          lost ||= error instanceof ServiceError && mayHaveOpened(error);
          throw error;
        }
      }),
    );
    return uploadId;
  } finally {
    if (lost) await abortLost(context, upload, uploadId);
  }
}

/** Stopped in the middle, a request may have been carried out as well. */
function mayHaveOpened(error: ServiceError): boolean {
  return error.unanswered || error.status >= 500 || error.kind === 'cancelled';
}

async function abortLost(context: UploadContext, upload: Upload, known: string | undefined): Promise<void> {
  const what = `the search for lost uploads of ${upload.path}`;
  try {
    const open = await context.cleanUp(what, (signal) => context.bucket.openUploads(upload.key, signal));
    await abort(
      context,
      upload,
      open.filter((one) => one !== known),
    );
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    context.warn(
      `An answer was lost while ${upload.path} was begun, and unfinished uploads of it could not be looked for${reason(error)}.`,
    );
  }
}

async function sendParts(
  context: UploadContext,
  upload: Upload,
  source: SourceFile,
  uploadId: string,
): Promise<StoredPart[]> {
  const { bucket, budget, stop } = context;
  const wished = context.partSize ?? (budget.isThrottled ? SMALLEST_PART : undefined);
  const parts = cutIntoParts(upload.size, partSizeFor(upload.size, budget.ceiling, wished));
  const sums: StoredPart[] = new Array(parts.length);
  await forEachOf(parts, budget.ceiling, stop, async ({ number, start, length }) => {
    sums[number - 1] = await context.attempt({
      what: `part ${number} of ${parts.length} of ${upload.path}`,
      priority: length,
      size: length,
      send: (options) =>
        bucket.uploadPart(upload.key, uploadId, number, source.slice(start, length), options),
    });
  });
  return sums;
}

/**
 * Completes the upload. Where the answer was lost the upload may be complete already: then the service no
 * longer knows the UploadId, and the object itself shows whether it is whole.
 */
async function complete(
  context: UploadContext,
  upload: Upload,
  uploadId: string,
  sums: readonly StoredPart[],
): Promise<void> {
  const expected = combineCrc64(sums);
  const etags = sums.map(({ etag }) => etag);
  let ambiguous = false;
  try {
    await context.attempt(
      controlRequest(`Complete ${upload.path}`, async (signal) => {
        try {
          const stored = await context.bucket.complete(upload.key, uploadId, etags, signal);
          if (stored === undefined) await expectStored(context, upload, expected);
          else if (stored !== expected) throw mismatch(upload, stored, expected);
        } catch (error) {
          if (!(error instanceof ServiceError)) throw error;
          if (error.code === 'NoSuchUpload' && ambiguous) await expectStored(context, upload, expected);
          else {
            ambiguous ||= error.unanswered || error.kind === 'transient' || error.kind === 'throttled';
            throw error;
          }
        }
      }),
    );
  } catch (error) {
    // The last try may have been carried out like any other.
    if (!(error instanceof ServiceError) || !error.unanswered) throw error;
    if ((await lookAt(context, upload, expected)) !== 'whole') throw error;
  }
}

/**
 * The object must be stored. The upload credentials may not allow to ask; then the parts, each of which was checked,
 * must do, and CommitUpload decides.
 */
async function expectStored(context: UploadContext, upload: Upload, expected: bigint): Promise<void> {
  if ((await compareStored(context, upload, expected)) !== 'absent') return;
  throw new ServiceError(COS, {
    code: 'NoSuchUpload',
    message: `The multipart upload of ${upload.path} is gone, and there is no object in its place.`,
    kind: 'final',
    status: 404,
  });
}

/** Like {@link compareStored}, under the budget and with repeats; what can't be found out is unknown. */
async function lookAt(context: UploadContext, upload: Upload, expected: bigint): Promise<StoredState> {
  try {
    return await context.attempt(
      controlRequest(`HEAD ${upload.path}`, () => compareStored(context, upload, expected)),
    );
  } catch (error) {
    if (error instanceof ServiceError && error.code !== 'ObjectMismatch') return 'unknown';
    throw error;
  }
}

/** What the service holds in the place of an upload; `unknown` where the upload credentials may not ask. */
type StoredState = 'whole' | 'absent' | 'unknown';

/** @throws {ServiceError} `ObjectMismatch` when the object is another one */
async function compareStored(context: UploadContext, upload: Upload, expected: bigint): Promise<StoredState> {
  let stored: Awaited<ReturnType<typeof context.bucket.head>>;
  try {
    stored = await context.bucket.head(upload.key, context.stop.signal);
  } catch (error) {
    if (error instanceof ServiceError && error.status === 403) return 'unknown';
    throw error;
  }
  if (stored === undefined) return 'absent';
  if (stored.size !== upload.size) throw mismatch(upload, stored.size, BigInt(upload.size));
  if (stored.crc64 !== undefined && stored.crc64 !== expected) throw mismatch(upload, stored.crc64, expected);
  return 'whole';
}

function mismatch(upload: Upload, stored: bigint | number, expected: bigint): ServiceError {
  const what = typeof stored === 'bigint' ? 'CRC-64' : 'size';
  return new ServiceError(COS, {
    code: 'ObjectMismatch',
    message: `The stored object has ${what} ${stored}, and ${upload.path} has ${expected}.`,
    kind: 'final',
  });
}

/** Best effort: the upload credentials may not allow it, and the service forgets open uploads by its own rules. */
async function abort(context: UploadContext, upload: Upload, uploadIds: readonly string[]): Promise<void> {
  const what = `Abort ${upload.path}`;
  await Promise.all(
    uploadIds.map(async (uploadId) => {
      try {
        await context.cleanUp(what, (signal) => context.bucket.abort(upload.key, uploadId, signal));
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        context.warn(`An unfinished upload of ${upload.path} could not be aborted${reason(error)}.`);
      }
    }),
  );
}

function reason(error: ServiceError): string {
  return error.kind === 'cancelled' ? ' in time' : ` (${error.code})`;
}
