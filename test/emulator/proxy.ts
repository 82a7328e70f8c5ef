import { createServer, type IncomingMessage, type Server } from 'node:http';
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

/** An HTTP proxy that leads emulated hosts to the emulator and refuses all others. */
export function createProxy(
  gate: Gate,
  auth: { user: string; password: string } | undefined,
  figures: ProxyFigures,
): Server {
  const server = createServer({ keepAliveTimeout: 120_000, requestTimeout: 0 });
  server.on('connection', (socket: Socket) => gate.register(socket, true));
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const [, hostname = '', port = ''] = /^(.*):(\d+)$/.exec(request.url ?? '') ?? [];
    if (!authorized(request, auth)) {
      figures.refused.push(hostname);
      socket.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="emulator"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
      );
      return;
    }
    const service = serviceOfHost(hostname);
    if (service === undefined) {
      figures.refused.push(hostname);
      socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      return;
    }
    figures.tunnels += 1;
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    if (head.length > 0) socket.unshift(head);
    gate.enterTunnel(socket, service, port !== '80');
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
