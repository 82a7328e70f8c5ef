import { createHmac } from 'node:crypto';
import type { Call } from './call.js';
import type { Clock } from './clock.js';
import { hostnameOf, isLoopback } from './hosts.js';
import type { Key, KeyRing } from './keys.js';
import { ServiceError } from './service-error.js';
import { parseTc3Authorization, type Tc3Authorization, tc3Signature, utcDate } from './tc3.js';

/** Largest difference between X-TC-Timestamp and the service's clock, in seconds. */
const SKEW_SECONDS = 300;

/** Raises MissingParameter for a common parameter that is not there. */
export function required(value: string | undefined, name: string): string {
  if (value === undefined || value === '') {
    throw new ServiceError('MissingParameter', `The request is missing a required parameter \`${name}\`.`);
  }
  return value;
}

/** A header as one string; `undefined` when it is absent. */
export function header(call: Call, name: string): string | undefined {
  const value = call.entry.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

function refuseSignature(): never {
  throw new ServiceError(
    'AuthFailure.SignatureFailure',
    'The provided credentials could not be validated. Please check your signature is correct.',
  );
}

/** Checks that a timestamp is within five minutes of the clock. */
export function checkTimestamp(timestamp: number, clock: Clock): void {
  if (!Number.isInteger(timestamp)) {
    throw new ServiceError('InvalidParameter', 'The timestamp is not a number.');
  }
  if (Math.abs(clock.seconds() - timestamp) > SKEW_SECONDS) {
    throw new ServiceError('AuthFailure.SignatureExpire', 'The provided signature is expired.');
  }
}

function findKey(secretId: string, keys: KeyRing): Key {
  const key = keys.find(secretId);
  if (key === undefined || key.kind === 'certificate') {
    throw new ServiceError('AuthFailure.SecretIdNotFound', 'The SecretId is not found.');
  }
  return key;
}

function checkToken(token: string, key: Key, clock: Clock): void {
  if (token !== key.token) {
    const reason =
      key.kind === 'permanent' ? 'The key takes no token.' : 'The token does not belong to the key.';
    throw new ServiceError('AuthFailure.TokenFailure', reason);
  }
  if (clock.seconds() >= key.expiredTime) {
    throw new ServiceError('AuthFailure.TokenFailure', 'The token has expired.');
  }
}

/** Service names that a credential scope may hold: the product's, and on loopback the endpoint's first label. */
function checkService(authorization: Tc3Authorization, host: string, service: string): void {
  const hostname = hostnameOf(host);
  const allowed = isLoopback(hostname) ? [service, hostname.split('.')[0], host.split('.')[0]] : [service];
  if (!allowed.includes(authorization.service)) refuseSignature();
}

/** Verifies TC3-HMAC-SHA256 and returns the key that signed. Raises the API's AuthFailure errors. */
export function verifyTc3(call: Call, service: string, keys: KeyRing, clock: Clock): Key {
  const timestamp = Number(required(header(call, 'x-tc-timestamp'), 'Timestamp'));
  const authorization = parseTc3Authorization(header(call, 'authorization') ?? '');
  if (authorization === undefined) refuseSignature();
  checkTimestamp(timestamp, clock);
  const key = findKey(authorization.secretId, keys);
  checkToken(header(call, 'x-tc-token') ?? '', key, clock);
  checkService(authorization, call.entry.host, service);
  const signed = authorization.signedHeaders;
  if (!signed.includes('host') || !signed.includes('content-type')) refuseSignature();
  if (signed.join(';') !== [...signed].sort().join(';')) refuseSignature();
  if (authorization.date !== utcDate(timestamp)) refuseSignature();
  const accepted = [call.entry.host, hostnameOf(call.entry.host)].some((host) => {
    const headers = signed.map(
      (name) => [name, name === 'host' ? host : (header(call, name) ?? '')] as const,
    );
    const request = {
      method: call.entry.method,
      query: '',
      headers,
      payload: call.payload,
      timestamp,
      service: authorization.service,
    };
    return tc3Signature(key.secretKey, request) === authorization.signature;
  });
  if (!accepted) refuseSignature();
  return key;
}

/** The signature of API signature method 1 over a form, base64. */
export function formSignature(
  secretKey: string,
  host: string,
  form: ReadonlyMap<string, string>,
  algorithm: 'sha1' | 'sha256',
): string {
  const pairs = [...form]
    .filter(([name]) => name !== 'Signature')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`);
  return createHmac(algorithm, secretKey)
    .update(`POST${host}/?${pairs.join('&')}`)
    .digest('base64');
}

/** Verifies signature method 1, which older SDKs use, and returns the key that signed. */
export function verifyForm(call: Call, form: ReadonlyMap<string, string>, keys: KeyRing, clock: Clock): Key {
  checkTimestamp(Number(required(form.get('Timestamp'), 'Timestamp')), clock);
  required(form.get('Nonce'), 'Nonce');
  const key = findKey(required(form.get('SecretId'), 'SecretId'), keys);
  checkToken(form.get('Token') ?? '', key, clock);
  const algorithm = form.get('SignatureMethod') === 'HmacSHA256' ? 'sha256' : 'sha1';
  const signature = required(form.get('Signature'), 'Signature');
  const hosts = [call.entry.host, hostnameOf(call.entry.host)];
  if (!hosts.some((host) => formSignature(key.secretKey, host, form, algorithm) === signature)) {
    refuseSignature();
  }
  return key;
}
