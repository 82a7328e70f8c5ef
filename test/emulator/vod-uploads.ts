import type { Clock } from './clock.js';
import type { KeyRing } from './keys.js';
import type { Settings } from './options.js';
import { ServiceError } from './service-error.js';
import type { StoredObject } from './stored-object.js';
import type { UploadSession } from './upload-session.js';
import { applyUpload } from './vod-apply.js';
import type {
  Answered,
  ApplyUploadRequest,
  ApplyUploadResponse,
  CommitUploadRequest,
  CommitUploadResponse,
} from './vod-models.js';

/** ApplyUpload and CommitUpload. */
export class Uploads {
  readonly sessions = new Map<string, UploadSession>();
  private coverless = 0;

  constructor(
    private readonly settings: Settings,
    private readonly keys: KeyRing,
    private readonly clock: Clock,
    private readonly objects: ReadonlyMap<string, StoredObject>,
    /** Called once for each upload, when it is committed. */
    private readonly onCommit: (session: UploadSession) => void,
  ) {}

  /** Allocates what an upload needs, without remembering it. */
  begin(request: ApplyUploadRequest, subAppId: number): UploadSession {
    return applyUpload(request, subAppId, this.settings, this.keys, this.clock);
  }

  /** Begins an upload. */
  apply(request: ApplyUploadRequest, subAppId: number): Answered<ApplyUploadResponse> {
    const session = this.begin(request, subAppId);
    this.sessions.set(session.vodSessionKey, session);
    const { certificate } = session;
    let cover: string | null = `/${session.coverKey}`;
    if (session.coverKey === '') {
      // Both answers have been seen for uploads without a cover, so clients must stand both.
      this.coverless += 1;
      cover = this.coverless % 2 === 0 ? '' : null;
    }
    return {
      StorageBucket: session.bucket,
      StorageRegion: session.storageRegion,
      VodSessionKey: session.vodSessionKey,
      MediaStoragePath: `/${session.mediaKey}`,
      CoverStoragePath: cover,
      TempCertificate: {
        SecretId: certificate.secretId,
        SecretKey: certificate.secretKey,
        Token: certificate.token,
        ExpiredTime: certificate.expiredTime,
      },
    };
  }

  /** Makes a medium of an upload whose objects are stored. */
  commit(request: CommitUploadRequest, subAppId: number): Answered<CommitUploadResponse> {
    const session = this.sessions.get(request.VodSessionKey);
    if (session === undefined || session.subAppId !== subAppId) {
      throw new ServiceError('InvalidParameterValue.VodSessionKey', 'The VodSessionKey is not valid.');
    }
    session.commitAttempts += 1;
    if (session.commits > 0 && this.settings.repeatedCommit !== 'same-answer') {
      throw new ServiceError(this.settings.repeatedCommit, 'The upload has been committed before.');
    }
    for (const key of session.coverKey === '' ? [session.mediaKey] : [session.mediaKey, session.coverKey]) {
      if ((this.objects.get(key)?.size ?? 0) === 0) {
        throw new ServiceError('ResourceNotFound', `The object /${key} is missing or empty.`);
      }
    }
    if (session.commits === 0) {
      session.commits = 1;
      this.onCommit(session);
    }
    return { FileId: session.fileId, MediaUrl: session.mediaUrl, CoverUrl: session.coverUrl };
  }
}
