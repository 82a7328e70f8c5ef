import { request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { formSignature } from './api-auth.js';
import { formatString, qEncode, qSignature, signKey, stringToSign } from './qsign.js';
import { tc3Signature, utcDate } from './tc3.js';

/** What came back from the emulator. */
export interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** A request in plain words. */
export interface Sending {
  method: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** TLS options and agents. */
  options?: RequestOptions;
  /** A connection to send it over. */
  connection?: Duplex;
}

/** Sends one request over a connection of its own. Rejects with the error of the connection. */
export function send(
  url: string,
  { method, headers = {}, body, options, connection }: Sending,
): Promise<Reply> {
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise<Reply>((resolve, reject) => {
    const way =
      connection === undefined ? { agent: false } : { createConnection: () => connection, defaultPort: 80 };
    const outgoing = request(url, { method, headers, ...options, ...way });
    outgoing.once('error', reject);
    outgoing.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
    });
    outgoing.end(body);
  });
}

/** What a client knows of an emulator, which may run in another process. */
export interface Reachable {
  vodUrl: string;
  cosUrl: string;
  settings: { secretId: string; secretKey: string };
  clock: { seconds(): number };
}

/** The key pair, and for temporary keys the token, that a request is signed with. */
export interface Signer {
  secretId: string;
  secretKey: string;
  token: string;
}

/** The emulator's permanent key. */
export function permanentKey(emulator: Reachable): Signer {
  const { secretId, secretKey } = emulator.settings;
  return { secretId, secretKey, token: '' };
}

/** Departures from a correct API request. */
export interface ApiVariation {
  signer?: Signer;
  timestamp?: number;
  /** Service in the credential scope. */
  service?: string;
  method?: string;
  path?: string;
  contentType?: string;
  /** Headers to add; an empty text removes one. */
  headers?: Record<string, string>;
  signature?: string;
  payload?: string;
}

/** An answer of the API: the content of `Response`. */
export interface ApiReply {
  status: number;
  response: Record<string, unknown> & { RequestId: string; Error?: { Code: string; Message: string } };
}

/** Calls an action of the VOD API, signed by TC3-HMAC-SHA256. */
export async function callVod(
  emulator: Reachable,
  action: string,
  parameters: Record<string, unknown>,
  variation: ApiVariation = {},
): Promise<ApiReply> {
  const { signer = permanentKey(emulator), method = 'POST', contentType = 'application/json' } = variation;
  const timestamp = variation.timestamp ?? emulator.clock.seconds();
  const service = variation.service ?? 'vod';
  const payload = variation.payload ?? JSON.stringify(parameters);
  const host = new URL(emulator.vodUrl).host;
  const signed = [
    ['content-type', contentType],
    ['host', host],
  ] as const;
  const signature =
    variation.signature ??
    tc3Signature(signer.secretKey, { method, query: '', headers: signed, payload, timestamp, service });
  const scope = `${utcDate(timestamp)}/${service}/tc3_request`;
  const headers: Record<string, string> = {
    'Content-Type': contentType,
    'X-TC-Action': action,
    'X-TC-Version': '2018-07-17',
    'X-TC-Region': 'ap-guangzhou',
    'X-TC-Timestamp': String(timestamp),
    ...(signer.token === '' ? {} : { 'X-TC-Token': signer.token }),
    Authorization: `TC3-HMAC-SHA256 Credential=${signer.secretId}/${scope}, SignedHeaders=content-type;host, Signature=${signature}`,
    ...variation.headers,
  };
  const present = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''));
  const body = method === 'GET' ? {} : { body: payload };
  const reply = await send(emulator.vodUrl + (variation.path ?? '/'), { method, headers: present, ...body });
  return { status: reply.status, response: JSON.parse(reply.body).Response };
}

/** Calls an action with signature method 1, as older SDKs do. */
export async function callVodByForm(
  emulator: Reachable,
  fields: Record<string, string>,
  signature?: string,
): Promise<ApiReply> {
  const { secretId, secretKey } = permanentKey(emulator);
  const form = new Map<string, string>(
    Object.entries({
      Version: '2018-07-17',
      Region: 'ap-guangzhou',
      Timestamp: String(emulator.clock.seconds()),
      Nonce: '4711',
      SecretId: secretId,
      SignatureMethod: 'HmacSHA1',
      ...fields,
    }),
  );
  const host = new URL(emulator.vodUrl).host;
  form.set('Signature', signature ?? formSignature(secretKey, host, form, 'sha1'));
  const reply = await send(emulator.vodUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams([...form]).toString(),
  });
  return { status: reply.status, response: JSON.parse(reply.body).Response };
}

