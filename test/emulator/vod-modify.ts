import { randomText } from './keys.js';
import { ServiceError } from './service-error.js';
import { folderUrlOf } from './upload-session.js';
import type { MediaLibrary } from './vod-media-library.js';
import type { Medium, MediumState } from './vod-medium.js';
import type {
  Answered,
  MediaKeyFrameDescItem,
  ModifyMediaInfoRequest,
  ModifyMediaInfoResponse,
} from './vod-models.js';
import type { VodSettings } from './vod-options.js';
import { changeSubtitles, decodeBase64, subtitleItem } from './vod-subtitles.js';
import { normalTime } from './vod-time.js';

const MOST_TAGS = 16;
const LONGEST_TAG = 32;
const MOST_KEY_FRAMES = 100;

function conflict(add: string, other: string): never {
  throw new ServiceError(`InvalidParameterValue.${add}And${other}Conflict`, `${add} and ${other} conflict.`);
}

/** The tags after a request. Those that it adds count before those that it deletes, known ones included. */
function changeTags(request: ModifyMediaInfoRequest, medium: Medium, unit: VodSettings['tagUnit']): string[] {
  const { AddTags = [], DeleteTags = [], ClearTags } = request;
  const clear = ClearTags === 1;
  if (clear && AddTags.length > 0) conflict('AddTags', 'ClearTags');
  if (AddTags.some((tag) => DeleteTags.includes(tag))) conflict('AddTags', 'DeleteTags');
  for (const tag of AddTags) {
    const length = unit === 'bytes' ? Buffer.byteLength(tag) : [...tag].length;
    if (length > LONGEST_TAG) {
      throw new ServiceError('InvalidParameterValue.TagTooLong', `A tag is longer than ${LONGEST_TAG}.`);
    }
    if (tag === '') throw new ServiceError('InvalidParameterValue', 'A tag is empty.');
  }
  if (medium.tags.length + AddTags.length > MOST_TAGS) {
    throw new ServiceError('LimitExceeded.TagCountReachMax', `A medium has ${MOST_TAGS} tags at most.`);
  }
  const kept = clear ? [] : medium.tags.filter((tag) => !DeleteTags.includes(tag));
  return [...new Set([...kept, ...AddTags])];
}

function changeKeyFrames(request: ModifyMediaInfoRequest, medium: Medium): MediaKeyFrameDescItem[] {
  const { AddKeyFrameDescs: added = [], DeleteKeyFrameDescs = [], ClearKeyFrameDescs } = request;
  const clear = ClearKeyFrameDescs === 1;
  if (clear && added.length > 0) conflict('AddKeyFrameDescs', 'ClearKeyFrameDescs');
  if (added.some(({ TimeOffset }) => DeleteKeyFrameDescs.includes(TimeOffset))) {
    conflict('AddKeyFrameDescs', 'DeleteKeyFrameDescs');
  }
  if (added.some(({ Content }) => Content === '')) {
    throw new ServiceError('InvalidParameterValue', 'The content of a key frame is empty.');
  }
  const byOffset = new Map((clear ? [] : medium.keyFrames).map((frame) => [frame.TimeOffset, frame]));
  for (const offset of DeleteKeyFrameDescs) byOffset.delete(offset);
  for (const frame of added) byOffset.set(frame.TimeOffset, frame);
  if (byOffset.size > MOST_KEY_FRAMES) {
    throw new ServiceError(
      'LimitExceeded.KeyFrameDescCountReachMax',
      `A medium has ${MOST_KEY_FRAMES} key frames at most.`,
    );
  }
  return [...byOffset.values()];
}

/** The extension of a picture by its first bytes; raises InvalidParameterValue.ImageDecodeError for another format. */
function pictureType(bytes: Buffer | undefined): string {
  const head = bytes?.subarray(0, 8).toString('latin1') ?? '';
  if (/^GIF8[79]a/.test(head)) return 'gif';
  if (head.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (head === '\x89PNG\r\n\x1a\n') return 'png';
  throw new ServiceError('InvalidParameterValue.ImageDecodeError', 'CoverData is not a GIF, JPEG or PNG.');
}

function newCoverUrl(data: string, medium: Medium): string {
  return `${folderUrlOf(medium.session)}/${randomText(6)}.${pictureType(decodeBase64(data))}`;
}

function newExpireTime(text: string, now: number): string {
  if (Date.parse(text) <= now) {
    throw new ServiceError('InvalidParameterValue.ExpireTime', `ExpireTime ${text} has passed.`);
  }
  return normalTime(text);
}

/**
 * ModifyMediaInfo: everything that a request asks, or nothing.
 * Raises ResourceNotFound.FileNotExist for a medium that is not there, or that is too new to be known.
 */
export function modifyMediaInfo(
  request: ModifyMediaInfoRequest,
  subAppId: number,
  library: MediaLibrary,
  settings: VodSettings,
  now: number,
): Answered<ModifyMediaInfoResponse> {
  const medium = library.find(subAppId, request.FileId);
  if (medium === undefined || medium.createdAt + settings.lags.modify > now) {
    throw new ServiceError('ResourceNotFound.FileNotExist', `The file ${request.FileId} does not exist.`);
  }
  const { Name, Description, ClassId, ExpireTime, CoverData } = request;
  const { subtitles, added } = changeSubtitles(request, medium);
  const changes: Partial<MediumState> = {
    tags: changeTags(request, medium, settings.tagUnit),
    keyFrames: changeKeyFrames(request, medium),
    subtitles,
    ...(Name === undefined ? {} : { name: Name }),
    ...(Description === undefined ? {} : { description: Description }),
    ...(ClassId === undefined ? {} : { classId: ClassId }),
    ...(ExpireTime === undefined ? {} : { expireTime: newExpireTime(ExpireTime, now) }),
    ...(CoverData === undefined ? {} : { coverUrl: newCoverUrl(CoverData, medium), coverSetAt: now }),
  };
  library.change(medium, changes);
  return { CoverUrl: medium.coverUrl, AddedSubtitleSet: added.map(subtitleItem) };
}
