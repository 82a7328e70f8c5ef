import { apiAnswer, apiRefusal, jsonBody, jsonParameters } from './api-answer.js';
import { checkTimestamp, header, required } from './api-auth.js';
import type { ApiRate } from './api-rate.js';
import type { Call } from './call.js';
import type { Clock } from './clock.js';
import type { KeyRing } from './keys.js';
import { ISSUER, type OidcIssuer } from './oidc.js';
import type { Settings } from './options.js';
import type { Answer, Service } from './service.js';
import { ServiceError } from './service-error.js';

const VERSION = '2018-08-13';
const LONGEST_SESSION = 43_200;
const FIELDS = new Set(['ProviderId', 'WebIdentityToken', 'RoleArn', 'RoleSessionName', 'DurationSeconds']);

function parameterError(message: string): never {
  throw new ServiceError('InvalidParameter.ParamError', message);
}

function tokenError(message: string): never {
  throw new ServiceError('InvalidParameter.WebIdentityTokenError', message);
}

/** STS, version 2018-08-13: AssumeRoleWithWebIdentity alone. */
export class Sts implements Service {
  readonly name = 'sts';
  readonly payloadLimit = 1024 * 1024;
  readonly latencyMs: number;

  constructor(
    private readonly settings: Settings,
    private readonly keys: KeyRing,
    private readonly clock: Clock,
    private readonly issuer: OidcIssuer,
    private readonly rate: ApiRate,
  ) {
    this.latencyMs = settings.apiLatencyMs;
  }

  identify(call: Call): void {
    const { entry } = call;
    entry.action = header(call, 'x-tc-action') ?? '';
    entry.body = jsonBody(call);
  }

  refuse(error: ServiceError): Answer {
    return apiRefusal(error);
  }

  async serve(call: Call): Promise<Answer> {
    const { entry } = call;
    if (entry.method !== 'POST' || entry.path !== '/') {
      throw new ServiceError('UnsupportedOperation', 'Requests are POSTed to the path "/".');
    }
    this.rate.count(entry);
    if (required(entry.action, 'Action') !== 'AssumeRoleWithWebIdentity') {
      throw new ServiceError('InvalidAction', `The request action \`${entry.action}\` is not recognized.`);
    }
    if (required(header(call, 'x-tc-version'), 'Version') !== VERSION) {
      throw new ServiceError('NoSuchVersion', 'The version does not exist.');
    }
    required(header(call, 'x-tc-region'), 'Region');
    checkTimestamp(Number(required(header(call, 'x-tc-timestamp'), 'Timestamp')), this.clock);
    if (header(call, 'authorization') !== 'SKIP') {
      throw new ServiceError('AuthFailure.SignatureFailure', 'The Authorization must be SKIP.');
    }
    return this.assume(jsonParameters(call));
  }

  private assume(given: Record<string, unknown>): Answer {
    for (const name of Object.keys(given)) {
      if (!FIELDS.has(name)) {
        throw new ServiceError('UnknownParameter', `The parameter \`${name}\` is not recognized.`);
      }
    }
    const text = (name: string): string => {
      const value = given[name];
      if (value !== undefined && typeof value !== 'string') parameterError(`${name} is not a string.`);
      return required(value, name);
    };
    const { providerId, roleArn, audience, trustedSubjects, maxDurationSeconds } = this.settings.oidc;
    const token = text('WebIdentityToken');
    const provider = text('ProviderId');
    const role = text('RoleArn');
    const sessionName = text('RoleSessionName');
    if (!/^[\w+=,.@-]{2,128}$/.test(sessionName))
      parameterError(`RoleSessionName ${sessionName} is not valid.`);
    const seconds = Number(given.DurationSeconds ?? 7200);
    if (!Number.isInteger(seconds) || seconds <= 0)
      parameterError('DurationSeconds is not a positive integer.');
    if (seconds > Math.min(LONGEST_SESSION, maxDurationSeconds)) {
      throw new ServiceError('InvalidParameter.OverLimit', `DurationSeconds ${seconds} is above the limit.`);
    }
    if (!/^qcs::cam::uin\/\d+:roleName\/.+$/.test(role)) parameterError(`RoleArn ${role} is not valid.`);
    if (role !== roleArn) throw new ServiceError('InternalError.GetRoleError', 'The role does not exist.');
    if (provider !== providerId) parameterError(`The identity provider ${provider} does not exist.`);
    const claims = this.issuer.verify(token);
    if (claims === undefined || claims.iss !== ISSUER) tokenError('The token is not signed by the provider.');
    if (claims.exp <= this.clock.seconds()) tokenError('The token has expired.');
    if (claims.aud !== audience || !trustedSubjects.includes(claims.sub)) {
      throw new ServiceError('UnauthorizedOperation', 'The token does not meet the conditions of the role.');
    }
    const key = this.keys.issue(this.clock.seconds() + seconds);
    return apiAnswer({
      Credentials: { Token: key.token, TmpSecretId: key.secretId, TmpSecretKey: key.secretKey },
      ExpiredTime: key.expiredTime,
      Expiration: new Date(key.expiredTime * 1000).toISOString().replace(/\.\d+Z$/, 'Z'),
    });
  }
}
