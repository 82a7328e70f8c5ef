import { createHash, createHmac } from 'node:crypto';

/** The parts of a COS request signature (`q-sign-algorithm=sha1&...`). */
export interface QSignature {
  algorithm: string;
  secretId: string;
  signTime: string;
  keyTime: string;
  headerList: string[];
  urlParamList: string[];
  signature: string;
}

/** What a COS signature covers. */
export interface QSignRequest {
  method: string;
  /** Decoded path with its leading slash. */
  path: string;
  /** Query parameters, decoded. */
  params: ReadonlyArray<readonly [name: string, value: string]>;
  /** Headers as received. */
  headers: ReadonlyArray<readonly [name: string, value: string]>;
}

/** Percent-encodes as COS does: `! ' ( ) *` too. */
export function qEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const FIELDS = [
  'q-sign-algorithm',
  'q-ak',
  'q-sign-time',
  'q-key-time',
  'q-header-list',
  'q-url-param-list',
  'q-signature',
] as const;

/** Reads an Authorization header (or the same text taken from the query); `undefined` when a field is missing. */
export function parseQSignature(text: string): QSignature | undefined {
  const fields = new Map<string, string>();
  for (const pair of text.trim().split('&')) {
    const at = pair.indexOf('=');
    if (at > 0) fields.set(pair.slice(0, at), pair.slice(at + 1));
  }
  if (FIELDS.some((name) => !fields.has(name))) return undefined;
  const list = (name: string): string[] => (fields.get(name) ?? '').split(';').filter((item) => item !== '');
  return {
    algorithm: fields.get('q-sign-algorithm') ?? '',
    secretId: fields.get('q-ak') ?? '',
    signTime: fields.get('q-sign-time') ?? '',
    keyTime: fields.get('q-key-time') ?? '',
    headerList: list('q-header-list'),
    urlParamList: list('q-url-param-list'),
    signature: fields.get('q-signature') ?? '',
  };
}

/** Start and end of a key time in unix seconds; `undefined` when it is malformed. */
export function parseKeyTime(keyTime: string): { start: number; end: number } | undefined {
  const match = /^(\d{1,12});(\d{1,12})$/.exec(keyTime);
  if (match === null) return undefined;
  return { start: Number(match[1]), end: Number(match[2]) };
}

function canonicalPairs(pairs: QSignRequest['params'], signed: readonly string[]): string {
  const chosen = new Set(signed);
  return pairs
    .map(([name, value]) => [qEncode(name).toLowerCase(), qEncode(value)] as const)
    .filter(([name]) => chosen.has(name))
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** The HttpString of the algorithm, which COS calls FormatString in its errors. */
export function formatString(
  request: QSignRequest,
  signed: Pick<QSignature, 'headerList' | 'urlParamList'>,
): string {
  return [
    request.method.toLowerCase(),
    request.path,
    canonicalPairs(request.params, signed.urlParamList),
    canonicalPairs(request.headers, signed.headerList),
    '',
  ].join('\n');
}

/** The StringToSign of the algorithm. */
export function stringToSign(keyTime: string, httpString: string): string {
  return `sha1\n${keyTime}\n${createHash('sha1').update(httpString).digest('hex')}\n`;
}

/** The SignKey of the algorithm: lower-case hex that is used as text. */
export function signKey(secretKey: string, keyTime: string): string {
  return createHmac('sha1', secretKey).update(keyTime).digest('hex');
}

/** The signature: 40 hex digits. */
export function qSignature(key: string, text: string): string {
  return createHmac('sha1', key).update(text).digest('hex');
}
