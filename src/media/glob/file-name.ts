import { join, sep } from 'node:path';

/** A path for the functions of `node:fs`: its bytes where a name in it is not UTF-8, which no string can hold. */
export type RawPath = string | Buffer;

/** A path one name longer. */
export function joinRaw(folder: RawPath, name: RawPath): RawPath {
  if (typeof folder === 'string' && typeof name === 'string') return join(folder, name);
  return Buffer.concat([Buffer.from(folder), Buffer.from(sep), Buffer.from(name)]);
}

/** A name as text that shows the bytes which are not UTF-8 as `\xHH`, so that names stay different. */
export function textOf(name: Buffer): string {
  return name
    .toString('latin1')
    .replace(
      /[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[\x80-\xff]/g,
      (bytes) => {
        const text = Buffer.from(bytes, 'latin1').toString();
        return text.includes('\ufffd') && bytes !== '\xef\xbf\xbd'
          ? [...bytes].map((byte) => `\\x${byte.charCodeAt(0).toString(16)}`).join('')
          : text;
      },
    );
}
