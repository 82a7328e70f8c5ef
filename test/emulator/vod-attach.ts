import { ServiceError } from './service-error.js';
import type { MediaLibrary } from './vod-media-library.js';
import type { MediaOutputs } from './vod-media-outputs.js';
import type { Medium } from './vod-medium.js';
import type { Answered, AttachMediaSubtitlesRequest, AttachMediaSubtitlesResponse } from './vod-models.js';

/** Subtitles of a medium that go with one of its adaptive outputs. */
export interface Attachment {
  /** Template of the output. */
  definition: number;
  subtitleIds: readonly string[];
  /** Empty when none is the default. */
  defaultId: string;
}

function refuse(message: string): never {
  throw new ServiceError('InvalidParameterValue', message);
}

/**
 * AttachMediaSubtitles. Raises FailedOperation while there is no adaptive output of the template, and
 * UnsupportedOperation for one that is not HLS.
 */
export function attachSubtitles(
  request: AttachMediaSubtitlesRequest,
  subAppId: number,
  library: MediaLibrary,
  outputsOf: (medium: Medium) => MediaOutputs,
): Answered<AttachMediaSubtitlesResponse> {
  const { FileId, Operation, SubtitleIds, DefaultSubtitleId = '' } = request;
  const definition = request.AdaptiveDynamicStreamingDefinition;
  const medium = library.find(subAppId, FileId) ?? refuse(`The file ${FileId} does not exist.`);
  const output = outputsOf(medium).adaptive.find(({ Definition }) => Definition === definition);
  if (output === undefined) {
    throw new ServiceError(
      'FailedOperation',
      `The file has no adaptive output of the template ${definition}.`,
    );
  }
  if (output.Package !== 'HLS') {
    throw new ServiceError('UnsupportedOperation', 'Subtitles can be attached to HLS only.');
  }
  if (SubtitleIds.length === 0) refuse('SubtitleIds is empty.');
  for (const id of SubtitleIds) {
    if (!medium.subtitles.some((subtitle) => subtitle.id === id)) refuse(`The file has no subtitle ${id}.`);
  }
  if (DefaultSubtitleId !== '' && !SubtitleIds.includes(DefaultSubtitleId)) {
    refuse(`The default subtitle ${DefaultSubtitleId} is not one of SubtitleIds.`);
  }
  const { subtitleIds: before = [], defaultId = '' } =
    medium.attachments.find((attachment) => attachment.definition === definition) ?? {};
  const subtitleIds =
    Operation === 'Attach'
      ? [...new Set([...before, ...SubtitleIds])]
      : before.filter((id) => !SubtitleIds.includes(id));
  const attachment: Attachment = {
    definition,
    subtitleIds,
    defaultId: Operation === 'Attach' ? DefaultSubtitleId : defaultId,
  };
  const others = medium.attachments.filter((other) => other.definition !== definition);
  library.change(medium, { attachments: [...others, attachment] });
  return {};
}
