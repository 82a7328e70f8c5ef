import { ValueError } from '../errors.js';

/** URL of a storage endpoint with `{bucket}` and `{region}` still to fill in. */
export interface EndpointTemplate {
  readonly source: string;
}

/** What URL leaves of a host; it lets signs pass that no name has, such as braces. */
const HOST = /^([\w.-]+|\[[0-9a-f:.]+\])$/;

const TAKES = 'it takes a host such as vod.tencentcloudapi.com, host:port, or an https:// URL without a path';

/**
 * Reads a host, `host:port` or URL of a service. `http://` is taken for loopback only, because
 * requests carry credentials.
 *
 * @throws {ValueError}
 */
export function parseEndpoint(text: string): URL {
  const withScheme = text.includes('://') ? text : `https://${text}`;
  if (!URL.canParse(withScheme)) throw new ValueError(TAKES);
  const url = new URL(withScheme);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new ValueError(TAKES);
  const extras = url.username || url.password || url.search || url.hash || url.pathname !== '/';
  if (extras || !HOST.test(url.hostname) || /[\s\\]/.test(text)) throw new ValueError(TAKES);
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new ValueError(
      'it takes https:// for any host but loopback (http:// would send credentials in the clear)',
    );
  }
  return url;
}

/**
 * Checks a storage endpoint with the placeholders `{bucket}` and `{region}`.
 *
 * @throws {ValueError}
 */
export function parseEndpointTemplate(text: string): EndpointTemplate {
  const placeholders = text.match(/\{[^}]*\}/g) ?? [];
  const unknown = placeholders.find((name) => name !== '{bucket}' && name !== '{region}');
  if (unknown) throw new ValueError(`it takes the placeholders {bucket} and {region} only, not ${unknown}`);
  fillEndpoint({ source: text }, 'bucket-1250000000', 'ap-guangzhou');
  return { source: text };
}

/** URL of the endpoint for a bucket. */
export function fillEndpoint(template: EndpointTemplate, bucket: string, region: string): URL {
  return parseEndpoint(template.source.replaceAll('{bucket}', bucket).replaceAll('{region}', region));
}

/**
 * True for localhost, 127.0.0.0/8 and ::1, where a request does not leave the machine. Where other names lead is up to
 * the resolver, those below `.localhost` included.
 */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname === '[::1]' ||
    hostname === '::1' ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
  );
}
