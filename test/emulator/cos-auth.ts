import type { Call } from './call.js';
import type { Clock } from './clock.js';
import { hostnameOf, isLoopback, parseStorageHost } from './hosts.js';
import type { CertificateScope, Key, KeyRing } from './keys.js';
import type { Settings } from './options.js';
import { formatString, parseKeyTime, parseQSignature, qSignature, signKey, stringToSign } from './qsign.js';
import { ServiceError } from './service-error.js';

/** Largest difference between the client's clock and the service's, in seconds. */
const SKEW_SECONDS = 900;

function denied(message: string, details: Record<string, string> = {}): never {
  throw new ServiceError('AccessDenied', message, { details });
}

function serverTime(clock: Clock): Record<string, string> {
  return { ServerTime: new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z') };
}

function signatureText(call: Call): string {
  const { headers, query } = call.entry;
  if (headers.authorization !== undefined) return headers.authorization;
  const signed = Object.entries(query).filter(([name]) => name.startsWith('q-'));
  return signed.map(([name, value]) => `${name}=${value}`).join('&');
}

function checkTime(keyTime: string, clock: Clock): void {
  const range = parseKeyTime(keyTime);
  if (range === undefined || range.end <= range.start) denied('The q-key-time is not valid.');
  const now = clock.seconds();
  if (range.start > now + SKEW_SECONDS) {
    const message = 'The difference between the request time and the current time is too large.';
    throw new ServiceError('RequestTimeTooSkewed', message, { details: serverTime(clock) });
  }
  if (range.end < now) denied('Request has expired', serverTime(clock));
}

function checkToken(call: Call, key: Key, clock: Clock): void {
  const given = call.entry.headers['x-cos-security-token'] ?? call.entry.query['x-cos-security-token'];
  if (given === undefined || given === '') {
    const message = 'The access key Id you provided does not exist in our records.';
    throw new ServiceError('InvalidAccessKeyId', message);
  }
  if (given !== key.token) denied('The security token does not belong to the access key.');
  if (clock.seconds() >= key.expiredTime) {
    throw new ServiceError('ExpiredToken', 'The provided token has expired.');
  }
}

function checkSignature(call: Call, key: Key): void {
  const { entry } = call;
  const signature = parseQSignature(signatureText(call));
  if (signature === undefined) denied('Access Denied.');
  if (!signature.headerList.includes('host')) denied('The host header is not signed.');
  const request = {
    method: entry.method,
    path: entry.path,
    params: Object.entries(entry.query),
    headers: Object.entries(entry.headers).map(([name, value]) => [name, String(value ?? '')] as const),
  };
  const httpString = formatString(request, signature);
  const text = stringToSign(signature.keyTime, httpString);
  if (qSignature(signKey(key.secretKey, signature.keyTime), text) === signature.signature) return;
  throw new ServiceError('SignatureDoesNotMatch', 'The Signature you specified is invalid.', {
    details: { StringToSign: text, FormatString: httpString },
  });
}

function checkBucket(call: Call, scope: CertificateScope, settings: Settings): void {
  const hostname = hostnameOf(call.entry.host);
  if (isLoopback(hostname)) return;
  const host = parseStorageHost(hostname);
  if (host === undefined || (!host.accelerated && host.region !== scope.region)) {
    throw new ServiceError('NoSuchBucket', 'The specified bucket does not exist.');
  }
  if (host.bucket !== scope.bucket) denied('Access Denied.');
  if (host.accelerated && !settings.accelerate) {
    throw new ServiceError('BucketAccelerateNotEnabled', 'The bucket does not enable acceleration.');
  }
}

function covers(scope: CertificateScope, key: string): boolean {
  return scope.keys.includes(key) || (scope.folder !== undefined && key.startsWith(scope.folder));
}

/**
 * Authorizes a storage request: signature, validity, token, bucket, and that the certificate covers the key
 * (or, for a listing, the prefix). Returns the certificate's scope. Raises the errors of COS.
 */
export function authorizeStorage(
  call: Call,
  key: string,
  keys: KeyRing,
  clock: Clock,
  settings: Settings,
): CertificateScope {
  const { entry } = call;
  const signature = parseQSignature(signatureText(call));
  if (signature === undefined) denied('Access Denied.');
  if (signature.algorithm !== 'sha1') denied('The q-sign-algorithm is not supported.');
  if (signature.signTime !== signature.keyTime) denied('The q-sign-time is not the q-key-time.');
  const found = keys.find(signature.secretId);
  if (found?.scope === undefined) {
    const message = 'The access key Id you provided does not exist in our records.';
    throw new ServiceError('InvalidAccessKeyId', message);
  }
  checkToken(call, found, clock);
  checkTime(signature.keyTime, clock);
  checkSignature(call, found);
  checkBucket(call, found.scope, settings);
  const wanted = entry.action === 'ListMultipartUploads' ? (entry.query.prefix ?? '') : key;
  if (!covers(found.scope, wanted)) denied('Access Denied.');
  if (entry.action === 'GetObject') denied('Access Denied.');
  if (entry.action === 'HeadObject' && !settings.certificateMay.head) denied('Access Denied.');
  if (entry.action === 'AbortMultipartUpload' && !settings.certificateMay.abort) denied('Access Denied.');
  return found.scope;
}
