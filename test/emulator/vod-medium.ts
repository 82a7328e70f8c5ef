import type { UploadSession } from './upload-session.js';
import type { Attachment } from './vod-attach.js';
import type { MediaKeyFrameDescItem } from './vod-models.js';
import type { Subtitle } from './vod-subtitles.js';
import { NEVER, normalTime } from './vod-time.js';

/** Whether a medium can be played; the service's own ban can't be recovered by its owner. */
export type MediumStatus = 'Normal' | 'Forbidden' | 'SystemForbidden';

/** What can change about a medium once it is committed. Lists are replaced as a whole, never changed in place. */
export interface MediumState {
  name: string;
  description: string;
  classId: number;
  /** As the API writes it; {@link NEVER} when the medium stays. */
  expireTime: string;
  tags: readonly string[];
  keyFrames: readonly MediaKeyFrameDescItem[];
  subtitles: readonly Subtitle[];
  /** What was uploaded or set; a flow that makes a cover later takes its place in what the API shows. */
  coverUrl: string;
  /** Milliseconds since the epoch, by the emulator's clock. */
  coverSetAt: number;
  attachments: readonly Attachment[];
  /** What DeleteMedia took away of the outputs; `definition` 0 stands for all templates. */
  removedParts: readonly { type: string; definition: number; at: number }[];
  status: MediumStatus;
  /** The source file was deleted; its medium is left with what was made of it. */
  sourceDeleted: boolean;
  /** Milliseconds since the epoch, by the emulator's clock. */
  updatedAt: number;
}

/** A medium that was committed. */
export interface Medium extends MediumState {
  readonly session: UploadSession;
  readonly fileId: string;
  readonly subAppId: number;
  /** Milliseconds since the epoch, by the emulator's clock. */
  readonly createdAt: number;
}

/** The medium that a commit makes of an upload, with what differs from that. */
export function newMedium(session: UploadSession, now: number, given: Partial<MediumState> = {}): Medium {
  const { fileId, subAppId, request, coverUrl } = session;
  const { MediaName = '', ClassId = 0, ExpireTime = '' } = request;
  return {
    session,
    fileId,
    subAppId,
    createdAt: now,
    updatedAt: now,
    name: MediaName,
    description: '',
    classId: ClassId,
    expireTime: ExpireTime === '' ? NEVER : normalTime(ExpireTime),
    tags: [],
    keyFrames: [],
    subtitles: [],
    coverUrl,
    coverSetAt: coverUrl === '' ? Number.NEGATIVE_INFINITY : now,
    attachments: [],
    removedParts: [],
    status: 'Normal',
    sourceDeleted: false,
    ...given,
  };
}

/** True when the medium's time is over; the service has deleted it then. */
export function hasExpired(medium: Medium, now: number): boolean {
  return Date.parse(medium.expireTime) <= now;
}
