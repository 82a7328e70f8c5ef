import { UserError } from '../errors.js';
import type { ApiKeys } from '../keys.js';
import type { KeyProvider } from './key-provider.js';
import { type OidcSettings, RoleSession, type RoleSessionOptions } from './role-session.js';

/** The ways to log in that were given; the first of them is taken. */
export interface LoginSettings {
  /** Keys of the inputs. */
  inputKeys?: ApiKeys;
  oidc?: OidcSettings;
  /** Keys of the environment. */
  environmentKeys?: ApiKeys;
}

const NO_CREDENTIALS = `No credentials. There are three ways to give them:
1. Without a stored key, by the workflow's OIDC token: the inputs role-arn and oidc-provider-id, and "permissions: id-token: write" for the job.
2. The inputs secret-id and secret-key (and session-token for temporary keys), from the repository's secrets.
3. The environment variables TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY (and TENCENTCLOUD_SESSION_TOKEN).`;

const NO_ID_TOKEN = `role-arn is given, but this job may not ask for an OIDC token. Add these lines to the job (or to the workflow); with permissions given, actions/checkout needs contents: read, too:
permissions:
  contents: read
  id-token: write`;

/**
 * Chooses the credentials: keys of the inputs, else the role of the OIDC inputs, else keys of the
 * environment. No network is used yet.
 *
 * @throws {UserError} when there is none; the message shows what to add to the workflow
 */
export function createKeyProvider(
  settings: LoginSettings,
  connect: () => Omit<RoleSessionOptions, 'oidc' | 'runner'>,
): KeyProvider {
  const { inputKeys, oidc, environmentKeys } = settings;
  if (inputKeys) return fixedKeys(inputKeys, 'the inputs secret-id and secret-key');
  if (oidc) {
    if (!oidc.runner) throw new UserError(NO_ID_TOKEN);
    return new RoleSession({ ...connect(), oidc, runner: oidc.runner });
  }
  if (environmentKeys) return fixedKeys(environmentKeys, 'the environment variables TENCENTCLOUD_*');
  throw new UserError(NO_CREDENTIALS);
}

function fixedKeys(keys: ApiKeys, origin: string): KeyProvider {
  return {
    source: `${keys.token ? 'the temporary credentials' : 'the API key'} of ${origin}`,
    keys: async () => keys,
    refused: () => false,
  };
}
