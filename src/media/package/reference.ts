import type { LocalReference } from './relative-uri.js';

/** What a file is to its medium: the media file or manifest itself, a part of a package, or the cover. */
export type FileRole = 'media' | 'manifest' | 'playlist' | 'segment' | 'key' | 'other' | 'cover';

/**
 * Whether a player needs the file: always, or only where it exists, or not at all, so that nothing that is wrong
 * with a `hint` counts.
 */
export type Need = 'required' | 'optional' | 'hint';

/** A reference of a manifest to one local file, or to one of several alternatives. */
export interface PackageReference {
  /** `line 12` or the path of an element and attribute. */
  place: string;
  /** The reference as written, with variables and templates filled in. */
  text: string;
  /** More than one where several BaseURLs are alternatives: those that exist are taken, one must. */
  targets: readonly LocalReference[];
  role: FileRole;
  need: Need;
}

/** A problem of one line or element, before it is put into a sentence that names the manifest. */
export interface PlacedProblem {
  code: string;
  place: string;
  /** The reference, where the problem is one of a reference. */
  text?: string;
  /** The local file that the reference means, below the workspace, where it means one. */
  file?: string;
  /** A predicate with the reference as its subject, or a sentence's rest after the place. */
  reason: string;
}
