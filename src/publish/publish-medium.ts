import type { ApplyUploadRequest } from 'tencentcloud-sdk-nodejs-vod/tencentcloud/services/vod/v20180717/vod_models.js';
import { CodedError } from '../errors.js';
import type { PlannedMedium, PlannedObject } from '../media/planned-medium.js';
import { cancelledError, ServiceError } from '../network/errors.js';
import type { Stage } from '../results.js';
import type { UploadEngine, UploadEvents } from '../storage/engine.js';
import type { Reservation } from '../storage/request-budget.js';
import type { Upload } from '../storage/upload-context.js';
import type { PublishedMedium, UploadSession, Uploads } from '../vod/uploads.js';

/** Milliseconds of ApplyUpload after which others start in the medium's place, or the network would be idle meanwhile. */
const LATE_APPLY = 1000;

/** Fields of ApplyUpload that are the same for all media. */
export interface ApplySettings {
  subAppId?: number;
  classId?: number;
  procedure?: string;
  /** ExpireTime (`YYYY-MM-DDThh:mm:ssZ`) at the service's time, in milliseconds since the epoch. */
  expireTimeAt?(now: number): string;
  storageRegion?: string;
}

/** Codes of upload credentials that have run out, or will before the last byte. */
const EXPIRED = new Set(['ExpiredToken', 'CertificateTooShort']);

/** What publishing a medium works with. */
export interface Publisher {
  uploads: Uploads;
  /** Computes the SHA-256 of files; absent when nobody wants them. */
  digests?: { of(files: readonly PlannedObject[], signal: AbortSignal): Promise<string[]> };
  engine: UploadEngine;
  apply: ApplySettings;
}

/** Signals that stop a medium. */
export interface StopSignals {
  /** Stops applying and sending at once. */
  now: AbortSignal;
  /** Stops a commit, a little later: its bytes are all there, and an answer brings the FileId. */
  soon: AbortSignal;
}

/** What publishing a medium reports on its way. */
export interface PublishEvents extends UploadEvents {
  /** The medium enters a stage. */
  onStage(stage: Stage): void;
  /** What was sent is lost, and the medium begins anew. */
  onRestart(error: ServiceError): void;
  /** The SHA-256 of the medium's objects are known, in their order. */
  onDigests(digests: readonly string[]): void;
  /** The medium is published, whatever comes afterwards. */
  onPublished(published: PublishedMedium): void;
}

/**
 * Publishes one medium: ApplyUpload, all of its objects, CommitUpload with the same session.
 *
 * @throws {CodedError} the failure of the stage that was entered last
 */
export async function publishMedium(
  medium: PlannedMedium,
  publisher: Publisher,
  reservation: Reservation,
  events: PublishEvents,
  stop: StopSignals,
): Promise<void> {
  const { uploads, apply } = publisher;
  const digesting = publisher.digests?.of(medium.objects, stop.now);
  // Met when the objects are stored; until then a failure must not count as unhandled.
  digesting?.catch(() => undefined);
  const session = await sendObjects(medium, publisher, reservation, events, stop.now);
  if (digesting) events.onDigests(await unlessStopped(digesting, stop.now));

  events.onStage('commit');
  const { subAppId } = apply;
  const commit = { VodSessionKey: session.key, ...(subAppId === undefined ? {} : { SubAppId: subAppId }) };
  events.onPublished(await uploads.commit(commit, stop.soon, stop.now));
}

async function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw signal.aborted ? cancelledError('VOD') : error;
  }
}

/**
 * Applies for a medium and sends its objects. Where its upload credentials ran out while the storage service was out of
 * order, all of it is done once more: nothing was committed, and the time was not the medium's fault.
 */
async function sendObjects(
  medium: PlannedMedium,
  publisher: Publisher,
  reservation: Reservation,
  events: PublishEvents,
  signal: AbortSignal,
): Promise<UploadSession> {
  const { engine } = publisher;
  for (let isFirst = true; ; isFirst = false) {
    events.onStage('apply');
    const startedAt = performance.now();
    const session = await applyInTime(medium, publisher, reservation, signal);
    events.onStage('upload');
    const { bucket, storageRegion: region, credentials } = session;
    const destination = { bucket, region, credentials };
    try {
      await engine.upload(uploadsOf(medium, session), destination, reservation, events, signal);
      return session;
    } catch (error) {
      const ranOut = error instanceof ServiceError && EXPIRED.has(error.code);
      if (!isFirst || !ranOut || !engine.wasOutOfOrder(startedAt)) throw error;
      events.onRestart(error);
    }
  }
}

async function applyInTime(
  medium: PlannedMedium,
  { uploads, apply }: Publisher,
  reservation: Reservation,
  signal: AbortSignal,
): Promise<UploadSession> {
  const late = setTimeout(() => reservation.delay(), LATE_APPLY);
  try {
    return await uploads.apply(medium.mediaName, (now) => applyRequest(medium, apply, now), signal);
  } finally {
    clearTimeout(late);
    reservation.resume();
  }
}

/**
 * The fields of ApplyUpload for a medium; absent ones are not sent.
 *
 * @param now milliseconds since the epoch, as the service counts them
 */
export function applyRequest(medium: PlannedMedium, apply: ApplySettings, now: number): ApplyUploadRequest {
  const fields = {
    MediaType: medium.mediaType,
    SubAppId: apply.subAppId,
    MediaName: medium.mediaName,
    CoverType: medium.coverType,
    Procedure: apply.procedure,
    ExpireTime: apply.expireTimeAt?.(now),
    StorageRegion: apply.storageRegion,
    ClassId: apply.classId,
    SourceContext: medium.sourceContext,
    SessionContext: medium.sessionContext,
    MediaStoragePath: medium.mediaStoragePath,
  };
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as unknown as ApplyUploadRequest;
}

/**
 * The keys of a medium's objects: the service chooses those of the media file and the cover; the other
 * files of a package lie beside the manifest under their relative paths.
 *
 * @throws {CodedError} `KeyClash` when two of them would be stored at one key
 * @throws {ServiceError} `IncompleteAnswer` when the service named no key for the cover
 */
export function uploadsOf(medium: PlannedMedium, session: UploadSession): Upload[] {
  const folder = session.mediaKey.slice(0, session.mediaKey.lastIndexOf('/') + 1);
  const taken = new Map<string, PlannedObject>();
  return medium.objects.map((object) => {
    const key = keyOf(object, folder, session);
    const other = taken.get(key);
    if (other) {
      throw new CodedError(
        'KeyClash',
        `${object.path} would be stored at ${key}, which the service chose for ${other.path}; give the file another name.`,
      );
    }
    taken.set(key, object);
    return { ...object, key };
  });
}

function keyOf({ role, path, relative }: PlannedObject, folder: string, session: UploadSession): string {
  if (role !== 'cover') return relative === '' ? session.mediaKey : `${folder}${relative}`;
  if (session.coverKey !== '') return session.coverKey;
  throw new ServiceError('VOD', {
    code: 'IncompleteAnswer',
    message: `The answer to ApplyUpload has no place for the cover ${path}.`,
    kind: 'final',
    requestId: session.requestId,
  });
}
