import { ServiceError } from './service-error.js';

function playlistUris(content: string): string[] {
  const uris: string[] = [];
  for (const line of content.split(/\r?\n/)) {
    if (line.startsWith('#')) {
      const media = /^#EXT-X-(?:MEDIA|I-FRAME-STREAM-INF):.*?URI="([^"]+)"/.exec(line);
      if (media?.[1] !== undefined) uris.push(media[1]);
    } else if (line.trim() !== '') {
      uris.push(line.trim());
    }
  }
  return uris;
}

function presentationUris(content: string): string[] {
  const attributes = content.matchAll(/\b(?:media|initialization|sourceURL)="([^"$]+)"/g);
  const elements = content.matchAll(/<BaseURL[^>]*>([^<]+)<\/BaseURL>/g);
  return [...attributes, ...elements].map((match) => match[1] ?? '');
}

/**
 * The segment paths of a manifest, as ParseStreamingManifest lists them: as written and each once.
 * This is what the emulator needs for vod-node-sdk, not a full parser.
 */
export function manifestSegments(content: string, type: string): string[] {
  if (type !== 'm3u8' && type !== 'mpd') {
    throw new ServiceError('InvalidParameterValue', `ManifestType ${type} is not supported.`);
  }
  const valid = type === 'm3u8' ? content.startsWith('#EXTM3U') : content.includes('<MPD');
  if (!valid) {
    throw new ServiceError('InvalidParameterValue.MediaManifestContent', 'The manifest cannot be parsed.');
  }
  const uris = new Set(type === 'm3u8' ? playlistUris(content) : presentationUris(content));
  for (const uri of uris) {
    if (/^[a-z][a-z0-9+.-]*:/i.test(uri) || uri.startsWith('/') || uri.split('/').includes('..')) {
      throw new ServiceError(
        'InvalidParameterValue.MediaManifestContent',
        `The path ${uri} is not relative.`,
      );
    }
  }
  return [...uris];
}
