import { randomText } from './keys.js';
import { ServiceError } from './service-error.js';
import { folderUrlOf } from './upload-session.js';
import type { Medium } from './vod-medium.js';
import type {
  Complete,
  MediaSubtitleInput,
  MediaSubtitleItem,
  ModifyMediaInfoRequest,
} from './vod-models.js';

const MOST = 16;

/** A subtitle of a medium. */
export interface Subtitle {
  id: string;
  name: string;
  language: string;
  url: string;
  /** The WebVTT text. */
  content: string;
}

/** A subtitle as the API shows it. */
export function subtitleItem(subtitle: Subtitle): Complete<MediaSubtitleItem> {
  return {
    Id: subtitle.id,
    Name: subtitle.name,
    Language: subtitle.language,
    Format: 'vtt',
    Url: subtitle.url,
    Source: 'UserUploaded',
  };
}

/** The bytes of Base64 text; `undefined` when it is not Base64, or empty. */
export function decodeBase64(text: string): Buffer | undefined {
  if (text === '' || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}

function refuse(message: string): never {
  throw new ServiceError('InvalidParameterValue', message);
}

function newSubtitle(input: MediaSubtitleInput, medium: Medium): Subtitle {
  const id = input.Id ?? randomText(12);
  if (!/^[A-Za-z0-9_-]+$/.test(id)) refuse(`The subtitle Id ${id} is not valid.`);
  if (input.Name === '') refuse('The name of a subtitle is empty.');
  if (!/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/.test(input.Language)) {
    refuse(`The language ${input.Language} is not a tag of RFC 5646.`);
  }
  const content = decodeBase64(input.Content)?.toString('utf8') ?? refuse('Content is not Base64.');
  if (!/^\uFEFF?WEBVTT([ \t\r\n]|$)/.test(content)) refuse('Content is not WebVTT.');
  return {
    id,
    name: input.Name,
    language: input.Language,
    url: `${folderUrlOf(medium.session)}/subtitles/${id}.vtt`,
    content,
  };
}

/** What a request makes of a medium's subtitles. */
export interface SubtitleChange {
  subtitles: readonly Subtitle[];
  added: readonly Subtitle[];
}

/**
 * The subtitles of a medium after a ModifyMediaInfo. Old and new ones together are held to the limit, whatever the
 * request deletes besides. Raises InvalidParameterValue, and LimitExceeded above sixteen.
 */
export function changeSubtitles(request: ModifyMediaInfoRequest, medium: Medium): SubtitleChange {
  const { AddSubtitles = [], DeleteSubtitleIds = [], ClearSubtitles } = request;
  const clear = ClearSubtitles === 1;
  if (clear && AddSubtitles.length > 0) refuse('ClearSubtitles and AddSubtitles exclude each other.');
  const known = new Set(medium.subtitles.map(({ id }) => id));
  for (const id of DeleteSubtitleIds) {
    if (!known.has(id)) refuse(`The medium has no subtitle ${id}.`);
  }
  const added = AddSubtitles.map((input) => newSubtitle(input, medium));
  for (const { id } of added) {
    // That holds for those that the request deletes as well.
    if (known.has(id)) refuse(`The subtitle Id ${id} exists.`);
    known.add(id);
  }
  if (medium.subtitles.length + added.length > MOST) {
    throw new ServiceError('LimitExceeded', `A medium has ${MOST} subtitles at most.`);
  }
  const kept = clear ? [] : medium.subtitles.filter(({ id }) => !DeleteSubtitleIds.includes(id));
  return { subtitles: [...kept, ...added], added };
}
