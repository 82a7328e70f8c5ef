import {
  createPublicKey,
  createSign,
  createVerify,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
} from 'node:crypto';
import type { Call } from './call.js';
import type { Clock } from './clock.js';
import { randomText } from './keys.js';
import type { Settings } from './options.js';
import type { Answer, Service } from './service.js';
import { ServiceError } from './service-error.js';

export const ISSUER = 'https://token.actions.githubusercontent.com';
/** GitHub's tokens live five minutes. */
const LIFE_SECONDS = 300;
const KEY_ID = 'emulator';

/** Claims of a token that are checked or worth reading. */
export interface Claims {
  iss: string;
  aud: string;
  sub: string;
  iat: number;
  nbf: number;
  exp: number;
  jti: string;
}

function encode(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function json(status: number, content: unknown, code = ''): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8' },
    body: JSON.stringify(content),
    code,
    requestId: '',
  };
}

/** The endpoint from which a workflow gets its OIDC token, and the issuer's public documents. */
export class OidcIssuer implements Service {
  readonly name = 'oidc';
  readonly payloadLimit = 64 * 1024;
  readonly latencyMs = 0;
  /** The bearer token that the runner hands to steps with `id-token: write`. */
  readonly requestToken = randomText(64);

  private key: KeyObject | undefined;

  constructor(
    private readonly options: Settings['oidc'],
    private readonly clock: Clock,
  ) {}

  /** The RS256 key: made when it is first needed, since few tests need it and it takes long. */
  private get privateKey(): KeyObject {
    this.key ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    return this.key;
  }

  identify(call: Call): void {
    const { entry } = call;
    if (entry.path === '/token') entry.action = 'GetIdToken';
    else if (entry.path.startsWith('/.well-known/')) entry.action = 'GetDiscovery';
  }

  refuse(error: ServiceError): Answer {
    return json(error.status === 0 ? 400 : error.status, { message: error.message }, error.code);
  }

  async serve(call: Call): Promise<Answer> {
    const { entry } = call;
    if (entry.method !== 'GET') throw new ServiceError('MethodNotAllowed', 'Use GET.', { status: 405 });
    switch (entry.path) {
      case '/token':
        return this.token(call);
      case '/.well-known/openid-configuration':
        return json(200, { issuer: ISSUER, jwks_uri: `${ISSUER}/.well-known/jwks` });
      case '/.well-known/jwks': {
        const jwk = createPublicKey(this.privateKey).export({ format: 'jwk' });
        return json(200, { keys: [{ ...jwk, kid: KEY_ID, alg: 'RS256', use: 'sig' }] });
      }
      default:
        throw new ServiceError('NotFound', 'Not found.', { status: 404 });
    }
  }

  /** A signed token; claims can be replaced to make a bad one. */
  issue(audience: string, claims: Partial<Claims> = {}): string {
    const now = this.clock.seconds();
    const payload: Claims = {
      iss: ISSUER,
      aud: audience,
      sub: this.options.subject,
      iat: now,
      nbf: now - 300,
      exp: now + LIFE_SECONDS,
      jti: randomUUID(),
      ...claims,
    };
    const text = `${encode({ alg: 'RS256', typ: 'JWT', kid: KEY_ID })}.${encode(payload)}`;
    return `${text}.${createSign('RSA-SHA256').update(text).sign(this.privateKey, 'base64url')}`;
  }

  /** The claims of a token that this issuer signed; `undefined` for any other text. */
  verify(token: string): Claims | undefined {
    const [head = '', payload = '', signature = '', ...rest] = token.split('.');
    if (rest.length > 0 || signature === '') return undefined;
    const key = createPublicKey(this.privateKey);
    const verify = createVerify('RSA-SHA256').update(`${head}.${payload}`);
    if (!verify.verify(key, signature, 'base64url')) return undefined;
    return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Claims;
  }

  private token(call: Call): Answer {
    const { headers, query } = call.entry;
    if (headers.authorization !== `Bearer ${this.requestToken}`) {
      throw new ServiceError('Unauthorized', 'The request token is not valid.', { status: 401 });
    }
    if (query['api-version'] === undefined) {
      throw new ServiceError('BadRequest', 'The api-version is missing.', { status: 400 });
    }
    const value = this.issue(query.audience ?? 'https://github.com/octo-org');
    return json(200, { value, count: value.length });
  }
}
