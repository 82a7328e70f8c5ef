import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  contentTypeOf,
  extensionOf,
  isKnownCoverType,
  isKnownMediaType,
} from '../../src/media/media-types.js';

describe('media types', () => {
  it('are extensions in lower case', () => {
    const paths = ['a.MP4', 'v1.2/a', 'a.tar.gz', '.hidden', 'a.', 'dir.mp4/a', 'b/.a.Mov', 'a'];
    assert.deepEqual(paths.map(extensionOf), ['mp4', '', 'gz', '', '', '', 'mov', '']);
  });

  it('give objects the Content-Type that players and browsers expect', () => {
    const types: Record<string, string> = {
      'a.m3u8': 'application/vnd.apple.mpegurl',
      'a.mpd': 'application/dash+xml',
      'a.TS': 'video/mp2t',
      'a.m4s': 'video/iso.segment',
      'a.mp4': 'video/mp4',
      'a.vtt': 'text/vtt',
      'a.jpg': 'image/jpeg',
      'key.bin': 'application/octet-stream',
      key: 'application/octet-stream',
      'a.constructor': 'application/octet-stream',
      'a.__proto__': 'application/octet-stream',
    };
    for (const [path, type] of Object.entries(types)) assert.equal(contentTypeOf(path), type, path);
  });

  it('of the documents are known, others are not', () => {
    const documented =
      'WMV RM MOV MPEG MP4 3GP FLV AVI RMVB TS ASF MPG WEBM MKV M3U8 WM ASX RAM MPE VOB DAT MP4V M4V F4V MXF QT OGG MP3 M4A FLAC WAV RA AAC AMR MPD';
    for (const type of documented.toLowerCase().split(' ')) assert.ok(isKnownMediaType(type), type);
    for (const type of ['', 'MP4', 'jpg', 'txt', 'webp']) assert.ok(!isKnownMediaType(type), type);
    for (const type of 'jpg jpeg png gif bmp tiff ai cdr eps tif heif'.split(' ')) {
      assert.ok(isKnownCoverType(type), type);
    }
    for (const type of ['', 'JPG', 'mp4', 'webp']) assert.ok(!isKnownCoverType(type), type);
  });
});
