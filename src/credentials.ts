import type { ApiKeys } from './api/call.js';
import type { Settings } from './inputs.js';

/** Hands out the keys of the run. */
export type KeyProvider = (signal: AbortSignal) => Promise<ApiKeys>;

/** There is no way to log in; the message shows the ways there are. */
export class CredentialsError extends Error {}

/**
 * One provider for the whole run: keys of the inputs, or those of the environment.
 *
 * @throws {CredentialsError}
 */
export function createKeyProvider(settings: Settings): KeyProvider {
  const keys = settings.inputKeys ?? settings.environmentKeys;
  if (keys === undefined) {
    throw new CredentialsError(
      'No credentials. Give the inputs secret-id and secret-key, or set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY in the environment.',
    );
  }
  return async () => keys;
}
