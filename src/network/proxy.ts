import { connect, isIPv6, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { isLoopback } from './endpoint.js';

/** Proxies of the environment; URLs may hold a user and a password. */
export interface ProxySettings {
  url?: URL;
  /** Entries of NO_PROXY in lower case. */
  exceptions: readonly string[];
  /** A proxy variable whose value cannot be used; messages show the variable only. */
  invalid?: string;
}

/** The proxy could not be reached or refused the tunnel; the message names it without its password. */
export class ProxyError extends Error {
  constructor(
    message: string,
    /** `ProxyUnreachable`, `ProxyAuthenticationRequired` or `ProxyRefused`. */
    readonly code: string,
    /** False where a retry can't help: the proxy refused by policy or wants other credentials. */
    readonly transient: boolean,
  ) {
    super(message);
    this.name = 'ProxyError';
  }
}

const VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'] as const;
const ANSWER_LIMIT = 16 * 1024;
/** Codes of a TLS handshake with something that does not speak TLS. */
const NOT_TLS = new Set(['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'EPROTO']);

/**
 * Reads the proxy variables. All services are reached over TLS, so HTTPS_PROXY comes first; HTTP_PROXY
 * serves where only that one is set, as networks with one proxy for everything do.
 */
export function readProxySettings(env: Readonly<Record<string, string | undefined>>): ProxySettings {
  const exceptions = (env.no_proxy || env.NO_PROXY || '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  const name = VARIABLES.find((variable) => env[variable]);
  if (name === undefined) return { exceptions };
  const value = env[name] as string;
  const withScheme = value.includes('://') ? value : `http://${value}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return { url, exceptions };
  return { exceptions, invalid: name };
}

/** The proxy to use for a host, if any. Loopback is always reached directly. */
export function proxyFor(settings: ProxySettings, hostname: string, port: number): URL | undefined {
  const { url, exceptions } = settings;
  if (url === undefined || isLoopback(hostname)) return undefined;
  return exceptions.some((exception) => isExcepted(exception, hostname.toLowerCase(), port))
    ? undefined
    : url;
}

function isExcepted(exception: string, hostname: string, port: number): boolean {
  if (exception === '*') return true;
  if (isIPv6(exception)) return hostname === exception;
  const [, name = exception, onlyPort] = /^(.*?)(?::(\d+))?$/.exec(exception) ?? [];
  if (onlyPort !== undefined && Number(onlyPort) !== port) return false;
  const suffix = name.replace(/^\[|\]$/g, '').replace(/^\*?\.?/, '.');
  return hostname === suffix.slice(1) || hostname.endsWith(suffix);
}

/** Name of a proxy for messages: never its user or password. */
export function proxyName(proxy: URL): string {
  return `${proxy.protocol}//${proxy.host}`;
}

/** How a tunnel is opened. */
export interface TunnelTerms {
  /** Milliseconds that the proxy may take. */
  timeoutMs: number;
  /** Gives the tunnel up while it is being opened, and closes its connection. */
  signal: AbortSignal;
  /** Resolves the proxy's name. */
  lookup: LookupFunction;
  /** Milliseconds that one of several addresses of the proxy has to answer. */
  addressTimeoutMs: number;
  /** Called with the socket while it connects to the proxy. */
  onConnecting(socket: Socket): void;
}

/**
 * Opens a tunnel through an HTTP proxy by CONNECT (RFC 9110 section 9.3.6).
 *
 * @returns the raw socket, ready for a TLS handshake with the target; destroying it at any time is safe
 * @throws {ProxyError}
 */
export function openTunnel(
  proxy: URL,
  host: string,
  port: number,
  { timeoutMs, signal, lookup, addressTimeoutMs, onConnecting }: TunnelTerms,
): Promise<Socket> {
  const name = proxyName(proxy);
  const proxyHost = proxy.hostname.replace(/^\[|\]$/g, '');
  const proxyPort = Number(proxy.port) || (proxy.protocol === 'https:' ? 443 : 80);
  const target = `${isIPv6(host) ? `[${host}]` : host}:${port}`;

  return new Promise((resolve, reject) => {
    const address = {
      host: proxyHost,
      port: proxyPort,
      lookup,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: addressTimeoutMs,
    };
    const socket: Socket =
      proxy.protocol === 'https:'
        ? connectTls({ ...address, servername: proxyHost, ALPNProtocols: ['http/1.1'] })
        : connect(address);
    onConnecting(socket);
    let answer = Buffer.alloc(0);

    const settle = (error?: ProxyError): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.removeListener('data', onData);
      socket.removeListener('error', onError);
      socket.removeListener('close', onClose);
      if (error) {
        socket.destroy();
        reject(error);
      } else {
        socket.pause();
        resolve(socket);
      }
    };
    const unreachable = (reason: string): void =>
      settle(new ProxyError(`The proxy ${name} could not be used: ${reason}.`, 'ProxyUnreachable', true));
    const onError = (error: NodeJS.ErrnoException): void =>
      unreachable(
        NOT_TLS.has(error.code ?? '')
          ? `it does not speak TLS; write http:// in front of its name`
          : error.message,
      );
    const onClose = (): void => unreachable('it closed the connection');
    const onAbort = (): void => unreachable('the tunnel is not wanted any more');
    const timer = setTimeout(() => unreachable(`no answer in ${timeoutMs / 1000} s`), timeoutMs);

    const onData = (chunk: Buffer): void => {
      answer = Buffer.concat([answer, chunk]);
      const end = answer.indexOf('\r\n\r\n');
      if (end < 0) {
        if (answer.length > ANSWER_LIMIT) unreachable('its answer to CONNECT has no end');
        return;
      }
      const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer.toString('latin1', 0, end))?.[1]);
      if (status >= 200 && status < 300) settle();
      else settle(refusal(name, target, status));
    };

    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', onError);
    socket.on('close', onClose);
    socket.on('data', onData);
    const credentials = `${decoded(proxy.username)}:${decoded(proxy.password)}`;
    const authorization =
      credentials === ':'
        ? ''
        : `Proxy-Authorization: Basic ${Buffer.from(credentials).toString('base64')}\r\n`;
    socket.write(
      `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${authorization}Proxy-Connection: keep-alive\r\n\r\n`,
    );
  });
}

/** A user or password of a URL; one with a percent sign that encodes nothing stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function refusal(name: string, target: string, status: number): ProxyError {
  if (status === 407) {
    return new ProxyError(
      `The proxy ${name} asks for a user and password that it accepts (407); check them in HTTPS_PROXY.`,
      'ProxyAuthenticationRequired',
      false,
    );
  }
  const reason = Number.isNaN(status) ? 'no HTTP answer' : `status ${status}`;
  const transient = status >= 500 || status === 429;
  return new ProxyError(
    `The proxy ${name} refused to connect to ${target}: ${reason}.`,
    'ProxyRefused',
    transient,
  );
}
