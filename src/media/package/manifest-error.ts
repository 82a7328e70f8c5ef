/** Codes that are about a package as a whole, wherever in it they come up. */
const FATAL: ReadonlySet<string> = new Set(['delta-playlist', 'too-large', 'too-many']);

/**
 * Thrown by the manifest parsers for a manifest, line or element that means nothing. Those of single lines
 * and elements are collected as problems, so that all of them are told together.
 */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';

  /**
   * @param code a problem code, see `Problem.code`
   * @param reason what is wrong and what to do about it, as whole sentences without the manifest's name
   * @param place `line 12` or the path of an element; empty for the manifest as a whole
   */
  constructor(
    readonly code: string,
    readonly reason: string,
    readonly place = '',
  ) {
    super(reason);
  }

  /** True where nothing after it would mean anything. */
  get isFatal(): boolean {
    return FATAL.has(this.code);
  }
}

/**
 * A package needs more than it may, by itself or together with the others of its run. It ends the package, but
 * says nothing of the manifest in which it was noticed.
 */
export class LimitExceeded extends ManifestError {}

/** A package has problems enough, and looking at the rest of it would only find more. */
export class EnoughProblems extends LimitExceeded {}

/** Characters of a manifest that a message quotes. */
const MAX_SHOWN = 200;

/** A text of a manifest in quotes, short enough for a message and without characters that break its line. */
export function quote(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
}
