import { type AgentOptions, type ClientRequestArgs, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { LookupFunction, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createDnsCache, type DnsCache } from './dns-cache.js';
import { openTunnel, type ProxySettings, proxyFor } from './proxy.js';

/** One pool of connections for everything the action talks to. */
export interface Agents {
  /** The agent for a URL: TLS, through the proxy where one applies, or plain HTTP to loopback. */
  for(url: URL): HttpAgent;
  /** Closes the idle connections to a host, so that a retry after a stall starts on a new one. */
  dropIdle(url: URL): void;
  /** Closes everything, tunnels that are still being opened among it. */
  destroy(): void;
}

/** What a request may tell the pool besides the options of Node. */
export interface PoolRequest {
  /** Given a way to give up the tunnel that is being opened for the request, once that begins. */
  onTunnel?(abandon: () => void): void;
}

export interface AgentsOptions {
  proxy: ProxySettings;
  /** The most connections to one host. */
  maxSockets: number;
  /** Milliseconds that the proxy may take to open a tunnel. */
  connectTimeoutMs: number;
}

/**
 * Milliseconds that one of several addresses of a name has to answer. Node's default of 250 ms gives up live ones across
 * an ocean.
 */
const ADDRESS_TIMEOUT = 4000;

/** Options that all connections of the pool have. */
type PoolOptions = AgentOptions & {
  lookup: LookupFunction;
  autoSelectFamily: boolean;
  autoSelectFamilyAttemptTimeout: number;
};

/** Creates the pool: keep-alive, resumed TLS sessions, cached names, tunnels through the proxy. */
export function createAgents(options: AgentsOptions): Agents {
  const dns = createDnsCache();
  const shared: PoolOptions = {
    keepAlive: true,
    maxSockets: options.maxSockets,
    maxFreeSockets: options.maxSockets,
    scheduling: 'lifo',
    lookup: dns.lookup,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT,
  };
  const tls = new TunnelingAgent(shared, options, dns);
  const plain = new PlainAgent(shared, dns);
  const agentFor = (url: URL): HttpAgent => (url.protocol === 'https:' ? tls : plain);
  return {
    for: agentFor,
    dropIdle(url) {
      const host = url.hostname.replace(/^\[|\]$/g, '');
      const mark = `${host}:${url.port || (url.protocol === 'https:' ? 443 : 80)}:`;
      for (const [name, sockets] of Object.entries(agentFor(url).freeSockets)) {
        if (name.startsWith(mark)) for (const socket of sockets ?? []) socket.destroy();
      }
    },
    destroy() {
      tls.destroy();
      plain.destroy();
    },
  };
}

/** Remembers the addresses that a connection could not be made to. */
function watched<S extends Duplex | null | undefined>(socket: S, dns: DnsCache): S {
  const onDead = (address: string): void => dns.markDead(address);
  socket?.on('connectionAttemptFailed', onDead);
  socket?.on('connectionAttemptTimeout', onDead);
  return socket;
}

class PlainAgent extends HttpAgent {
  constructor(
    shared: PoolOptions,
    private readonly dns: DnsCache,
  ) {
    super(shared);
  }

  override createConnection(
    options: ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    return watched(super.createConnection(options, callback), this.dns);
  }
}

/**
 * An https.Agent that opens its connections through a proxy where one applies. Node's own `proxyEnv`
 * would do on new runners only, and an agent that answers with the proxy's refusal as if the service
 * had spoken would hide whose answer it is; tunnelling below https.Agent keeps its pool and its cache
 * of TLS sessions.
 */
class TunnelingAgent extends HttpsAgent {
  /** Tunnels that are being opened. Node knows connections only once they are made, so it can't close these. */
  private readonly opening = new Set<AbortController>();

  constructor(
    private readonly shared: PoolOptions,
    private readonly settings: AgentsOptions,
    private readonly dns: DnsCache,
  ) {
    super(shared);
  }

  override createConnection(
    options: ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const host = String(options.host);
    const port = Number(options.port) || 443;
    const proxy = proxyFor(this.settings.proxy, host, port);
    if (proxy === undefined) return watched(super.createConnection(options, callback), this.dns);
    const tunnel = new AbortController();
    this.opening.add(tunnel);
    (options as PoolRequest).onTunnel?.(() => tunnel.abort());
    openTunnel(proxy, host, port, {
      timeoutMs: this.settings.connectTimeoutMs,
      signal: tunnel.signal,
      lookup: this.shared.lookup,
      addressTimeoutMs: ADDRESS_TIMEOUT,
      onConnecting: (socket) => watched(socket, this.dns),
    }).then(
      (socket) => {
        this.opening.delete(tunnel);
        const secured = super.createConnection({ ...options, socket } as ClientRequestArgs & {
          socket: Socket;
        });
        callback?.(null, secured as Duplex);
        // Given up in the moment in which the proxy answered.
        if (tunnel.signal.aborted) secured?.destroy();
      },
      (error: Error) => {
        this.opening.delete(tunnel);
        // Node reads only the error here; its type wants a stream all the same.
        (callback as ((error: Error) => void) | undefined)?.(error);
      },
    );
    return undefined;
  }

  override destroy(): void {
    for (const tunnel of this.opening) tunnel.abort();
    super.destroy();
  }
}
