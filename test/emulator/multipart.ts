import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from './clock.js';
import { combineCrc64 } from './crc64.js';
import { ServiceError } from './service-error.js';
import { unescapeXml } from './xml.js';

/** Smallest part that may be followed by another. */
const SMALLEST_PART = 1024 * 1024;
const MOST_PARTS = 10_000;

/** A part as it was uploaded last. */
export interface UploadedPart {
  number: number;
  size: number;
  crc64: string;
  /** With its quotes. */
  etag: string;
  lastModified: number;
  body: Buffer | undefined;
}

/** A multipart upload that was begun and neither completed nor aborted. */
export interface MultipartUpload {
  uploadId: string;
  bucket: string;
  key: string;
  contentType: string;
  initiated: number;
  parts: Map<number, UploadedPart>;
}

/** What a completed upload amounts to. */
export interface Assembly {
  size: number;
  crc64: string;
  etag: string;
  parts: number;
  body: Buffer | undefined;
}

/** An UploadId like those of COS: ten digits of unix time and 64 hex digits. */
export function newUploadId(clock: Clock): string {
  return `${String(clock.seconds()).padStart(10, '0')}${randomBytes(32).toString('hex')}`;
}

/** Reads a part number from a query. Raises InvalidArgument outside 1 to 10,000. */
export function partNumberOf(text: string): number {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > MOST_PARTS) {
    throw new ServiceError('InvalidArgument', `partNumber ${text} is not between 1 and ${MOST_PARTS}.`);
  }
  return number;
}

/** Reads the body of Complete Multipart Upload: part numbers with their ETags. Raises MalformedXML. */
export function parseCompletion(text: string): Array<{ number: number; etag: string }> {
  const malformed = (): never => {
    throw new ServiceError('MalformedXML', 'The XML you provided was not well-formed or did not validate.');
  };
  const root =
    /^\s*(?:<\?xml[^>]*\?>\s*)?<CompleteMultipartUpload(?:\s[^>]*)?>([\s\S]*)<\/CompleteMultipartUpload>\s*$/;
  const content = root.exec(text)?.[1] ?? malformed();
  const parts: Array<{ number: number; etag: string }> = [];
  const rest = content.replace(/<Part>([\s\S]*?)<\/Part>/g, (_, part: string) => {
    const number = /<PartNumber>\s*(\d+)\s*<\/PartNumber>/.exec(part)?.[1];
    const etag = /<ETag>\s*([^<]*?)\s*<\/ETag>/.exec(part)?.[1];
    if (number === undefined || etag === undefined) malformed();
    parts.push({ number: Number(number), etag: unescapeXml(etag ?? '').replace(/"/g, '') });
    return '';
  });
  if (parts.length === 0 || rest.trim() !== '') malformed();
  return parts;
}

/**
 * Puts the listed parts together by the rules of Complete Multipart Upload.
 * Raises InvalidPartOrder, InvalidPart or EntityTooSmall.
 */
export function assemble(
  upload: MultipartUpload,
  listed: ReadonlyArray<{ number: number; etag: string }>,
): Assembly {
  const misplaced = listed.some(({ number }, index) => number <= (listed[index - 1]?.number ?? 0));
  if (misplaced) throw new ServiceError('InvalidPartOrder', 'The list of parts was not in ascending order.');
  const parts: UploadedPart[] = [];
  let size = 0;
  let crc64 = '0';
  for (const [index, { number, etag }] of listed.entries()) {
    const part = upload.parts.get(number);
    if (number !== index + 1 || part === undefined || part.etag !== `"${etag}"`) {
      throw new ServiceError('InvalidPart', 'One or more parts are missing, or their ETags do not match.');
    }
    if (index < listed.length - 1 && part.size < SMALLEST_PART) {
      throw new ServiceError('EntityTooSmall', `Part ${number} of ${part.size} bytes is smaller than 1 MB.`);
    }
    parts.push(part);
    crc64 = size === 0 ? part.crc64 : combineCrc64(crc64, part.crc64, part.size);
    size += part.size;
  }
  // The ETag of a multipart object is opaque: clients must not take it for a digest of anything.
  const etag = `"${createHash('md5').update(upload.uploadId).digest('hex')}-${parts.length}"`;
  const bodies = parts.flatMap((part) => part.body ?? []);
  return {
    size,
    crc64,
    etag,
    parts: parts.length,
    body: bodies.length === 0 ? undefined : Buffer.concat(bodies),
  };
}
