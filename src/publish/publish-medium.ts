import type { ApplyUploadRequest } from 'tencentcloud-sdk-nodejs-vod/tencentcloud/services/vod/v20180717/vod_models.js';
import type { ApplySettings } from '../inputs/settings.js';
import type { PlannedMedium, PlannedObject } from '../media/planned-medium.js';
import { ServiceError } from '../network/errors.js';
import type { Stage } from '../results.js';
import type { UploadEngine, UploadEvents } from '../storage/engine.js';
import type { Reservation } from '../storage/request-budget.js';
import type { Upload } from '../storage/upload-context.js';
import type { PublishedMedium, UploadSession, VodClient } from '../vod/client.js';

/** Milliseconds of ApplyUpload after which others start in the medium's place, or a long pause would idle the line. */
const LATE_APPLY = 1000;

/** A medium could not be published; the cause says why, the stage how far it got. */
export class PublishError extends Error {
  constructor(
    readonly stage: Stage,
    override readonly cause: ServiceError,
  ) {
    super(cause.message);
    this.name = 'PublishError';
  }
}

/** What publishing a medium works with. */
export interface Publisher {
  vod: VodClient;
  engine: UploadEngine;
  apply: ApplySettings;
  /** Keeps a secret out of the log; called before the secret is used. */
  mask(secret: string): void;
}

/** Signals that stop a medium. */
export interface StopSignals {
  /** Stops applying and sending at once. */
  now: AbortSignal;
  /** Stops a commit, a little later: its bytes are all there, and an answer brings the FileId. */
  soon: AbortSignal;
}

/**
 * Publishes one medium: ApplyUpload, all of its objects, CommitUpload with the same session.
 *
 * @throws {PublishError}
 */
export async function publishMedium(
  medium: PlannedMedium,
  publisher: Publisher,
  reservation: Reservation,
  events: UploadEvents,
  stop: StopSignals,
): Promise<PublishedMedium> {
  const { vod, engine, apply, mask } = publisher;
  const session = await atStage('apply', async () => {
    const late = setTimeout(() => reservation.delay(), LATE_APPLY);
    try {
      return await vod.applyUpload(applyRequest(medium, apply), stop.now);
    } finally {
      clearTimeout(late);
      reservation.resume();
    }
  });
  const { credentials } = session;
  for (const secret of [credentials.secretId, credentials.secretKey, credentials.token]) mask(secret);

  await atStage('upload', async () => {
    const destination = { bucket: session.bucket, region: session.storageRegion, credentials };
    await engine.upload(uploadsOf(medium, session), destination, reservation, events, stop.now);
  });

  const { subAppId } = apply;
  return atStage('commit', () =>
    vod.commitUpload(
      { VodSessionKey: session.key, ...(subAppId === undefined ? {} : { SubAppId: subAppId }) },
      stop.soon,
    ),
  );
}

/** The fields of ApplyUpload for a medium; absent ones are not sent. */
export function applyRequest(medium: PlannedMedium, apply: ApplySettings): ApplyUploadRequest {
  const fields = {
    MediaType: medium.mediaType,
    SubAppId: apply.subAppId,
    MediaName: medium.mediaName,
    CoverType: medium.coverType,
    Procedure: apply.procedure,
    ExpireTime: apply.expireTime,
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
 * @throws {ServiceError} when a file of the package would be stored over the manifest
 */
export function uploadsOf(medium: PlannedMedium, session: UploadSession): Upload[] {
  const folder = session.mediaKey.slice(0, session.mediaKey.lastIndexOf('/') + 1);
  const keyOf = (object: PlannedObject): string =>
    object.relative === '' ? session.mediaKey : `${folder}${object.relative}`;
  const uploads = medium.objects.map((object) => ({ ...object, key: keyOf(object) }));
  const clash = uploads.find(({ key, relative }) => relative !== '' && key === session.mediaKey);
  if (clash) {
    throw new ServiceError('plan', {
      code: 'KeyClash',
      message: `${clash.path} would be stored at ${session.mediaKey}, which the service chose for the manifest; give the file another name.`,
      kind: 'final',
    });
  }
  if (medium.cover) {
    if (session.coverKey === '') {
      throw new ServiceError('VOD', {
        code: 'IncompleteAnswer',
        message: `The answer to ApplyUpload has no place for the cover ${medium.cover.path}.`,
        kind: 'final',
        requestId: session.requestId,
      });
    }
    uploads.push({ ...medium.cover, key: session.coverKey });
  }
  return uploads;
}

async function atStage<T>(stage: Stage, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof ServiceError ? new PublishError(stage, error) : error;
  }
}
