import { createHash, randomBytes } from 'node:crypto';
import { BodyDigest, type Digest } from './body-digest.js';
import type { Call } from './call.js';
import type { Clock } from './clock.js';
import { authorizeStorage } from './cos-auth.js';
import { listParts, listUploads } from './cos-listing.js';
import { cosStatus } from './cos-status.js';
import type { CertificateScope, KeyRing } from './keys.js';
import { assemble, type MultipartUpload, newUploadId, parseCompletion, partNumberOf } from './multipart.js';
import type { Settings } from './options.js';
import type { Answer, Service } from './service.js';
import { ServiceError } from './service-error.js';
import type { StoredObject } from './stored-object.js';
import { writeXml, type XmlContent } from './xml.js';

const LARGEST_BODY = 5 * 1024 ** 3;
const LARGEST_COMPLETION = 4 * 1024 ** 2;
const LONGEST_KEY = 850;

/** The action that a request's method and query stand for; empty when they stand for none. */
function actionOf(method: string, path: string, query: Record<string, string>): string {
  const part = 'uploadId' in query;
  if (path === '/') return method === 'GET' && 'uploads' in query ? 'ListMultipartUploads' : '';
  switch (method) {
    case 'PUT':
      return part || 'partNumber' in query ? 'UploadPart' : 'PutObject';
    case 'POST':
      if ('uploads' in query) return 'InitiateMultipartUpload';
      return part ? 'CompleteMultipartUpload' : '';
    case 'DELETE':
      return part ? 'AbortMultipartUpload' : '';
    case 'GET':
      return part ? 'ListParts' : 'GetObject';
    case 'HEAD':
      return 'HeadObject';
    default:
      return '';
  }
}

function refuseTooLarge(): never {
  throw new ServiceError('EntityTooLarge', 'Your proposed upload exceeds the maximum size.');
}

/** The storage service: objects, multipart uploads, and the errors of both. */
export class Cos implements Service {
  readonly name = 'cos';
  readonly payloadLimit = 0;
  readonly latencyMs: number;
  readonly objects = new Map<string, StoredObject>();
  readonly multiparts = new Map<string, MultipartUpload>();

  constructor(
    private readonly settings: Settings,
    private readonly keys: KeyRing,
    private readonly clock: Clock,
  ) {
    this.latencyMs = settings.storageLatencyMs;
  }

  identify(call: Call): void {
    const { entry } = call;
    entry.action = actionOf(entry.method, entry.path, entry.query);
  }

  refuse(error: ServiceError, call: Call): Answer {
    const answer = this.answer(error.status === 0 ? cosStatus(error.code) : error.status, {});
    const traceId = randomBytes(36).toString('base64');
    const document: Record<string, XmlContent> = {
      Code: error.code,
      Message: error.message,
      ...error.details,
      Resource: `${call.entry.host}${call.entry.path}`,
      RequestId: answer.requestId,
      TraceId: traceId,
    };
    return {
      ...answer,
      headers: { ...answer.headers, 'Content-Type': 'application/xml', 'x-cos-trace-id': traceId },
      body: writeXml('Error', document),
      code: error.code,
    };
  }

  async serve(call: Call): Promise<Answer> {
    const { entry } = call;
    const key = entry.path.slice(1);
    if (entry.action === '') throw new ServiceError('MethodNotAllowed', 'The method is not allowed here.');
    const scope = authorizeStorage(call, key, this.keys, this.clock, this.settings);
    if (Buffer.byteLength(key) > LONGEST_KEY) throw new ServiceError('KeyTooLong', 'The key is too long.');
    switch (entry.action) {
      case 'PutObject':
        return this.put(call, key, scope);
      case 'UploadPart':
        return this.uploadPart(call, key);
      case 'InitiateMultipartUpload':
        return this.initiate(call, key, scope);
      case 'CompleteMultipartUpload':
        return this.complete(call, key);
      case 'AbortMultipartUpload':
        this.multiparts.delete(this.uploadOf(call, key).uploadId);
        return this.answer(204, {});
      case 'ListParts':
        return this.document('ListPartsResult', listParts(this.uploadOf(call, key), entry.query));
      case 'ListMultipartUploads': {
        const uploads = [...this.multiparts.values()].filter((upload) => upload.bucket === scope.bucket);
        return this.document('ListMultipartUploadsResult', listUploads(uploads, scope.bucket, entry.query));
      }
      default:
        return this.head(key);
    }
  }

  /** Forgets everything that is stored. */
  reset(): void {
    this.objects.clear();
    this.multiparts.clear();
  }

  private answer(status: number, headers: Record<string, string>, body = ''): Answer {
    const requestId = Buffer.from(`${randomBytes(4).toString('hex')}_${randomBytes(8).toString('hex')}`);
    return {
      status,
      headers: {
        Server: 'tencent-cos',
        Date: new Date(this.clock.now()).toUTCString(),
        'x-cos-request-id': requestId.toString('base64'),
        ...headers,
      },
      body,
      code: '',
      requestId: requestId.toString('base64'),
    };
  }

  private document(root: string, content: Record<string, XmlContent>, headers = {}): Answer {
    return this.answer(200, { 'Content-Type': 'application/xml', ...headers }, writeXml(root, content));
  }

