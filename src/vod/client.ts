import type { Client as OfficialClient } from 'tencentcloud-sdk-nodejs-vod/tencentcloud/services/vod/v20180717/vod_client.js';
import type {
  ApplyUploadRequest,
  ApplyUploadResponse,
  CommitUploadRequest,
  CommitUploadResponse,
} from 'tencentcloud-sdk-nodejs-vod/tencentcloud/services/vod/v20180717/vod_models.js';
import { type ApiResponse, callApi } from '../api/call.js';
import type { KeyProvider } from '../credentials/key-provider.js';
import type { ApiKeys, TemporaryKeys } from '../keys.js';
import type { Clock } from '../network/clock.js';
import { ServiceError } from '../network/errors.js';
import type { Retrier } from '../network/retry.js';
import type { Transport } from '../network/transport.js';
import type { RateLimiter } from './rate-limit.js';

export const VOD = 'VOD';

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
  mediaUrl: string;
  /** Empty when there is no cover. */
  coverUrl: string;
  requestId: string;
}

export interface VodClientOptions {
  transport: Transport;
  clock: Clock;
  endpoint: URL;
  region: string;
  /** Keys of the run; asked before each try, since temporary ones are renewed. */
  credentials: KeyProvider;
  rateLimiter: RateLimiter;
  retrier: Retrier;
  /** Keeps a secret out of the log; called before the secret is handed on. */
  mask(secret: string): void;
}

/** Media that wait to start keep the line busy, so their ApplyUpload goes before the commits when both wait. */
const APPLY_PRIORITY = 1;
const COMMIT_PRIORITY = 0;

/** The two actions of the VOD API that publishing needs (version 2018-07-17). */
export class VodClient {
  /** API requests so far, repeats included. */
  requests = 0;
  /** When keys were accepted last, in milliseconds since the epoch. */
  private acceptedAt: number | undefined;

  constructor(private readonly options: VodClientOptions) {}

  /**
   * ApplyUpload. A lost answer is repeated: an upload that was applied for and never used has no effect.
   *
   * @throws {ServiceError}
   */
  async applyUpload(request: ApplyUploadRequest, signal: AbortSignal): Promise<UploadSession> {
    const what = `ApplyUpload for ${request.MediaName ?? 'a medium'}`;
    const response = await this.repeat(what, APPLY_PRIORITY, signal, (actions) =>
      actions.ApplyUpload(request),
    );
    const session = readSession(response);
    const { secretId, secretKey, token } = session.credentials;
    for (const secret of [secretId, secretKey, token]) this.options.mask(secret);
    return session;
  }

  /**
   * CommitUpload, always with the same session. It is not proven idempotent: where an answer was lost and
   * the repeat is refused, or the run was stopped before the answer came, the medium may be published, and
   * the error says so.
   *
   * @throws {ServiceError} with the code `CommitUncertain` in that case
   */
  async commitUpload(request: CommitUploadRequest, signal: AbortSignal): Promise<PublishedMedium> {
    let lost = false;
    try {
      const response = await this.repeat('CommitUpload', COMMIT_PRIORITY, signal, async (actions) => {
        try {
          return await actions.CommitUpload(request);
        } catch (error) {
          lost ||= error instanceof ServiceError && mayHaveTakenEffect(error);
          throw error;
        }
      });
      return readPublished(response);
    } catch (error) {
      throw lost && error instanceof ServiceError ? uncertain(error) : error;
    }
  }

  private async repeat<T>(
    what: string,
    priority: number,
    signal: AbortSignal,
    request: (actions: VodActions) => Promise<T>,
  ): Promise<T> {
    const { retrier, rateLimiter, credentials } = this.options;
    return retrier.run(what, signal, () =>
      rateLimiter.run(priority, signal, async () => {
        // Only now, since keys would age while the request waits for its turn.
        const keys = await credentials.keys(signal);
        try {
          this.requests++;
          const response = await request(new VodActions(this.options, keys, signal));
          this.acceptedAt = Date.now();
          return response;
        } catch (error) {
          const expired = error instanceof ServiceError && keys.token && EXPIRED_CODES.has(error.code);
          throw expired ? this.expired(error, keys) : error;
        }
      }),
    );
  }

