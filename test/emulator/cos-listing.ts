import type { MultipartUpload } from './multipart.js';
import { ServiceError } from './service-error.js';
import type { XmlContent } from './xml.js';

const MOST_ENTRIES = 1000;
const OWNER = { ID: 'qcs::cam::uin/100000000001:uin/100000000001', DisplayName: '100000000001' };

function limitOf(text: string | undefined, name: string): number {
  if (text === undefined || text === '') return MOST_ENTRIES;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_ENTRIES) {
    throw new ServiceError('InvalidArgument', `${name} ${text} is not between 1 and ${MOST_ENTRIES}.`);
  }
  return limit;
}

function encoder(query: Record<string, string>): (key: string) => string {
  return query['encoding-type'] === 'url' ? encodeURIComponent : (key) => key;
}

/** The content of ListPartsResult. */
export function listParts(
  upload: MultipartUpload,
  query: Record<string, string>,
): Record<string, XmlContent> {
  const limit = limitOf(query['max-parts'], 'max-parts');
  const marker = Number(query['part-number-marker'] ?? 0);
  const parts = [...upload.parts.values()].sort((a, b) => a.number - b.number);
  const after = parts.filter((part) => part.number > marker);
  const page = after.slice(0, limit);
  const truncated = after.length > page.length;
  return {
    Bucket: upload.bucket,
    'Encoding-Type': query['encoding-type'] ?? '',
    Key: encoder(query)(upload.key),
    UploadId: upload.uploadId,
    Owner: OWNER,
    PartNumberMarker: marker,
    ...(truncated ? { NextPartNumberMarker: page.at(-1)?.number ?? marker } : {}),
    Initiator: OWNER,
    Part: page.map((part) => ({
      PartNumber: part.number,
      LastModified: new Date(part.lastModified).toISOString(),
      ETag: part.etag,
      Size: part.size,
    })),
    StorageClass: 'Standard',
    MaxParts: limit,
    IsTruncated: String(truncated),
  };
}

function isAfter(upload: MultipartUpload, key: string, uploadId: string): boolean {
  return (
    key === '' || upload.key > key || (upload.key === key && uploadId !== '' && upload.uploadId > uploadId)
  );
}

/** The content of ListMultipartUploadsResult. */
export function listUploads(
  uploads: readonly MultipartUpload[],
  bucket: string,
  query: Record<string, string>,
): Record<string, XmlContent> {
  const limit = limitOf(query['max-uploads'], 'max-uploads');
  const prefix = query.prefix ?? '';
  const keyMarker = query['key-marker'] ?? '';
  const uploadIdMarker = query['upload-id-marker'] ?? '';
  const encode = encoder(query);
  const order = (upload: MultipartUpload): string => `${upload.key}\n${upload.uploadId}`;
  const after = uploads
    .filter((upload) => upload.key.startsWith(prefix) && isAfter(upload, keyMarker, uploadIdMarker))
    .sort((a, b) => (order(a) < order(b) ? -1 : 1));
  const page = after.slice(0, limit);
  const last = page.at(-1);
  const truncated = after.length > page.length && last !== undefined;
  return {
    Bucket: bucket,
    'Encoding-Type': query['encoding-type'] ?? '',
    KeyMarker: keyMarker,
    UploadIdMarker: uploadIdMarker,
    ...(truncated ? { NextKeyMarker: encode(last.key), NextUploadIdMarker: last.uploadId } : {}),
    MaxUploads: limit,
    Prefix: encode(prefix),
    Delimiter: query.delimiter ?? '',
    IsTruncated: String(truncated),
    Upload: page.map((upload) => ({
      Key: encode(upload.key),
      UploadId: upload.uploadId,
      Initiator: OWNER,
      Owner: OWNER,
      StorageClass: 'Standard',
      Initiated: new Date(upload.initiated).toISOString(),
    })),
  };
}
