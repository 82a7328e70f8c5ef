import type { MediumKind } from '../results.js';
import type { Problem } from './files/problem.js';

/** What a file is to its medium: the media file or manifest itself, or a part of a package. */
export type ObjectRole = 'media' | 'manifest' | 'playlist' | 'segment' | 'key' | 'other' | 'cover';

/** One local file that becomes one object of the storage service. */
export interface PlannedObject {
  /** Absolute path on disk. */
  file: string;
  /** Workspace-relative path with `/`, for messages. */
  path: string;
  /**
   * Path below the folder of the manifest with `/`, which is also the end of the object key.
   * Empty for the media file, the manifest and the cover: the service chooses their keys.
   */
  relative: string;
  role: ObjectRole;
  /** Bytes when the plan was made; a later difference fails the medium. */
  size: number;
  /** Modification time in milliseconds when the plan was made. */
  mtimeMs: number;
  contentType: string;
}

/** One medium as it will be published: the fields of ApplyUpload and the files to send. */
export interface PlannedMedium {
  path: string;
  kind: MediumKind;
  mediaName: string;
  /** MediaType of ApplyUpload: the extension without its dot, in lower case. */
  mediaType: string;
  /** The media file or manifest first, then the other files of the package in path order. */
  objects: PlannedObject[];
  cover?: PlannedObject;
  /** CoverType of ApplyUpload; set when there is a cover. */
  coverType?: string;
  sourceContext?: string;
  sessionContext?: string;
  mediaStoragePath?: string;
  /** Bytes of all objects and the cover. */
  bytes: number;
}

/** A medium that can't be published, with everything that is wrong with it. */
export interface RefusedMedium {
  path: string;
  kind: MediumKind;
  mediaName: string;
  problems: Problem[];
}

/** Files that a medium sends, its cover included. */
export function countObjects(medium: PlannedMedium): number {
  return medium.objects.length + (medium.cover === undefined ? 0 : 1);
}
