import type { ServiceName } from './request-log.js';

/** What the host name of a COS request says. */
export interface StorageHost {
  bucket: string;
  /** Empty for the acceleration domain, which serves every region. */
  region: string;
  accelerated: boolean;
}

const REGIONAL = /^([a-z0-9-]+-\d+)\.cos\.([a-z0-9-]+)\.(?:myqcloud\.com|tencentcos\.cn)$/;
const ACCELERATED = /^([a-z0-9-]+-\d+)\.cos\.accelerate\.(?:myqcloud\.com|tencentcos\.cn)$/;

/** Reads a virtual-hosted COS host name; `undefined` when it is none (a loopback endpoint). */
export function parseStorageHost(hostname: string): StorageHost | undefined {
  const accelerated = ACCELERATED.exec(hostname);
  if (accelerated?.[1] !== undefined) return { bucket: accelerated[1], region: '', accelerated: true };
  const regional = REGIONAL.exec(hostname);
  if (regional?.[1] === undefined || regional[2] === undefined) return undefined;
  return { bucket: regional[1], region: regional[2], accelerated: false };
}

/** The emulated service that a public host name belongs to; `undefined` for a host that is not emulated. */
export function serviceOfHost(hostname: string): ServiceName | undefined {
  const name = hostname.toLowerCase();
  if (/^vod(\.[a-z0-9-]+)?\.tencentcloudapi\.com$/.test(name)) return 'vod';
  if (/^sts(\.[a-z0-9-]+)?\.tencentcloudapi\.com$/.test(name)) return 'sts';
  if (name === 'token.actions.githubusercontent.com') return 'oidc';
  return parseStorageHost(name) === undefined ? undefined : 'cos';
}

/** Host name without the port and without the brackets of an IPv6 address. */
export function hostnameOf(host: string): string {
  return host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}

/** True when a Host header or host name is the wanted name, or ends as `*.` and an end says. */
export function hostMatches(wanted: string, host: string): boolean {
  const hostname = hostnameOf(host).toLowerCase();
  const name = wanted.toLowerCase();
  return name.startsWith('*.') ? hostname.endsWith(name.slice(1)) : hostname === name;
}

/** True for the names under which the emulator's direct endpoints are reached. */
export function isLoopback(hostname: string): boolean {
  return hostname === '127.0.0.1' || hostname === 'localhost' || hostname === '::1';
}