/** What ApplyUpload answered. */
export interface Applied {
  bucket: string;
  region: string;
  sessionKey: string;
  /** Object keys without a leading slash; `cover` is empty when none was asked for. */
  media: string;
  cover: string;
  signer: Signer;
  expiredTime: number;
}

/** Applies for an upload and reads the answer. */
export async function apply(emulator: Reachable, parameters: Record<string, unknown> = {}): Promise<Applied> {
  const { response } = await callVod(emulator, 'ApplyUpload', { MediaType: 'mp4', ...parameters });
  if (response.Error !== undefined) throw new Error(`${response.Error.Code}: ${response.Error.Message}`);
  const certificate = response.TempCertificate as Record<string, string | number>;
  return {
    bucket: String(response.StorageBucket),
    region: String(response.StorageRegion),
    sessionKey: String(response.VodSessionKey),
    media: String(response.MediaStoragePath).slice(1),
    cover: String(response.CoverStoragePath ?? '').slice(1),
    signer: {
      secretId: String(certificate.SecretId),
      secretKey: String(certificate.SecretKey),
      token: String(certificate.Token),
    },
    expiredTime: Number(certificate.ExpiredTime),
  };
}

/** A storage request, correct unless told otherwise. */
export interface StorageRequest {
  method: string;
  /** Without a leading slash. */
  key: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: string | Buffer;
  signer: Signer;
  /** `start;end` in unix seconds. */
  keyTime?: string;
  /** Key that is signed, when it is not the one that is sent. */
  signedKey?: string;
  /** Replaces a piece of the Authorization header. */
  tamper?: (authorization: string) => string;
  options?: RequestOptions;
  connection?: Duplex;
  url?: string;
}

/** The Authorization header of a storage request that signs its host and its query. */
export function authorizationOf(host: string, keyTime: string, request: StorageRequest): string {
  const { signer } = request;
  const query = Object.entries(request.query ?? {});
  const urlParamList = query.map(([name]) => qEncode(name).toLowerCase()).sort();
  const headerList = ['host'];
  const httpString = formatString(
    {
      method: request.method,
      path: `/${request.signedKey ?? request.key}`,
      params: query,
      headers: [['host', host]],
    },
    { headerList, urlParamList },
  );
  const signature = qSignature(signKey(signer.secretKey, keyTime), stringToSign(keyTime, httpString));
  const fields = {
    'q-sign-algorithm': 'sha1',
    'q-ak': signer.secretId,
    'q-sign-time': keyTime,
    'q-key-time': keyTime,
    'q-header-list': headerList.join(';'),
    'q-url-param-list': urlParamList.join(';'),
    'q-signature': signature,
  };
  const authorization = Object.entries(fields)
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  return request.tamper?.(authorization) ?? authorization;
}

/** Sends a storage request. */
export function callCos(emulator: Reachable, request: StorageRequest): Promise<Reply> {
  const now = emulator.clock.seconds();
  const keyTime = request.keyTime ?? `${now - 1};${now + 900}`;
  const query = Object.entries(request.query ?? {}).map(
    ([name, value]) => `${qEncode(name)}=${qEncode(value)}`,
  );
  const path = request.key.split('/').map(qEncode).join('/');
  const base = request.url ?? emulator.cosUrl;
  const url = `${base}/${path}${query.length === 0 ? '' : `?${query.join('&')}`}`;
  const host = request.headers?.Host ?? new URL(base).host;
  const { token } = request.signer;
  return send(url, {
    method: request.method,
    headers: {
      Authorization: authorizationOf(host, keyTime, request),
      ...(token === '' ? {} : { 'x-cos-security-token': token }),
      ...request.headers,
    },
    ...(request.body === undefined ? {} : { body: request.body }),
    ...(request.options === undefined ? {} : { options: request.options }),
    ...(request.connection === undefined ? {} : { connection: request.connection }),
  });
}

/** Text of the first element with this name in an XML document; empty when there is none. */
export function element(xml: string, name: string): string {
  return new RegExp(`<${name}>([\\s\\S]*?)</${name}>`).exec(xml)?.[1] ?? '';
}
