import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Authority } from './authority.js';
import type { Connection } from './connection.js';
import { Connections } from './connections.js';
import type { Front } from './front.js';
import { hostnameOf, serviceOfHost } from './hosts.js';
import { Listener } from './listener.js';
import type { Outage, OutageKind, Target } from './outage.js';
import { type OutageEffects, Outages } from './outages.js';
import type { ServiceName } from './request-log.js';
import type { Service } from './service.js';

const LOOPBACK = '127.0.0.1';

/** Accepts connections, with and without TLS, and hands their requests to the front. */
export class Gate implements OutageEffects {
  /** Connections that were accepted, by service; those of tunnels count for the host they lead to. */
  readonly accepted: Record<ServiceName, number> = { vod: 0, cos: 0, sts: 0, oidc: 0 };
  readonly connections: Connections;
  readonly outages: Outages;
  private readonly listeners: { target: Target; listener: Listener }[] = [];
  /** Ends tunnels: their connections are handed over, each service is found by the Host header. */
  private readonly tunnelTls: TlsServer;
  private readonly tunnelPlain: Server;

  /** @param now milliseconds by which outages are counted */
  constructor(
    private readonly front: Front,
    private readonly services: Record<ServiceName, Service>,
    private readonly authority: Authority,
    now: () => number,
  ) {
    this.connections = new Connections(now);
    this.outages = new Outages(now, this);
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
    return this.listen(name, (socket) => {
      this.outages.noticeConnection({ service: name, proxied: false, host: '' });
      const connection = this.connections.add(socket, false);
      connection.service = name;
      this.accepted[name] += 1;
      this.enter(connection, server);
    });
  }

  /** Opens the port of the proxy and returns it. */
  async openProxy(proxy: Server): Promise<number> {
    return this.listen('proxy', (socket) => {
      this.outages.noticeConnection({ service: undefined, proxied: true, host: '' });
      this.enter(this.connections.add(socket, true), proxy);
    });
  }

  /**
   * Takes over the client's end of a tunnel to an emulated host.
   *
   * @param established tells the client that the host was reached, which an outage may put off
   */
  enterTunnel(
    connection: Connection,
    to: { service: ServiceName; host: string; tls: boolean },
    established: () => void,
  ): void {
    this.accepted[to.service] += 1;
    connection.service = to.service;
    connection.host = to.host;
    connection.tunneled = true;
    const hits = this.connections.draw(connection, this.outages);
    const reached = !hits.some(({ rule }) => rule.kind === 'unanswered');
    if (reached) established();
    for (const outage of hits) connection.suffer(outage);
    connection.proceed(() => {
      if (!reached) established();
      (to.tls ? this.tunnelTls : this.tunnelPlain).emit('connection', connection.socket);
    });
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

  /** An outage begins: ports close or fall deaf, and open connections are hit. */
  begin(outage: Outage): void {
    this.adjust(outage);
    this.connections.strike(outage);
  }

  /** An outage ends. */
  end(outage: Outage): void {
    this.adjust(outage);
    this.connections.relieve(outage);
  }

  /** Settles when all ports are as the outages want them by the clock. Rejects when the system does not give one back. */
  async settled(): Promise<void> {
    this.outages.refresh();
    await Promise.all(this.listeners.map(({ listener }) => listener.settled));
  }

  /** Stops listening and ends every connection. */
  async close(): Promise<void> {
    this.outages.close();
    await Promise.all(this.listeners.map(({ listener }) => listener.become('closed')));
    await this.connections.close();
  }

  /** Hands a new connection to the server that speaks with it, as far as outages let it. */
  private enter(connection: Connection, server: Server | TlsServer): void {
    for (const outage of this.connections.draw(connection, this.outages)) connection.suffer(outage);
    connection.proceed(() => {
      server.emit('connection', connection.socket);
      connection.socket.resume();
    });
  }

  private async listen(target: Target, take: (socket: Socket) => void): Promise<number> {
    const listener = new Listener(LOOPBACK, take);
    this.listeners.push({ target, listener });
    await listener.become('open');
    return listener.port;
  }

  private adjust({ rule, targets }: Outage): void {
    if (rule.kind !== 'refused' && rule.kind !== 'unanswered') return;
    const meets = (kind: OutageKind, target: Target): boolean =>
      this.outages.applied([kind]).some((one) => one.targets.includes(target));
    for (const { target, listener } of this.listeners) {
      if (!targets.includes(target)) continue;
      const absent = meets('unanswered', target) ? 'deaf' : 'open';
      void listener.become(meets('refused', target) ? 'closed' : absent);
    }
  }

  private handle(name: ServiceName, request: IncomingMessage, response: ServerResponse): void {
    const connection = this.connections.of(request.socket);
    if (connection === undefined) {
      request.socket.destroy();
      return;
    }
    connection.tls = request.socket !== connection.socket;
    connection.service = name;
    connection.host = hostnameOf(request.headers.host ?? '');
    for (const outage of this.connections.draw(connection, this.outages)) connection.suffer(outage);
    void this.front.handle(this.services[name], request, response, connection, this.outages);
  }

  private plainServer(handler: (request: IncomingMessage, response: ServerResponse) => void): Server {
    return this.prepare(createServer({ keepAliveTimeout: 120_000, requestTimeout: 0 }, handler));
  }

  private tlsServer(handler: (request: IncomingMessage, response: ServerResponse) => void): TlsServer {
    const certify = (
      hostname: string,
      done: (error: Error | null, context?: SecureContext) => void,
    ): void => {
      this.authority.contextFor(hostname).then(
        (context) => done(null, context),
        (error: Error) => done(error),
      );
    };
    const { connections } = this;
    const options = {
      keepAliveTimeout: 120_000,
      requestTimeout: 0,
      ALPNProtocols: ['http/1.1'],
      // Node calls it as a method of the socket. A handshake that is under way stops here when silence falls.
      SNICallback(this: Socket, hostname: string, done: Parameters<typeof certify>[1]): void {
        connections.of(this)?.proceed(() => certify(hostname, done));
      },
    };
    return this.prepare(createTlsServer(options, handler));
  }

  private prepare<Kind extends Server | TlsServer>(server: Kind): Kind {
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      const connection = this.connections.of(socket as Socket);
      // The client closed its side within a body; it may still read an answer.
      if (error.code === 'HPE_INVALID_EOF_STATE' && socket.writable) connection?.cutShort?.();
      socket.end();
    });
    return server;
  }
}
