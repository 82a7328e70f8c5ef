import util from 'cos-nodejs-sdk-v5/sdk/util.js';
import type { Clock } from '../network/clock.js';
import { asFinal, ServiceError } from '../network/errors.js';
import { foreignPage } from '../network/foreign-page.js';
import { type Answer, type Body, bufferBody, type OutgoingRequest, requestIdOf } from '../network/message.js';
import type { Transport } from '../network/transport.js';
import { COS, cosError, holdsError, readXml } from './cos-error.js';
import type { FileSlice } from './source-file.js';
import type { Destination, StorageDomain } from './storage-domain.js';

/** What COS says of an object that it holds. */
export interface StoredObject {
  size: number;
  /** Absent when COS did not tell. */
  crc64?: bigint;
}

/** A part that COS holds, as it was sent. */
export interface StoredPart {
  etag: string;
  crc64: bigint;
  length: number;
}

interface Call {
  method: OutgoingRequest['method'];
  key: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: Body;
  signal: AbortSignal;
  answerTimeoutFactor?: number;
  onSent?(bytes: number): void;
}

/** Merging parts may take minutes, ten times what others do; the service sends spaces meanwhile, but not always. */
const COMPLETE_TIMEOUT_FACTOR = 10;
/** Life of a signature, as the official SDK chooses it. */
const SIGNATURE_SECONDS = 900;

/**
 * One bucket as seen with the upload credentials of one medium: each method is one request, signed and its answer checked.
 * Nothing here is repeated but a request that the acceleration domain refused.
 */
export class Bucket {
  constructor(
    private readonly transport: Transport,
    private readonly clock: Clock,
    private readonly domain: StorageDomain,
    private readonly destination: Destination,
  ) {}

  /** Where the requests go now. */
  get host(): string {
    return this.domain.url(this.destination).host;
  }

  get expiresAt(): number {
    return this.destination.credentials.expiresAt;
  }

  /** PUT Object. @throws {ServiceError} also when the CRC-64 is not that of the bytes sent */
  async putObject(key: string, body: FileSlice, contentType: string, options: SendOptions): Promise<void> {
    const answer = await this.call({
      method: 'PUT',
      key,
      headers: { 'Content-Type': contentType },
      body,
      ...options,
    });
    checkCrc64(answer, body.crc64, key);
  }

  /** Initiate Multipart Upload. @returns the UploadId */
  async initiate(key: string, contentType: string, signal: AbortSignal): Promise<string> {
    const answer = await this.call({
      method: 'POST',
      key,
      query: { uploads: '' },
      headers: { 'Content-Type': contentType },
      signal,
    });
    const result = readXml(answer.body.toString('utf8'))?.InitiateMultipartUploadResult;
    const uploadId = (result as { UploadId?: unknown } | undefined)?.UploadId;
    if (typeof uploadId !== 'string' || uploadId === '') throw malformed(answer, `no UploadId for ${key}`);
    return uploadId;
  }

  /** Upload Part. @throws {ServiceError} also when the CRC-64 does not fit */
  async uploadPart(
    key: string,
    uploadId: string,
    partNumber: number,
    body: FileSlice,
    options: SendOptions,
  ): Promise<StoredPart> {
    const answer = await this.call({
      method: 'PUT',
      key,
      query: { partNumber: String(partNumber), uploadId },
      body,
      ...options,
    });
    const crc64 = checkCrc64(answer, body.crc64, `part ${partNumber} of ${key}`);
    const etag = answer.headers.etag;
    if (!etag) throw malformed(answer, `no ETag for part ${partNumber} of ${key}`);
    return { etag, crc64, length: body.length };
  }

  /**
   * Complete Multipart Upload; may take minutes.
   *
   * @returns the CRC-64 of the object, where COS knew it when it began to answer
   * @throws {ServiceError} also for a `200` with an `<Error>` document
   */
  async complete(
    key: string,
    uploadId: string,
    etags: readonly string[],
    signal: AbortSignal,
  ): Promise<bigint | undefined> {
    const parts = etags.map((ETag, index) => ({ PartNumber: index + 1, ETag }));
    const xml = util.json2xml({ CompleteMultipartUpload: { Part: parts } });
    const answer = await this.call({
      method: 'POST',
      key,
      query: { uploadId },
      headers: { 'Content-Type': 'application/xml' },
      body: bufferBody(Buffer.from(xml)),
      signal,
      answerTimeoutFactor: COMPLETE_TIMEOUT_FACTOR,
    });
    if (!readXml(answer.body.toString('utf8'))?.CompleteMultipartUploadResult) {
      throw malformed(answer, `no result for the completion of ${key}`);
    }
    return readCrc64(answer);
  }

