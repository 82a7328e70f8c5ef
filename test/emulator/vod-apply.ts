import { randomBytes, randomInt } from 'node:crypto';
import type { Clock } from './clock.js';
import { type KeyRing, randomText } from './keys.js';
import type { Settings } from './options.js';
import { ServiceError } from './service-error.js';
import type { UploadSession } from './upload-session.js';
import type { ApplyUploadRequest } from './vod-models.js';
import { isTime } from './vod-time.js';

const MEDIA_TYPES = new Set(
  `wmv rm mov mpeg mp4 3gp flv avi rmvb ts asf mpg webm mkv m3u8 wm asx ram mpe vob dat mp4v m4v f4v mxf qt ogg
  mp3 m4a flac wav ra aac amr mpd`.split(/\s+/),
);
const COVER_TYPES = new Set('jpg jpeg png gif bmp tiff ai cdr eps tif heif'.split(' '));
const MANIFEST_TYPES = new Set(['m3u8', 'mpd']);
const STORAGE_REGIONS = new Set(
  `ap-beijing ap-shanghai ap-guangzhou ap-chongqing ap-beijing-1 ap-nanjing ap-chengdu ap-hongkong ap-taipei
  ap-singapore ap-jakarta ap-seoul ap-bangkok ap-tokyo na-siliconvalley na-ashburn sa-saopaulo eu-frankfurt
  ap-mumbai na-toronto eu-moscow`.split(/\s+/),
);
/** APPID of the buckets that VOD keeps for its customers. */
const STORAGE_APP_ID = 10022853;

function invalid(field: string, message: string): never {
  throw new ServiceError(`InvalidParameterValue.${field}`, message);
}

function checkExpireTime(value: string, clock: Clock): void {
  if (value === '') return;
  if (!isTime(value)) invalid('ExpireTime', `ExpireTime ${value} is not in ISO 8601 format.`);
  if (Date.parse(value) <= clock.now()) {
    throw new ServiceError('InvalidParameter.ExpireTime', `ExpireTime ${value} has passed.`);
  }
}

/** The application of a call. Raises InvalidParameterValue.SubAppId for one that the account does not have. */
export function subAppIdOf(given: number | undefined, settings: Settings): number {
  if (given === undefined) {
    if (settings.requireSubAppId) invalid('SubAppId', 'SubAppId is required for this account.');
    return settings.appId;
  }
  const known = [settings.appId, ...settings.subAppIds, ...settings.pathSubAppIds];
  if (!known.includes(given)) invalid('SubAppId', `SubAppId ${given} does not exist.`);
  return given;
}

function checkStoragePath(path: string, subAppId: number, settings: Settings): void {
  if (path === '') return;
  if (!settings.pathSubAppIds.includes(subAppId)) {
    invalid('MediaStoragePath', 'The application is not in FileID + Path mode.');
  }
  if (!path.startsWith('/') || path.endsWith('/') || path.split('/').includes('..')) {
    invalid('MediaStoragePath', `MediaStoragePath ${path} is not a path that starts with "/".`);
  }
}

/** 19 digits: like the real ones it exceeds 2^53 and fits a signed 64-bit integer. */
function newFileId(): string {
  return `52${String(randomInt(1e8)).padStart(8, '0')}${String(randomInt(1e9)).padStart(9, '0')}`;
}

/** Folder of a medium: a hint at its FileId, or none. */
function newFolder(fileId: string, settings: Settings): string {
  const hex = randomBytes(4).toString('hex');
  switch (settings.vod.storageFolder) {
    case 'file-id':
      return hex + fileId;
    case 'other-digits':
      return hex + newFileId();
    case 'opaque':
      return randomText(24, 'ghijklmnopqrstuvwxyz');
  }
}

/** Opaque, base64 with characters that need encoding in a URL. */
function newSessionKey(): string {
  return Buffer.concat([Buffer.from([0xfb, 0xff]), randomBytes(143)]).toString('base64');
}

/** The same for every upload of an application to a region, like the real one. */
function bucketPrefix(subAppId: number, region: string): string {
  const code = region.replace(/[^a-z]/g, '').slice(2, 4);
  return `${subAppId.toString(16).padStart(8, '0').slice(-8)}vod${code}p${subAppId}`;
}

/** Begins an upload: checks the parameters, allocates FileId and paths, issues the certificate. */
export function applyUpload(
  request: ApplyUploadRequest,
  subAppId: number,
  settings: Settings,
  keys: KeyRing,
  clock: Clock,
): UploadSession {
  const { MediaType: mediaType, CoverType: coverType = '', StorageRegion: storageRegion = '' } = request;
  const storagePath = request.MediaStoragePath ?? '';
  if (!MEDIA_TYPES.has(mediaType.toLowerCase()))
    invalid('MediaType', `MediaType ${mediaType} is not supported.`);
  if (coverType !== '' && !COVER_TYPES.has(coverType.toLowerCase())) {
    invalid('CoverType', `CoverType ${coverType} is not supported.`);
  }
  if (
    storageRegion !== '' &&
    !STORAGE_REGIONS.has(storageRegion) &&
    storageRegion !== settings.storageRegion
  ) {
    invalid('StorageRegion', `StorageRegion ${storageRegion} is not enabled.`);
  }
  checkExpireTime(request.ExpireTime ?? '', clock);
  checkStoragePath(storagePath, subAppId, settings);

  const fileId = newFileId();
  const region = storageRegion === '' ? settings.storageRegion : storageRegion;
  const prefix = bucketPrefix(subAppId, region);
  const ownFolder = `${prefix}/${newFolder(fileId, settings)}/`;
  const mediaKey = storagePath === '' ? `${ownFolder}${randomText(12)}.${mediaType}` : storagePath.slice(1);
  const folder = mediaKey.slice(0, mediaKey.lastIndexOf('/') + 1);
  const coverKey = coverType === '' ? '' : `${ownFolder}${BigInt(fileId) + 1n}.${coverType}`;
  const bucket = `${prefix}-${STORAGE_APP_ID}`;
  const site = `http://${subAppId}.vod2.myqcloud.com/`;
  const certificate = keys.issue(clock.seconds() + settings.certificateSeconds, {
    bucket,
    region,
    keys: coverKey === '' ? [mediaKey] : [mediaKey, coverKey],
    folder: MANIFEST_TYPES.has(mediaType.toLowerCase()) ? folder : undefined,
  });
  return {
    vodSessionKey: newSessionKey(),
    fileId,
    subAppId,
    request,
    bucket,
    storageRegion: region,
    mediaKey,
    coverKey,
    folder,
    certificate,
    mediaUrl: site + mediaKey,
    coverUrl: coverKey === '' ? '' : site + coverKey,
    commits: 0,
    commitAttempts: 0,
  };
}
