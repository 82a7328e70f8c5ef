import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Authority } from './authority.js';
import type { Arrival, Front } from './front.js';
import { hostnameOf, serviceOfHost } from './hosts.js';
import type { ServiceName } from './request-log.js';
import type { Service } from './service.js';

const LOOPBACK = '127.0.0.1';

/** Both ends of a connection name it: TLS sockets have no public way to the socket below them. */
function nameOf(socket: Socket): string {
  return `${socket.remotePort}>${socket.localPort}`;
}

/** Accepts connections, with and without TLS, and hands their requests to the front. */
export class Gate {
  /** Connections that were accepted, by service; those of tunnels count for the host they lead to. */
  readonly accepted: Record<ServiceName, number> = { vod: 0, cos: 0, sts: 0, oidc: 0 };
  private readonly connections = new Map<string, Arrival>();
  private readonly servers: NetServer[] = [];
  private sequence = 0;
  /** Ends tunnels: their connections are handed over, each service is found by the Host header. */
  private readonly tunnelTls: TlsServer;
  private readonly tunnelPlain: Server;

  constructor(
    private readonly front: Front,
    private readonly services: Record<ServiceName, Service>,
    private readonly authority: Authority,
  ) {
    const byHost = (request: IncomingMessage, response: ServerResponse): void =>
      this.route(request, response);
    this.tunnelTls = this.tlsServer(byHost);
    this.tunnelPlain = this.plainServer(byHost);
  }

  /** Opens a direct endpoint for a service and returns its port. */
  async open(name: ServiceName, tls: boolean): Promise<number> {
    const handler = (request: IncomingMessage, response: ServerResponse): void =>
      this.handle(name, request, response);
    const server = tls ? this.tlsServer(handler) : this.plainServer(handler);
    server.on('connection', (socket: Socket) => {
      this.register(socket, false);
      this.accepted[name] += 1;
    });
    return this.listen(server);
  }

  /** Lets a server listen on loopback until the gate is closed; returns its port. */
  async listen(server: NetServer): Promise<number> {
    this.servers.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, LOOPBACK, resolve);
    });
    return (server.address() as AddressInfo).port;
  }

  /** Remembers a connection so that its requests can be told apart and reset. */
  register(socket: Socket, proxied: boolean): void {
    const name = nameOf(socket);
    this.sequence += 1;
    const arrival: Arrival = { socket, connection: this.sequence, tls: false, proxied };
    this.connections.set(name, arrival);
    socket.once('close', () => {
      // The client may have used its port again before this end noticed that the old connection is gone.
      if (this.connections.get(name) === arrival) this.connections.delete(name);
    });
    // A reset by the client is an ordinary event here; the exchange notices that its connection is gone.
    socket.on('error', () => socket.destroy());
  }

  /** Takes over the client's end of a tunnel to an emulated host. */
  enterTunnel(socket: Socket, service: ServiceName, tls: boolean): void {
    this.accepted[service] += 1;
    (tls ? this.tunnelTls : this.tunnelPlain).emit('connection', socket);
  }

  /** Handles a request whose service is told by its Host header. */
  route(request: IncomingMessage, response: ServerResponse): void {
    const name = serviceOfHost(hostnameOf(request.headers.host ?? ''));
    if (name === undefined) {
      response.writeHead(502, { 'Content-Type': 'text/plain' }).end('This host is not emulated.\n');
      return;
    }
    this.handle(name, request, response);
  }

  /** Stops listening and ends every connection. */
  async close(): Promise<void> {
    const closed = this.servers.map((server) => new Promise((resolve) => server.close(resolve)));
    for (const { socket } of this.connections.values()) socket.destroy();
    await Promise.all(closed);
  }

  private handle(name: ServiceName, request: IncomingMessage, response: ServerResponse): void {
    const arrival = this.connections.get(nameOf(request.socket));
    if (arrival === undefined) {
      request.socket.destroy();
      return;
    }
    arrival.tls = request.socket !== arrival.socket;
    void this.front.handle(this.services[name], request, response, arrival);
  }

  private plainServer(handler: (request: IncomingMessage, response: ServerResponse) => void): Server {
    return this.prepare(createServer({ keepAliveTimeout: 120_000, requestTimeout: 0 }, handler));
  }

  private tlsServer(handler: (request: IncomingMessage, response: ServerResponse) => void): TlsServer {
    const options = {
      keepAliveTimeout: 120_000,
      requestTimeout: 0,
      ALPNProtocols: ['http/1.1'],
      SNICallback: (hostname: string, done: (error: Error | null, context?: SecureContext) => void): void => {
        this.authority.contextFor(hostname).then(
          (context) => done(null, context),
          (error: Error) => done(error),
        );
      },
    };
    return this.prepare(createTlsServer(options, handler));
  }

  private prepare<Kind extends Server | TlsServer>(server: Kind): Kind {
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      const arrival = this.connections.get(nameOf(socket as Socket));
      // The client closed its side within a body; it may still read an answer.
      if (error.code === 'HPE_INVALID_EOF_STATE' && socket.writable) arrival?.cutShort?.();
      socket.end();
    });
    return server;
  }
}
