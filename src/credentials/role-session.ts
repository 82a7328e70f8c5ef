import { callApi } from '../api/call.js';
import { AnswerFields, seconds, text } from '../api/fields.js';
import type { ApiKeys, TemporaryKeys } from '../keys.js';
import type { Clock } from '../network/clock.js';
import { ServiceError } from '../network/errors.js';
import type { Retrier } from '../network/health/retrier.js';
import type { Transport } from '../network/transport.js';
import type { KeyProvider } from './key-provider.js';
import { type Claims, fetchRunnerToken, OIDC, readClaims, type TokenEndpoint } from './runner-token.js';

/** Keyless login: what is asked of the runner and of STS. */
export interface OidcSettings {
  roleArn: string;
  providerId: string;
  audience: string;
  sessionName: string;
  /** Seconds. */
  duration: number;
  /** Where the runner hands out tokens; absent when the job lacks `id-token: write`. */
  runner?: TokenEndpoint;
}

export interface RoleSessionOptions {
  transport: Transport;
  /** The clock of STS. */
  clock: Clock;
  endpoint: URL;
  region: string;
  retrier: Retrier;
  /** Keeps a secret out of the log. */
  mask(secret: string): void;
  oidc: OidcSettings;
  runner: TokenEndpoint;
}

interface Session {
  keys: TemporaryKeys;
  /** Milliseconds since the epoch. */
  obtainedAt: number;
}

const STS = 'STS';
const ACTION = 'AssumeRoleWithWebIdentity';
/** Milliseconds that a runner's token is used, somewhat less than it lives. */
const TOKEN_LIFE = 4 * 60_000;
/** Keys are renewed when less than this share of their life is left. */
const RENEWAL_SHARE = 0.1;

/** Rejections that are errors of the role and not of the service, although their name says so. */
const FINAL_CODES = new Set(['InternalError.GetRoleError']);

/**
 * Temporary keys of a CAM role, got with the job's OIDC token by AssumeRoleWithWebIdentity (STS
 * 2018-08-13) and renewed before they expire. However many requests ask, one exchange is under way.
 */
export class RoleSession implements KeyProvider {
  readonly source: string;
  private current: Session | undefined;
  private exchange: Promise<Session> | undefined;

  constructor(private readonly options: RoleSessionOptions) {
    this.source = `the temporary credentials of the role ${options.oidc.roleArn}`;
  }

  async keys(signal: AbortSignal): Promise<ApiKeys> {
    const { current } = this;
    if (current !== undefined && !this.isExpiring(current)) return current.keys;
    this.exchange ??= this.renew(signal).finally(() => {
      this.exchange = undefined;
    });
    try {
      return (await this.exchange).keys;
    } catch (error) {
      // The one who asked first was stopped, and this one was not.
      if (error instanceof ServiceError && error.kind === 'cancelled' && !signal.aborted)
        return this.keys(signal);
      throw error;
    }
  }

  refused(keys: ApiKeys): boolean {
    if (keys === this.current?.keys) this.current = undefined;
    return true;
  }

  private isExpiring({ obtainedAt, keys: { expiresAt } }: Session): boolean {
    return expiresAt - this.options.clock.serverNow() < (expiresAt - obtainedAt) * RENEWAL_SHARE;
  }

  private async renew(signal: AbortSignal): Promise<Session> {
    const { endpoint, retrier } = this.options;
    let token = await this.runnerToken(signal);
    this.current = await retrier.run(
      {
        what: ACTION,
        service: STS,
        host: endpoint.host,
        action: ACTION,
        size: 0,
        signal,
      },
      async (attempt) => {
        // It lives five minutes, which an outage can outlast.
        if (performance.now() - token.obtainedAt > TOKEN_LIFE) token = await this.runnerToken(attempt.signal);
        return attempt.send(() => this.assumeRole(token.jwt, attempt.signal));
      },
    );
    return this.current;
  }

  private async runnerToken(signal: AbortSignal): Promise<{ jwt: string; obtainedAt: number }> {
    const { transport, oidc, runner, mask, retrier } = this.options;
    const { host } = new URL(runner.url);
    const jwt = await retrier.run(
      { what: "the runner's OIDC token", service: OIDC, host, size: 0, signal },
      (attempt) => attempt.send(() => fetchRunnerToken(transport, runner, oidc.audience, attempt.signal)),
    );
    mask(jwt);
    return { jwt, obtainedAt: performance.now() };
  }

  private async assumeRole(jwt: string, signal: AbortSignal): Promise<Session> {
    const { transport, clock, endpoint, region, oidc, mask } = this.options;
    let response: Awaited<ReturnType<typeof callApi>>;
    try {
      response = await callApi(transport, clock, {
        service: STS,
        scope: 'sts',
        endpoint,
        version: '2018-08-13',
        action: ACTION,
        region,
        payload: {
          ProviderId: oidc.providerId,
          WebIdentityToken: jwt,
          RoleArn: oidc.roleArn,
          RoleSessionName: oidc.sessionName,
          DurationSeconds: oidc.duration,
        },
        signal,
      });
    } catch (error) {
      throw error instanceof ServiceError && error.status > 0
        ? rejection(error, oidc, readClaims(jwt))
        : error;
    }
    const fields = AnswerFields.of(STS, ACTION, response);
    const credentials = fields.within('Credentials');
    const keys = {
      secretId: credentials.required('TmpSecretId', text),
      secretKey: credentials.required('TmpSecretKey', text),
      token: credentials.required('Token', text),
      expiresAt: fields.required('ExpiredTime', seconds),
    };
    for (const secret of [keys.secretId, keys.secretKey, keys.token]) mask(secret);
    return { keys, obtainedAt: clock.serverNow() };
  }
}

/** A rejection with what the trust policy was compared with, which is what its mending needs; never the token. */
function rejection(error: ServiceError, oidc: OidcSettings, claims: Claims): ServiceError {
  const kind = FINAL_CODES.has(error.code) ? 'final' : error.kind;
  return new ServiceError(error.service, {
    code: error.code,
    message: [
      error.message,
      `The role is ${oidc.roleArn}, the provider ${oidc.providerId}, and the job's token has`,
      `  iss ${claims.iss}`,
      `  aud ${claims.aud}`,
      `  sub ${claims.sub}`,
    ].join('\n'),
    kind,
    requestId: error.requestId,
    status: error.status,
    retryAfterMs: error.retryAfterMs,
  });
}