  /** Abort Multipart Upload; an upload that is gone already is fine. */
  async abort(key: string, uploadId: string, signal: AbortSignal): Promise<void> {
    try {
      const answer = await this.call({ method: 'DELETE', key, query: { uploadId }, signal });
      if (requestIdOf(answer) === '') throw malformed(answer, `no RequestId for the abort of ${key}`);
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code !== 'NoSuchUpload') throw error;
    }
  }

  /** List Multipart Uploads. @returns the UploadIds that are open for this key */
  async openUploads(key: string, signal: AbortSignal): Promise<string[]> {
    const answer = await this.call({ method: 'GET', key: '', query: { uploads: '', prefix: key }, signal });
    const result = readXml(answer.body.toString('utf8'))?.ListMultipartUploadsResult;
    if (result === undefined) throw malformed(answer, `no list of the uploads of ${key}`);
    const uploads = (result as { Upload?: unknown }).Upload ?? [];
    const list: unknown[] = Array.isArray(uploads) ? uploads : [uploads];
    return list.flatMap((upload) => {
      const { Key, UploadId } = (upload ?? {}) as Record<string, unknown>;
      return Key === key && typeof UploadId === 'string' && UploadId !== '' ? [UploadId] : [];
    });
  }

  /** HEAD Object. @returns undefined when there is no such object */
  async head(key: string, signal: AbortSignal): Promise<StoredObject | undefined> {
    try {
      const answer = await this.call({ method: 'HEAD', key, signal });
      const crc64 = readCrc64(answer);
      return {
        size: Number(answer.headers['content-length'] ?? -1),
        ...(crc64 === undefined ? {} : { crc64 }),
      };
    } catch (error) {
      if (error instanceof ServiceError && error.status === 404) return undefined;
      throw error;
    }
  }

  private async call(call: Call): Promise<Answer> {
    const url = this.domain.url(this.destination);
    try {
      return await this.callAt(url, call);
    } catch (error) {
      if (!(error instanceof ServiceError) || !this.domain.fallBack(error, url, this.destination))
        throw error;
      return this.callAt(this.domain.url(this.destination), call);
    }
  }

  private async callAt(url: URL, call: Call): Promise<Answer> {
    const { credentials } = this.destination;
    const { method, key, query = {}, body, ...rest } = call;
    const signed: Record<string, string> = {
      Host: url.host,
      'Content-Length': String(body?.length ?? 0),
      ...call.headers,
    };
    const usedOffset = this.clock.offsetMs;
    const authorization = util.getAuth({
      SecretId: credentials.secretId,
      SecretKey: credentials.secretKey,
      Method: method,
      Pathname: `/${key}`,
      Query: query,
      Headers: signed,
      Expires: SIGNATURE_SECONDS,
      SystemClockOffset: usedOffset,
    });
    const answer = await this.transport.send({
      ...rest,
      service: COS,
      method,
      url,
      path: wirePath(key, query),
      headers: {
        ...signed,
        Authorization: authorization,
        'x-cos-security-token': credentials.token,
      },
      ...(body ? { body } : {}),
    });
    if (requestIdOf(answer) !== '') this.clock.observe(answer.headers.date);
    if (answer.status >= 200 && answer.status < 300 && !holdsError(answer)) return answer;
    const error = cosError(answer);
    const unmended = error.kind === 'corrected' && !this.clock.correct(error.date, usedOffset);
    throw unmended ? asFinal(error) : error;
  }
}

/** What every sending request takes besides its body. */
export interface SendOptions {
  signal: AbortSignal;
  /** True when no connection may be used that has served another request. */
  newConnection?: boolean;
  onSent(bytes: number): void;
}

/** Path and query as they stand on the wire: the key is signed decoded and sent encoded. */
function wirePath(key: string, query: Record<string, string>): string {
  const path = key.split('/').map(util.camSafeUrlEncode).join('/');
  const parameters = Object.entries(query).map(
    ([name, value]) => `${util.camSafeUrlEncode(name)}=${util.camSafeUrlEncode(value)}`,
  );
  return `/${path}${parameters.length > 0 ? `?${parameters.join('&')}` : ''}`;
}

function readCrc64(answer: Answer): bigint | undefined {
  const header = answer.headers['x-cos-hash-crc64ecma'];
  return typeof header === 'string' && /^\d{1,20}$/.test(header) ? BigInt(header) : undefined;
}

/** @param sent undefined when the answer came before the last byte was sent */
function checkCrc64(answer: Answer, sent: bigint | undefined, what: string): bigint {
  // Pages of something on the way, which has not waited for the body.
  if (sent === undefined) throw malformed(answer, `nothing of use: it came before ${what} was sent`);
  const stored = readCrc64(answer);
  if (stored === sent) return sent;
  const { status } = answer;
  const requestId = cosError(answer).requestId;
  if (stored === undefined) {
    // What the service itself says without the header, it will say again.
    const isService = requestId !== '';
    throw new ServiceError(COS, {
      code: isService ? 'ChecksumMissing' : 'MalformedAnswer',
      message: isService
        ? `The answer for ${what} has no header x-cos-hash-crc64ecma, so that what is stored cannot be compared.`
        : foreignPage('the storage service', answer),
      kind: isService ? 'final' : 'transient',
      status,
      requestId,
    });
  }
  throw new ServiceError(COS, {
    code: 'ChecksumMismatch',
    message: `The storage service holds CRC-64 ${stored} for ${what}, and ${sent} was sent.`,
    kind: 'damaged',
    status,
    requestId,
  });
}

function malformed(answer: Answer, what: string): ServiceError {
  return new ServiceError(COS, {
    code: 'MalformedAnswer',
    message: `The answer of the storage service holds ${what}.`,
    kind: 'transient',
    status: answer.status,
    requestId: cosError(answer).requestId,
    unanswered: true,
  });
}
