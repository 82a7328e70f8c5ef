import type { MediumKind } from '../results.js';
import type { Problem } from './files/problem.js';
import type { PackageFile } from './package/package-file.js';

/** One local file that becomes one object of the storage service. */
export interface PlannedObject extends PackageFile {
  /** Workspace-relative path with `/`, for messages. */
  path: string;
  contentType: string;
}

/** One medium as it will be published: the fields of ApplyUpload and the files to send. */
export interface PlannedMedium {
  path: string;
  kind: MediumKind;
  mediaName: string;
  /** MediaType of ApplyUpload: the extension without its dot, in lower case. */
  mediaType: string;
  /** The media file or manifest first, then the other files of the package in path order, the cover last. */
  objects: PlannedObject[];
  /** CoverType of ApplyUpload; set when there is a cover. */
  coverType?: string;
  sourceContext?: string;
  sessionContext?: string;
  mediaStoragePath?: string;
  /** Bytes of all objects. */
  bytes: number;
}

/** A medium that can't be published, with everything that is wrong with it. */
export interface RefusedMedium {
  path: string;
  kind: MediumKind;
  mediaName: string;
  /** The first of them; packages can have thousands. */
  problems: Problem[];
  /** How many problems there are besides. */
  unlisted?: number;
}

/** The cover of a medium. */
export function coverOf({ objects }: PlannedMedium): PlannedObject | undefined {
  return objects.find(({ role }) => role === 'cover');
}
