import { posix } from 'node:path';

/** Types that VOD documents for media (media upload overview), in lower case; the service's list grows. */
const MEDIA_TYPES = new Set(
  (
    'wmv rm mov mpeg mp4 3gp flv avi rmvb ts asf mpg webm mkv m3u8 wm asx ram mpe vob dat mp4v m4v f4v mxf qt ogg ' +
    'mp3 m4a flac wav ra aac amr mpd'
  ).split(' '),
);

/** Types that VOD documents for covers. */
const COVER_TYPES = new Set('jpg jpeg png gif bmp tiff ai cdr eps tif heif'.split(' '));

/** Content-Type by extension, from the IANA registry where it has one. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  m3u8: 'application/vnd.apple.mpegurl',
  m3u: 'application/vnd.apple.mpegurl',
  mpd: 'application/dash+xml',
  ts: 'video/mp2t',
  m2ts: 'video/mp2t',
  mts: 'video/mp2t',
  m4s: 'video/iso.segment',
  cmfv: 'video/mp4',
  cmfa: 'audio/mp4',
  cmft: 'application/mp4',
  mp4: 'video/mp4',
  mp4v: 'video/mp4',
  m4v: 'video/mp4',
  f4v: 'video/mp4',
  mov: 'video/quicktime',
  qt: 'video/quicktime',
  webm: 'video/webm',
  mkv: 'video/matroska',
  avi: 'video/vnd.avi',
  flv: 'video/x-flv',
  wmv: 'video/x-ms-wmv',
  wm: 'video/x-ms-wm',
  asf: 'video/x-ms-asf',
  mpeg: 'video/mpeg',
  mpg: 'video/mpeg',
  mpe: 'video/mpeg',
  vob: 'video/mpeg',
  '3gp': 'video/3gpp',
  mxf: 'application/mxf',
  rm: 'application/vnd.rn-realmedia',
  rmvb: 'application/vnd.rn-realmedia-vbr',
  ogg: 'application/ogg',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  aac: 'audio/aac',
  ac3: 'audio/ac3',
  ec3: 'audio/eac3',
  flac: 'audio/flac',
  wav: 'audio/wav',
  amr: 'audio/AMR',
  vtt: 'text/vtt',
  webvtt: 'text/vtt',
  ttml: 'application/ttml+xml',
  srt: 'application/x-subrip',
  xml: 'application/xml',
  json: 'application/json',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  bmp: 'image/bmp',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  webp: 'image/webp',
  heif: 'image/heif',
  heic: 'image/heic',
  svg: 'image/svg+xml',
};

/** Extension of a path without its dot, in lower case; empty when there is none. */
export function extensionOf(path: string): string {
  return posix.extname(path).slice(1).toLowerCase();
}

/** Content-Type for a file; encryption keys and unknown files are bytes. */
export function contentTypeOf(path: string): string {
  const extension = extensionOf(path);
  return Object.hasOwn(CONTENT_TYPES, extension)
    ? (CONTENT_TYPES[extension] as string)
    : 'application/octet-stream';
}

/** True when VOD documents the type for media. */
export function isKnownMediaType(type: string): boolean {
  return MEDIA_TYPES.has(type);
}

/** True when VOD documents the type for covers. */
export function isKnownCoverType(type: string): boolean {
  return COVER_TYPES.has(type);
}