  /** Temporary keys were refused: renewed where that is possible, and named where it is not. */
  private expired(error: ServiceError, keys: ApiKeys): ServiceError {
    const { credentials } = this.options;
    const { code, message, requestId, status } = error;
    if (credentials.refused(keys)) {
      return new ServiceError(VOD, { code, message, requestId, status, kind: 'transient' });
    }
    const accepted =
      this.acceptedAt === undefined ? 'never accepted' : `accepted until ${isoTime(this.acceptedAt)}`;
    return new ServiceError(VOD, {
      code,
      message: `${message} (${credentials.source}: ${accepted}, refused at ${isoTime(Date.now())}; they have expired or their token is wrong)`,
      requestId,
      status,
      kind: 'final',
    });
  }
}

/** Codes that an expired token is answered with. */
const EXPIRED_CODES = new Set(['AuthFailure.TokenFailure', 'AuthFailure.SecretIdNotFound']);

function isoTime(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

/**
 * The actions of the official client with its requests, responses and signature, over our transport. The
 * client itself stays out: it would bring node-fetch and its deprecated parts along for two calls.
 */
class VodActions implements Pick<OfficialClient, 'ApplyUpload' | 'CommitUpload'> {
  constructor(
    private readonly options: VodClientOptions,
    private readonly keys: ApiKeys,
    private readonly signal: AbortSignal,
  ) {}

  async ApplyUpload(request: ApplyUploadRequest): Promise<ApplyUploadResponse> {
    return this.call('ApplyUpload', request);
  }

  async CommitUpload(request: CommitUploadRequest): Promise<CommitUploadResponse> {
    return this.call('CommitUpload', request);
  }

  private call(action: string, payload: object): Promise<ApiResponse> {
    const { transport, clock, endpoint, region } = this.options;
    return callApi(transport, clock, {
      service: VOD,
      scope: 'vod',
      endpoint,
      version: '2018-07-17',
      action,
      region,
      payload,
      keys: this.keys,
      signal: this.signal,
    });
  }
}

function readSession(response: ApplyUploadResponse): UploadSession {
  const certificate = response.TempCertificate;
  const missing = (
    [
      ['StorageBucket', response.StorageBucket],
      ['StorageRegion', response.StorageRegion],
      ['VodSessionKey', response.VodSessionKey],
      ['MediaStoragePath', response.MediaStoragePath],
      ['TempCertificate', certificate?.SecretId && certificate.SecretKey && certificate.ExpiredTime],
    ] as const
  ).filter(([, value]) => !value);
  if (missing.length > 0 || !certificate) {
    throw incomplete('ApplyUpload', missing.map(([name]) => name).join(', '), response.RequestId);
  }
  return {
    key: response.VodSessionKey as string,
    bucket: response.StorageBucket as string,
    storageRegion: response.StorageRegion as string,
    mediaKey: withoutSlash(response.MediaStoragePath as string),
    coverKey: withoutSlash(response.CoverStoragePath ?? ''),
    credentials: {
      secretId: certificate.SecretId as string,
      secretKey: certificate.SecretKey as string,
      token: certificate.Token ?? '',
      expiresAt: Number(certificate.ExpiredTime) * 1000,
    },
    requestId: response.RequestId ?? '',
  };
}

function readPublished(response: CommitUploadResponse): PublishedMedium {
  if (!response.FileId) {
    throw incomplete('CommitUpload', 'FileId, so the medium may be published without it', response.RequestId);
  }
  return {
    fileId: String(response.FileId),
    mediaUrl: response.MediaUrl ?? '',
    coverUrl: response.CoverUrl ?? '',
    requestId: response.RequestId ?? '',
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

function incomplete(action: string, fields: string, requestId: string | undefined): ServiceError {
  return new ServiceError(VOD, {
    code: 'IncompleteAnswer',
    message: `The answer to ${action} lacks ${fields}.`,
    kind: 'final',
    requestId: requestId ?? '',
  });
}

function withoutSlash(path: string): string {
  return path.replace(/^\//, '');
}
