/** Codes that are about a package as a whole, wherever in it they come up. */
const FATAL: ReadonlySet<string> = new Set(['delta-playlist', 'too-large', 'too-many']);

/**
 * Thrown by the manifest parsers for a manifest, line or element that means nothing. Those of single lines
 * and elements are collected as problems, so that all of them are told together.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';

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
