import { createHash, createHmac } from 'node:crypto';

/** What TC3-HMAC-SHA256 signs. */
export interface Tc3Request {
  method: string;
  /** Canonical query string, empty for POST. */
  query: string;
  /** Signed headers with their values, in the order of SignedHeaders. */
  headers: ReadonlyArray<readonly [name: string, value: string]>;
  payload: string | Buffer;
  /** X-TC-Timestamp, unix seconds. */
  timestamp: number;
  service: string;
}

/** The parts of an Authorization header of TC3-HMAC-SHA256. */
export interface Tc3Authorization {
  secretId: string;
  date: string;
  service: string;
  signedHeaders: string[];
  signature: string;
}

const AUTHORIZATION =
  /^TC3-HMAC-SHA256 Credential=([^/\s]+)\/(\d{4}-\d{2}-\d{2})\/([^/\s]+)\/tc3_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;

/** Reads an Authorization header; `undefined` when it does not have the form of TC3-HMAC-SHA256. */
export function parseTc3Authorization(header: string): Tc3Authorization | undefined {
  const match = AUTHORIZATION.exec(header);
  if (match === null) return undefined;
  const [, secretId = '', date = '', service = '', signedHeaders = '', signature = ''] = match;
  return { secretId, date, service, signedHeaders: signedHeaders.split(';'), signature };
}

/** The UTC date (`YYYY-MM-DD`) of a timestamp in seconds. */
export function utcDate(timestamp: number): string {
  return new Date(timestamp * 1000).toISOString().slice(0, 10);
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** The canonical request of the algorithm's first step. */
export function canonicalRequest(request: Tc3Request): string {
  const headers = request.headers.map(([name, value]) => `${name}:${value.trim().toLowerCase()}\n`).join('');
  const names = request.headers.map(([name]) => name).join(';');
  return [request.method, '/', request.query, headers, names, sha256(request.payload)].join('\n');
}

/** The signature of a request, 64 hex digits. */
export function tc3Signature(secretKey: string, request: Tc3Request): string {
  const date = utcDate(request.timestamp);
  const scope = `${date}/${request.service}/tc3_request`;
  const stringToSign = `TC3-HMAC-SHA256\n${request.timestamp}\n${scope}\n${sha256(canonicalRequest(request))}`;
  const signing = hmac(hmac(hmac(`TC3${secretKey}`, date), request.service), 'tc3_request');
  return hmac(signing, stringToSign).toString('hex');
}