  /** Takes the body of a PUT and checks it against what its headers promise. */
  private async receiveBody(call: Call): Promise<Digest> {
    const { headers } = call.entry;
    const length = headers['content-length'];
    if (length === undefined && headers['transfer-encoding'] !== 'chunked') {
      throw new ServiceError('MissingContentLength', 'You must provide the Content-Length HTTP header.');
    }
    if (Number(length ?? 0) > LARGEST_BODY) refuseTooLarge();
    const md5 = headers['content-md5'];
    const promised = typeof md5 === 'string' ? md5 : '';
    if (promised !== '' && Buffer.from(promised, 'base64').length !== 16) {
      throw new ServiceError('InvalidDigest', 'The Content-MD5 you specified is not valid.');
    }
    const { digests, keepBodies } = this.settings;
    const choice = { md5: digests || promised !== '', sha256: digests, keep: keepBodies };
    const digest = await BodyDigest.of(choice, (sink) => call.receive(sink));
    if (digest.size > LARGEST_BODY) refuseTooLarge();
    if (promised !== '' && digest.md5 !== promised) {
      throw new ServiceError('BadDigest', 'The Content-MD5 you specified did not match what we received.');
    }
    return digest;
  }

  /** The ETag of a body: its MD5, or something opaque where digests are turned off. */
  private etagOf(digest: Digest): string {
    if (digest.md5 !== '') return `"${Buffer.from(digest.md5, 'base64').toString('hex')}"`;
    return `"${createHash('md5').update(`${digest.crc64}-${digest.size}`).digest('hex')}"`;
  }

  private store(
    object: Omit<StoredObject, 'writes' | 'lastModified' | 'body'>,
    body: Buffer | undefined,
  ): void {
    this.objects.set(object.key, {
      ...object,
      writes: (this.objects.get(object.key)?.writes ?? 0) + 1,
      lastModified: this.clock.now(),
      ...(body === undefined ? {} : { body }),
    });
  }

  private async put(call: Call, key: string, scope: CertificateScope): Promise<Answer> {
    const digest = await this.receiveBody(call);
    const { size, crc64, sha256 } = digest;
    const etag = this.etagOf(digest);
    const contentType = call.entry.headers['content-type'] ?? '';
    this.store({ bucket: scope.bucket, key, size, crc64, sha256, etag, contentType, parts: 0 }, digest.body);
    return this.answer(200, { ETag: etag, 'x-cos-hash-crc64ecma': crc64 });
  }

  private uploadOf(call: Call, key: string): MultipartUpload {
    const upload = this.multiparts.get(call.entry.query.uploadId ?? '');
    if (upload === undefined || upload.key !== key) {
      throw new ServiceError('NoSuchUpload', 'The specified multipart upload does not exist.');
    }
    return upload;
  }

  private async initiate(call: Call, key: string, scope: CertificateScope): Promise<Answer> {
    await call.drain();
    const upload: MultipartUpload = {
      uploadId: newUploadId(this.clock),
      bucket: scope.bucket,
      key,
      contentType: call.entry.headers['content-type'] ?? '',
      initiated: this.clock.now(),
      parts: new Map(),
    };
    this.multiparts.set(upload.uploadId, upload);
    return this.document('InitiateMultipartUploadResult', {
      Bucket: scope.bucket,
      Key: key,
      UploadId: upload.uploadId,
    });
  }

  private async uploadPart(call: Call, key: string): Promise<Answer> {
    const number = partNumberOf(call.entry.query.partNumber ?? '');
    const begun = this.uploadOf(call, key);
    const digest = await this.receiveBody(call);
    // The upload may have been completed or aborted while the body came in.
    const upload = this.uploadOf(call, begun.key);
    const { size, crc64, body } = digest;
    const etag = this.etagOf(digest);
    upload.parts.set(number, { number, size, crc64, etag, lastModified: this.clock.now(), body });
    return this.answer(200, { ETag: etag, 'x-cos-hash-crc64ecma': crc64 });
  }

  private async complete(call: Call, key: string): Promise<Answer> {
    this.uploadOf(call, key);
    const listed = parseCompletion((await call.readAll(LARGEST_COMPLETION)).toString('utf8'));
    const upload = this.uploadOf(call, key);
    const { body, ...assembly } = assemble(upload, listed);
    this.multiparts.delete(upload.uploadId);
    const sha256 = body === undefined ? '' : createHash('sha256').update(body).digest('hex');
    const { bucket, contentType } = upload;
    this.store({ ...assembly, bucket, key, sha256, contentType }, body);
    return this.document(
      'CompleteMultipartUploadResult',
      { Location: `http://${call.entry.host}/${key}`, Bucket: bucket, Key: key, ETag: assembly.etag },
      { 'x-cos-hash-crc64ecma': assembly.crc64 },
    );
  }

  private head(key: string): Answer {
    const object = this.objects.get(key);
    if (object === undefined) throw new ServiceError('NoSuchKey', 'The specified key does not exist.');
    return this.answer(200, {
      'Content-Length': String(object.size),
      'Content-Type': object.contentType === '' ? 'application/octet-stream' : object.contentType,
      ETag: object.etag,
      'Last-Modified': new Date(object.lastModified).toUTCString(),
      'x-cos-hash-crc64ecma': object.crc64,
    });
  }
}
