import type { Key } from './keys.js';
import type { Parameters } from './vod-fields.js';

/** What ApplyUpload began. */
export interface UploadSession {
  vodSessionKey: string;
  /** A decimal string of 19 digits, allocated when the upload was applied for. */
  fileId: string;
  subAppId: number;
  /** The parameters of ApplyUpload as they were sent. */
  request: Parameters;
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
