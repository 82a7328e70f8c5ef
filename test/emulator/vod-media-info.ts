import type { Clock } from './clock.js';
import type { StoredObject } from './stored-object.js';
import { objectsOf } from './upload-session.js';
import { type MediaOutputs, outputsOf } from './vod-media-outputs.js';
import type { Medium } from './vod-medium.js';
import type {
  Answered,
  Complete,
  DescribeMediaInfosRequest,
  DescribeMediaInfosResponse,
  MediaBasicInfo,
  MediaInfo,
  MediaMetaData,
} from './vod-models.js';
import type { VodSettings } from './vod-options.js';
import type { SECTIONS } from './vod-requests.js';
import { subtitleItem } from './vod-subtitles.js';
import type { Tasks } from './vod-tasks.js';
import { isoTime } from './vod-time.js';

type Section = (typeof SECTIONS)[number];

const AUDIO = new Set('mp3 m4a flac wav ra aac amr'.split(' '));

function basicInfo(medium: Medium, outputs: MediaOutputs): Complete<MediaBasicInfo> {
  const { session } = medium;
  const type = session.request.MediaType;
  const className = medium.classId === 0 ? 'Other' : `Class ${medium.classId}`;
  return {
    Name: medium.name,
    Description: medium.description,
    CreateTime: isoTime(medium.createdAt),
    UpdateTime: isoTime(outputs.updatedAt),
    ExpireTime: medium.expireTime,
    ClassId: medium.classId,
    ClassName: className,
    ClassPath: className,
    CoverUrl: outputs.coverUrl,
    Type: type,
    MediaUrl: medium.sourceDeleted ? '' : session.mediaUrl,
    SourceInfo: {
      SourceType: 'Upload',
      SourceContext: session.request.SourceContext ?? '',
      LiveRecordInfo: null,
      TrtcRecordInfo: null,
      WebPageRecordInfo: null,
    },
    StorageRegion: session.storageRegion,
    StoragePath: `/${session.mediaKey}`,
    TagSet: [...medium.tags],
    Vid: medium.fileId,
    Category: AUDIO.has(type.toLowerCase()) ? 'Audio' : 'Video',
    Status: medium.status === 'Normal' ? 'Normal' : 'Forbidden',
    StorageClass: 'STANDARD',
  };
}

/** Words what is known of media as MediaInfo. */
export class MediaInfos {
  constructor(
    private readonly objects: ReadonlyMap<string, StoredObject>,
    private readonly clock: Clock,
    private readonly settings: VodSettings,
    private readonly tasks: Tasks,
  ) {}

  /** What has reached a medium of its flows by now. */
  outputsOf(medium: Medium): MediaOutputs {
    return outputsOf(medium, this.tasks, this.clock, this.settings.lags);
  }

  /** A medium with the sections that are asked for, all without a list. A section without content is `null`. */
  of(medium: Medium, sections: readonly string[] | undefined): Complete<MediaInfo> {
    const asked = <Content>(section: Section, content: () => Content | null): Content | null =>
      sections === undefined || sections.includes(section) ? content() : null;
    const { keyFrames, subtitles } = medium;
    const outputs = this.outputsOf(medium);
    return {
      FileId: medium.fileId,
      BasicInfo: asked('basicInfo', () => basicInfo(medium, outputs)),
      MetaData: asked('metaData', () => this.metaData(medium)),
      TranscodeInfo: asked('transcodeInfo', () => outputs.transcodeInfo),
      AnimatedGraphicsInfo: asked('animatedGraphicsInfo', () => outputs.animatedInfo),
      SampleSnapshotInfo: asked('sampleSnapshotInfo', () => outputs.sampleInfo),
      ImageSpriteInfo: asked('imageSpriteInfo', () => outputs.spriteInfo),
      SnapshotByTimeOffsetInfo: asked('snapshotByTimeOffsetInfo', () => outputs.snapshotInfo),
      KeyFrameDescInfo: asked('keyFrameDescInfo', () =>
        keyFrames.length === 0 ? null : { KeyFrameDescSet: [...keyFrames] },
      ),
      AdaptiveDynamicStreamingInfo: asked('adaptiveDynamicStreamingInfo', () => outputs.adaptiveInfo),
      MiniProgramReviewInfo: null,
      SubtitleInfo: asked('subtitleInfo', () =>
        subtitles.length === 0 ? null : { SubtitleSet: subtitles.map(subtitleItem) },
      ),
      ReviewInfo: asked('reviewInfo', () => outputs.reviewInfo),
      MPSAiMediaInfo: null,
      ImageUnderstandingInfo: null,
      KnowledgeBasesInfo: null,
      FaceRecognitionInfo: null,
    };
  }

  /** Sizes are those of the stored objects; what only a decoder could tell is 0. */
  private metaData(medium: Medium): Complete<MediaMetaData> | null {
    if (medium.createdAt + this.settings.lags.metaData > this.clock.now()) return null;
    const { session } = medium;
    const sizes = objectsOf(session, this.objects)
      .filter((object) => object.key !== session.coverKey)
      .map((object) => object.size);
    return {
      Size: sizes.reduce((sum, size) => sum + size, 0),
      Container: session.request.MediaType,
      Bitrate: 0,
      Height: 0,
      Width: 0,
      Duration: 0,
      Rotate: 0,
      VideoStreamSet: [],
      AudioStreamSet: [],
      VideoDuration: 0,
      AudioDuration: 0,
      Md5: '',
    };
  }
}

/** DescribeMediaInfos over media that may be found. They come in another order than that of the request. */
export function describeMediaInfos(
  request: DescribeMediaInfosRequest,
  found: readonly Medium[],
  infos: MediaInfos,
): Answered<DescribeMediaInfosResponse> {
  const known = new Set(found.map((medium) => medium.fileId));
  return {
    MediaInfoSet: found.map((medium) => infos.of(medium, request.Filters)),
    NotExistFileIdSet: request.FileIds.filter((id) => !known.has(id)),
  };
}
