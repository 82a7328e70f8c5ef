import type {
  ApplyUploadRequest,
  CommitUploadRequest,
} from 'tencentcloud-sdk-nodejs-vod/tencentcloud/services/vod/v20180717/vod_models.js';
import { type AnswerFields, digits, seconds, text, url } from '../api/fields.js';
import type { TemporaryKeys } from '../keys.js';
import { ServiceError } from '../network/errors.js';
import { VOD, type VodClient } from './client.js';

/** What ApplyUpload granted: where to store the files of one medium, and with which keys. */
export interface UploadSession {
  /** Handed back in CommitUpload. */
  key: string;
  bucket: string;
  storageRegion: string;
  /** Object key of the media file or manifest, without a leading slash. */
  mediaKey: string;
  /** Object key of the cover; empty when none was applied for. */
  coverKey: string;
  /** For the objects of this medium only; they cannot be renewed. */
  credentials: TemporaryKeys;
  requestId: string;
}

/** A published medium. */
export interface PublishedMedium {
  /** A decimal string: it exceeds 2^53. */
  fileId: string;
  /** Empty when the service gave none. */
  mediaUrl: string;
  /** Empty when there is no cover. */
  coverUrl: string;
  requestId: string;
}

/** Media that wait to start keep the network busy, so their ApplyUpload goes before the commits when both wait. */
const APPLY_PRIORITY = 1;
const COMMIT_PRIORITY = 0;

/** The two actions of an upload. */
export class Uploads {
  constructor(private readonly client: VodClient) {}

  /**
   * ApplyUpload. It is repeated after a lost answer: an upload that was applied for and never used has no effect.
   *
   * @param requestAt makes the request at the service's time, in milliseconds since the epoch
   * @throws {ServiceError}
   */
  async apply(
    mediaName: string,
    requestAt: (now: number) => ApplyUploadRequest,
    signal: AbortSignal,
  ): Promise<UploadSession> {
    const fields = await this.client.call('ApplyUpload', requestAt, {
      what: `ApplyUpload for ${mediaName}`,
      priority: APPLY_PRIORITY,
      signal,
    });
    const session = readSession(fields);
    const { secretId, secretKey, token } = session.credentials;
    for (const secret of [secretId, secretKey, token]) this.client.mask(secret);
    return session;
  }

  /**
   * CommitUpload, always with the same session. It is not proven idempotent: where an answer was lost and
   * the repeat is refused, or the run was stopped before the answer came, the medium may be published, and
   * the error says so.
   *
   * @param hurry fires when the others have been stopped and no long outage may be waited for
   * @throws {ServiceError} with the code `CommitUncertain` in that case
   */
  async commit(
    request: CommitUploadRequest,
    signal: AbortSignal,
    hurry: AbortSignal,
  ): Promise<PublishedMedium> {
    let lost = false;
    try {
      const fields = await this.client.call('CommitUpload', () => request, {
        what: 'CommitUpload',
        priority: COMMIT_PRIORITY,
        signal,
        hurry,
        onFailure: (error) => {
          lost ||= mayHaveTakenEffect(error);
        },
      });
      return this.readPublished(fields);
    } catch (error) {
      throw lost && error instanceof ServiceError ? uncertain(error) : error;
    }
  }

  private readPublished(fields: AnswerFields): PublishedMedium {
    const fileId = fields.required('FileId', digits, ', so the medium may be published without it');
    const mediaUrl = fields.optional('MediaUrl', url);
    if (mediaUrl === undefined)
      this.client.warn(`CommitUpload gave no usable MediaUrl for FileId ${fileId}.`);
    return {
      fileId,
      mediaUrl: mediaUrl ?? '',
      coverUrl: fields.optional('CoverUrl', url) ?? '',
      requestId: fields.requestId,
    };
  }
}

function readSession(fields: AnswerFields): UploadSession {
  const certificate = fields.within('TempCertificate');
  return {
    key: fields.required('VodSessionKey', text),
    bucket: fields.required('StorageBucket', text),
    storageRegion: fields.required('StorageRegion', text),
    mediaKey: withoutSlash(fields.required('MediaStoragePath', text)),
    coverKey: withoutSlash(fields.optional('CoverStoragePath', text) ?? ''),
    credentials: {
      secretId: certificate.required('SecretId', text),
      secretKey: certificate.required('SecretKey', text),
      token: certificate.required('Token', text),
      expiresAt: certificate.required('ExpiredTime', seconds),
    },
    requestId: fields.requestId,
  };
}

/** True when the service may have published the medium although the request failed; not where it was never reached. */
function mayHaveTakenEffect(error: ServiceError): boolean {
  const troubled = error.kind === 'transient' && error.status > 0;
  return error.unanswered || troubled || error.kind === 'cancelled';
}

/** A commit whose answer was lost may have published the medium, whatever the last answer says. */
function uncertain(last: ServiceError): ServiceError {
  const refused = last.kind === 'final';
  return new ServiceError(VOD, {
    code: refused || last.kind === 'cancelled' ? 'CommitUncertain' : last.code,
    message: `${refused ? `${last.code}: ` : ''}${last.message} An answer to CommitUpload was lost or unclear, so the medium may be published without its FileId being known.`,
    kind: 'final',
    requestId: last.requestId,
    status: last.status,
  });
}

function withoutSlash(path: string): string {
  return path.replace(/^\//, '');
}
