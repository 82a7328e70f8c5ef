import { object, text } from '../api/fields.js';
import { ServiceError } from '../network/errors.js';
import { retryAfterMs } from '../network/message.js';
import type { Transport } from '../network/transport.js';

/** Where the runner hands out OIDC tokens (ACTIONS_ID_TOKEN_REQUEST_URL and its token). */
export interface TokenEndpoint {
  url: string;
  token: string;
}

/** Claims of a token that a trust policy looks at. */
export interface Claims {
  iss: string;
  aud: string;
  sub: string;
}

export const OIDC = 'OIDC';

/**
 * Asks the runner for an OIDC token of this job. It lives five minutes, so it is fetched when it is needed.
 *
 * @throws {ServiceError}
 */
export async function fetchRunnerToken(
  transport: Transport,
  endpoint: TokenEndpoint,
  audience: string,
  signal: AbortSignal,
): Promise<string> {
  const url = new URL(endpoint.url);
  url.searchParams.set('audience', audience);
  const answer = await transport.send({
    service: OIDC,
    method: 'GET',
    url,
    headers: { Authorization: `Bearer ${endpoint.token}`, Accept: 'application/json' },
    signal,
  });
  const token = answer.status === 200 ? readToken(answer.body) : undefined;
  if (token !== undefined) return token;
  const passing = answer.status === 200 || answer.status >= 500;
  throw new ServiceError(OIDC, {
    code: `HTTP${answer.status}`,
    message: `The runner gave no OIDC token for the audience ${audience}: its answer has status ${answer.status}.`,
    kind: answer.status === 429 ? 'throttled' : passing ? 'transient' : 'final',
    status: answer.status,
    retryAfterMs: retryAfterMs(answer),
  });
}

function readToken(body: Buffer): string | undefined {
  try {
    return text(object(JSON.parse(body.toString('utf8')))?.value);
  } catch {
    return undefined;
  }
}

/** The claims that a trust policy compares, for messages; nothing is verified here. */
export function readClaims(token: string): Claims {
  try {
    const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const { iss, aud, sub } = object(payload) ?? {};
    const shown = (claim: unknown): string =>
      text(claim) ?? (claim === undefined ? 'unknown' : JSON.stringify(claim));
    return { iss: shown(iss), aud: shown(aud), sub: shown(sub) };
  } catch {
    return { iss: 'unknown', aud: 'unknown', sub: 'unknown' };
  }
}
