import type { Key } from './keys.js';
import type { StoredObject } from './stored-object.js';
import type { ApplyUploadRequest } from './vod-models.js';

/** What ApplyUpload began. */
export interface UploadSession {
  vodSessionKey: string;
  /** A decimal string of 19 digits, allocated when the upload was applied for. */
  fileId: string;
  subAppId: number;
  /** The parameters of ApplyUpload as they were sent. */
  request: ApplyUploadRequest;
  bucket: string;
  storageRegion: string;
  /** Object keys without a leading slash; `coverKey` is empty when no cover was asked for. */
  mediaKey: string;
  coverKey: string;
  /** Folder of the media object, with a slash at its end. */
  folder: string;
  certificate: Key;
  mediaUrl: string;
  coverUrl: string;
  /** CommitUploads that took effect: 0 or 1. */
  commits: number;
  /** CommitUploads that named this session, refused ones included. */
  commitAttempts: number;
}

/** The address below which everything is found that belongs to a medium, without a slash at its end. */
export function folderUrlOf({ mediaUrl }: UploadSession): string {
  return mediaUrl.slice(0, mediaUrl.lastIndexOf('/'));
}

/** What is stored of an upload: the media object, the cover, and for packages everything below the media's folder. */
export function objectsOf(
  session: UploadSession,
  objects: ReadonlyMap<string, StoredObject>,
): StoredObject[] {
  const { keys = [], folder } = session.certificate.scope ?? {};
  if (folder !== undefined) {
    return [...objects.values()].filter(({ key }) => keys.includes(key) || key.startsWith(folder));
  }
  return keys.map((key) => objects.get(key)).filter((object) => object !== undefined);
}
