import type { PackageBudget } from '../package/budget.js';
import { ManifestError, quote } from '../package/manifest-error.js';

const VARIABLE = /\{\$([a-zA-Z0-9_-]+)\}/g;

/** The variables of one playlist (EXT-X-DEFINE, RFC 8216bis section 4.4.2.3), filled from top to bottom. */
export class HlsVariables {
  readonly #values = new Map<string, string>();
  readonly #inherited: ReadonlyMap<string, string>;
  readonly #budget: PackageBudget;

  /** @param inherited variables of the playlist that named this one, for IMPORT */
  constructor(inherited: ReadonlyMap<string, string>, budget: PackageBudget) {
    this.#inherited = inherited;
    this.#budget = budget;
  }

  /** Values by name, for the playlists below this one to import. */
  get values(): ReadonlyMap<string, string> {
    return this.#values;
  }

  /**
   * Takes in the attributes of an EXT-X-DEFINE.
   * @throws {ManifestError} `invalid-manifest` when they define nothing or a name again, `undefined-variable` when
   * they take a value from where there is none
   */
  define(attributes: ReadonlyMap<string, string>, place: string): void {
    const [name, text, imported] = ['NAME', 'VALUE', 'IMPORT'].map((key) => attributes.get(key));
    if (attributes.has('QUERYPARAM')) {
      const reason = 'takes a variable from the URL query (QUERYPARAM), which is unknown before publishing';
      throw new ManifestError('undefined-variable', reason, place);
    }
    if (imported !== undefined) {
      const inherited = this.#inherited.get(imported);
      if (inherited === undefined) {
        const reason = `imports the variable ${quote(imported)}, which the playlist above does not define`;
        throw new ManifestError('undefined-variable', reason, place);
      }
      this.#budget.spend('characters', inherited.length, place);
      this.#set(imported, inherited, place);
    } else if (name !== undefined && text !== undefined) {
      this.#set(name, this.substitute(text, place), place);
    } else {
      const reason = 'has an EXT-X-DEFINE without NAME and VALUE, or IMPORT';
      throw new ManifestError('invalid-manifest', reason, place);
    }
  }

  /**
   * Puts values in place of `{$name}`, verbatim and once.
   * @throws {ManifestError} `undefined-variable` for a name that was not defined above
   * @throws {LimitExceeded} `too-large` when variables that hold each other grow without bound
   */
  substitute(text: string, place: string): string {
    if (!text.includes('{$')) return text;
    return text.replace(VARIABLE, (_, name: string) => {
      const value = this.#values.get(name);
      if (value === undefined) {
        const reason = `uses the variable ${quote(name)}, which no EXT-X-DEFINE above defines`;
        throw new ManifestError('undefined-variable', reason, place);
      }
      this.#budget.spend('characters', value.length, place);
      return value;
    });
  }

  #set(name: string, value: string, place: string): void {
    if (this.#values.has(name)) {
      throw new ManifestError('invalid-manifest', `defines the variable ${quote(name)} again`, place);
    }
    this.#values.set(name, value);
  }
}
