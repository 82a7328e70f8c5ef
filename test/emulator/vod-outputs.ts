import type {
  AdaptiveDynamicStreamingInfoItem,
  Complete,
  CoverBySnapshotTaskOutput,
  MediaAnimatedGraphicsItem,
  MediaImageSpriteItem,
  MediaSampleSnapshotItem,
  MediaSnapshotByTimeOffsetItem,
  MediaTranscodeItem,
} from './vod-models.js';

const HEIGHTS: Readonly<Record<number, number>> = {
  1: 360,
  2: 540,
  3: 720,
  4: 1080,
  7: 1440,
  8: 2160,
};

/** Container and height of the documented transcoding templates; those of the user make MP4 of 720 lines. */
function transcodeFormat(definition: number): { container: string; height: number } {
  if (definition === 1010 || definition === 1020) return { container: 'mp3', height: 0 };
  if (definition >= 1100 && definition <= 1140) return { container: 'm4a', height: 0 };
  const preset = /^100([028])([123478])0$/.exec(String(definition));
  const height = HEIGHTS[Number(preset?.[2])] ?? 720;
  return { container: preset?.[1] === '2' || definition === 876 ? 'm3u8' : 'mp4', height };
}

/** Package and DRM of the documented adaptive templates; those of the user make clear HLS. */
function adaptiveFormat(definition: number): { Package: string; DrmType: string } {
  const drm: Readonly<Record<number, string>> = {
    11: 'FairPlay',
    12: 'SimpleAES',
    13: 'Widevine',
    14: 'SimpleAES',
    31: 'FairPlay',
    41: 'Widevine',
  };
  const Package = definition === 20 || definition === 41 ? 'DASH' : 'HLS';
  return { Package, DrmType: drm[definition] ?? '' };
}

/** What transcoding makes. */
export function transcodeOutput(definition: number, folder: string): Complete<MediaTranscodeItem> {
  const { container, height } = transcodeFormat(definition);
  return {
    Url: `${folder}/v.f${definition}.${container}`,
    Definition: definition,
    Bitrate: height === 0 ? 128_000 : height * 2000,
    Height: height,
    Width: Math.round((height * 16) / 9),
    Size: 1_000_000,
    Duration: 10,
    Md5: '',
    Container: container,
    VideoStreamSet: [],
    AudioStreamSet: [],
    DigitalWatermarkType: 'None',
    CopyRightWatermarkText: '',
    BlindWatermarkDefinition: 0,
    FileId: '',
  };
}

function adaptiveOutput(definition: number, folder: string): Complete<AdaptiveDynamicStreamingInfoItem> {
  const format = adaptiveFormat(definition);
  return {
    Definition: definition,
    ...format,
    Url: `${folder}/adp.${definition}.${format.Package === 'DASH' ? 'mpd' : 'm3u8'}`,
    Size: 1_000_000,
    DigitalWatermarkType: 'None',
    SubStreamSet: [
      { Type: 'video', Width: 426, Height: 240, Size: 300_000 },
      { Type: 'video', Width: 854, Height: 480, Size: 700_000 },
    ],
    CopyRightWatermarkText: '',
    BlindWatermarkDefinition: 0,
    SubtitleSet: [],
    DefaultSubtitleId: '',
    DrmEncryptType: '',
  };
}

function coverOutput(definition: number, folder: string): Complete<CoverBySnapshotTaskOutput> {
  return { CoverUrl: `${folder}/coverBySnapshot_${definition}_0.jpg` };
}

function spriteOutput(definition: number, folder: string): Complete<MediaImageSpriteItem> {
  return {
    Definition: definition,
    Height: 80,
    Width: 142,
    TotalCount: 100,
    ImageUrlSet: [`${folder}/imageSprite_${definition}_0.jpg`],
    WebVttUrl: `${folder}/imageSprite_${definition}.vtt`,
  };
}

function sampleOutput(definition: number, folder: string): Complete<MediaSampleSnapshotItem> {
  return {
    Definition: definition,
    // The examples spell it so, the documents with a capital letter.
    SampleType: 'percent',
    Interval: 50,
    ImageUrlSet: [0, 1].map((index) => `${folder}/sampleSnapshot_${definition}_${index}.jpg`),
    WaterMarkDefinition: [],
  };
}

function snapshotOutput(definition: number, folder: string): Complete<MediaSnapshotByTimeOffsetItem> {
  const Url = `${folder}/snapshotByTimeOffset_${definition}_0.jpg`;
  return { Definition: definition, PicInfoSet: [{ TimeOffset: 3000, Url, WaterMarkDefinition: [] }] };
}

function animatedOutput(definition: number, folder: string): Complete<MediaAnimatedGraphicsItem> {
  const container = definition === 20_001 ? 'webp' : 'gif';
  return {
    Url: `${folder}/animatedGraphics_${definition}_0.${container}`,
    Definition: definition,
    Container: container,
    Height: 240,
    Width: 426,
    Bitrate: 100_000,
    Size: 100_000,
    Md5: '',
    StartTimeOffset: 0,
    EndTimeOffset: 5,
  };
}

type Output = (definition: number, folder: string) => object;

/** The types of MediaProcessResultSet, with the field that holds an item of the type and what the item makes. */
export const MEDIA_TYPES: Readonly<Record<string, { field: string; output: Output }>> = {
  Transcode: { field: 'TranscodeTask', output: transcodeOutput },
  AnimatedGraphics: { field: 'AnimatedGraphicTask', output: animatedOutput },
  SnapshotByTimeOffset: { field: 'SnapshotByTimeOffsetTask', output: snapshotOutput },
  SampleSnapshot: { field: 'SampleSnapshotTask', output: sampleOutput },
  ImageSprites: { field: 'ImageSpriteTask', output: spriteOutput },
  // The documents call it so where they describe its field.
  ImageSprite: { field: 'ImageSpriteTask', output: spriteOutput },
  CoverBySnapshot: { field: 'CoverBySnapshotTask', output: coverOutput },
  AdaptiveDynamicStreaming: { field: 'AdaptiveDynamicStreamingTask', output: adaptiveOutput },
};

/** What an item makes of a medium whose outputs lie in a folder; a type that is unknown makes just a file. */
export function outputOf(
  result: { type: string; definition: number; output: object },
  folder: string,
): Record<string, unknown> {
  const { type, definition, output } = result;
  const own = Object.hasOwn(MEDIA_TYPES, type) ? MEDIA_TYPES[type] : undefined;
  const base = own?.output(definition, folder) ?? {
    Url: `${folder}/${type}_${definition}`,
    Definition: definition,
  };
  return { ...base, ...output };
}
