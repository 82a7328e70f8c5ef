import type {
  ApplyUploadRequest,
  CommitUploadRequest,
} from 'tencentcloud-sdk-nodejs-vod/tencentcloud/services/vod/v20180717/vod_models.js';
import { callApi } from '../api/call.js';
import { AnswerFields } from '../api/fields.js';
import type { KeyProvider } from '../credentials/key-provider.js';
import type { ApiKeys } from '../keys.js';
import type { Clock } from '../network/clock.js';
import { ServiceError } from '../network/errors.js';
import type { Retrier } from '../network/health/retrier.js';
import type { Transport } from '../network/transport.js';
import type { RateLimiter } from './rate-limit.js';

export const VOD = 'VOD';

/** The actions that are called, with their requests as the official SDK types them. */
export interface VodRequests {
  ApplyUpload: ApplyUploadRequest;
  CommitUpload: CommitUploadRequest;
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
  onWarning(message: string): void;
}

/** How one call is made. */
export interface CallOptions {
  /** Names the request in the log. */
  what: string;
  /** Higher goes first when requests wait. */
  priority: number;
  signal: AbortSignal;
  /** Fires when the call can wait no longer than a minute for a service that is out of order. */
  hurry?: AbortSignal;
  /** Called with each failed try, the last one included. */
  onFailure?(error: ServiceError): void;
}

/** Codes that an expired token is answered with. */
const EXPIRED_CODES = new Set(['AuthFailure.TokenFailure', 'AuthFailure.SecretIdNotFound']);

/**
 * The VOD API (version 2018-07-17): each call waits for its turn, is signed with the keys of the moment, and is
 * repeated where that can help. The official client stays out: it would bring node-fetch and its deprecated parts.
 */
export class VodClient {
  /** API requests so far, repeats included. */
  requests = 0;
  /** When keys were accepted last, in milliseconds since the epoch. */
  private acceptedAt: number | undefined;

  constructor(private readonly options: VodClientOptions) {}

  get mask(): (secret: string) => void {
    return this.options.mask;
  }

  warn(message: string): void {
    this.options.onWarning(message);
  }

  /**
   * Calls an action.
   *
   * @param requestAt makes the request at the service's time, in milliseconds since the epoch; asked for each try
   * @throws {ServiceError}
   */
  call<A extends keyof VodRequests>(
    action: A,
    requestAt: (now: number) => VodRequests[A],
    { what, priority, signal, hurry, onFailure }: CallOptions,
  ): Promise<AnswerFields> {
    const { retrier, rateLimiter, credentials, clock, endpoint } = this.options;
    const paced = rateLimiter.request(action, priority);
    const request = { what, service: VOD, host: endpoint.host, action, size: 0, signal };
    return retrier.run({ ...request, ...(hurry ? { hurry } : {}) }, (attempt) =>
      paced.run(attempt.signal, async () => {
        // Only now, since keys would age while the request waits for its turn.
        const keys = await credentials.keys(attempt.signal);
        return attempt.send(async () => {
          try {
            return await this.send(
              action,
              requestAt(clock.serverNow()),
              keys,
              attempt.signal,
              attempt.needsNewConnection,
            );
          } catch (error) {
            if (!(error instanceof ServiceError)) throw error;
            onFailure?.(error);
            throw keys.token && EXPIRED_CODES.has(error.code) ? this.expired(error, keys) : error;
          }
        });
      }),
    );
  }

  private async send(
    action: string,
    payload: object,
    keys: ApiKeys,
    signal: AbortSignal,
    newConnection: boolean,
  ): Promise<AnswerFields> {
    const { transport, clock, endpoint, region } = this.options;
    this.requests++;
    const response = await callApi(transport, clock, {
      service: VOD,
      scope: 'vod',
      endpoint,
      version: '2018-07-17',
      action,
      region,
      payload,
      keys,
      signal,
      newConnection,
    });
    this.acceptedAt = clock.now();
    return AnswerFields.of(VOD, action, response);
  }

  /** Temporary keys were refused: renewed where that is possible, and named where it is not. */
  private expired(error: ServiceError, keys: ApiKeys): ServiceError {
    const { credentials, clock } = this.options;
    const { code, message, requestId, status } = error;
    if (credentials.refused(keys)) {
      return new ServiceError(VOD, { code, message, requestId, status, kind: 'corrected' });
    }
    const accepted =
      this.acceptedAt === undefined ? 'never accepted' : `accepted until ${isoTime(this.acceptedAt)}`;
    return new ServiceError(VOD, {
      code,
      message: `${message} (${credentials.source}: ${accepted}, refused at ${isoTime(clock.now())}; they have expired or their token is wrong)`,
      requestId,
      status,
      kind: 'final',
    });
  }
}

function isoTime(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}
