import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Gate } from './gate.js';
import { hostnameOf, serviceOfHost } from './hosts.js';

/** What the proxy has been asked. */
export interface ProxyFigures {
  /** Tunnels that were opened to emulated hosts. */
  tunnels: number;
  /** Requests and tunnels that were refused, by host. */
  refused: string[];
}

function authorized(request: IncomingMessage, auth: { user: string; password: string } | undefined): boolean {
  if (auth === undefined) return true;
  const expected = `Basic ${Buffer.from(`${auth.user}:${auth.password}`).toString('base64')}`;
  return request.headers['proxy-authorization'] === expected;
}

/** Answers a CONNECT without opening a tunnel, and closes the connection. */
function refuse(socket: Socket, status: number, headers: Readonly<Record<string, string>> = {}): void {
  const lines = Object.entries({ ...headers, 'Content-Length': '0', Connection: 'close' });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n${head}\r\n`);
}

/** An HTTP proxy that leads emulated hosts to the emulator and refuses all others. */
export function createProxy(
  gate: Gate,
  auth: { user: string; password: string } | undefined,
  figures: ProxyFigures,
): Server {
  const server = createServer({ keepAliveTimeout: 120_000, requestTimeout: 0 });

  const open = (request: IncomingMessage, socket: Socket, head: Buffer): void => {
    const [, hostname = '', port = ''] = /^(.*):(\d+)$/.exec(request.url ?? '') ?? [];
    const page = gate.outages.hit({ service: undefined, proxied: true, host: hostname }, ['page']);
    if (page !== undefined) {
      refuse(socket, page.rule.status ?? 502, page.rule.headers);
      return;
    }
    if (!authorized(request, auth)) {
      figures.refused.push(hostname);
      refuse(socket, 407, { 'Proxy-Authenticate': 'Basic realm="emulator"' });
      return;
    }
    const service = serviceOfHost(hostname);
    const connection = gate.connections.of(socket);
    if (service === undefined || connection === undefined) {
      figures.refused.push(hostname);
      refuse(socket, 502);
      return;
    }
    const origin = { service, proxied: false, host: hostname };
    gate.outages.noticeConnection(origin);
    const unreached = gate.outages.hit(origin, ['refused', 'unresolved']);
    if (unreached !== undefined) {
      refuse(socket, unreached.rule.status ?? 502);
      return;
    }
    gate.enterTunnel(connection, { service, host: hostname, tls: port !== '80' }, () => {
      figures.tunnels += 1;
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      if (head.length > 0) socket.unshift(head);
    });
  };

  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const connection = gate.connections.of(socket);
    if (connection === undefined) socket.destroy();
    else connection.proceed(() => open(request, socket, head));
  });
  server.on('request', (request, response) => {
    const target = /^http:\/\/([^/?]+)/.exec(request.url ?? '')?.[1];
    if (!authorized(request, auth)) {
      response.writeHead(407, { 'Proxy-Authenticate': 'Basic realm="emulator"' }).end();
      return;
    }
    if (target === undefined || serviceOfHost(hostnameOf(target)) === undefined) {
      figures.refused.push(target ?? request.headers.host ?? '');
      response.writeHead(502, { 'Content-Type': 'text/plain' }).end('This host is not emulated.\n');
      return;
    }
    gate.route(request, response);
  });
  return server;
}
