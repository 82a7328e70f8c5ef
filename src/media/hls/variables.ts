import { MAX_EXPANDED_CHARACTERS } from '../package/limits.js';
import { ManifestError, quote } from '../package/manifest-error.js';

const VARIABLE = /\{\$([a-zA-Z0-9_-]+)\}/g;

/** The variables of one playlist (EXT-X-DEFINE, RFC 8216bis section 4.4.2.3), filled from top to bottom. */
export class HlsVariables {
  readonly #values = new Map<string, string>();
  #produced = 0;

  /** Values by name, for the playlists below this one to import. */
  get values(): ReadonlyMap<string, string> {
    return this.#values;
  }

  /** @throws {ManifestError} `invalid-manifest` when the name is taken already */
  define(name: string, value: string, place: string): void {
    if (this.#values.has(name)) {
      throw new ManifestError('invalid-manifest', `defines the variable ${quote(name)} again`, place);
    }
    this.#values.set(name, value);
  }

  /**
   * Puts values in place of `{$name}`, verbatim and once.
   * @throws {ManifestError} `undefined-variable` for a name that was not defined above, `too-large` when
   * variables that hold each other grow without bound
   */
  substitute(text: string, place: string): string {
    if (!text.includes('{$')) return text;
    return text.replace(VARIABLE, (_, name: string) => {
      const value = this.#values.get(name);
      if (value === undefined) {
        const reason = `uses the variable ${quote(name)}, which no EXT-X-DEFINE above defines`;
        throw new ManifestError('undefined-variable', reason, place);
      }
      this.#produced += value.length;
      if (this.#produced > MAX_EXPANDED_CHARACTERS) {
        throw new ManifestError(
          'too-large',
          `has variables that grow to more than ${MAX_EXPANDED_CHARACTERS} characters`,
        );
      }
      return value;
    });
  }
}
