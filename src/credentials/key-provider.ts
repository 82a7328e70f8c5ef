import type { ApiKeys } from '../keys.js';

/** The keys of the run. There is one provider, asked before every request. */
export interface KeyProvider {
  /** What the keys are, for messages: never the keys themselves. */
  readonly source: string;
  /**
   * The keys to sign the next request with.
   *
   * @throws {ServiceError} when keys had to be fetched and that failed
   */
  keys(signal: AbortSignal): Promise<ApiKeys>;
  /** The service refused these keys. True when the next call of `keys` brings other ones. */
  refused(keys: ApiKeys): boolean;
}
