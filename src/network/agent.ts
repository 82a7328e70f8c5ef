import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { type AgentOptions, type ClientRequestArgs, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { LookupFunction, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { openTunnel, type ProxySettings, proxyFor } from './proxy.js';

/** Milliseconds that a resolved name is used again. */
const NAME_LIFETIME = 60_000;

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

/** Creates the pool: keep-alive, resumed TLS sessions, cached names, tunnels through the proxy. */
export function createAgents(options: AgentsOptions): Agents {
  const shared: AgentOptions & { lookup: LookupFunction } = {
    keepAlive: true,
    maxSockets: options.maxSockets,
    maxFreeSockets: options.maxSockets,
    scheduling: 'lifo',
    lookup: cachedLookup(),
  };
  const tls = new TunnelingAgent(shared, options);
  const plain = new HttpAgent(shared);
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
    shared: AgentOptions,
    private readonly settings: AgentsOptions,
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
    if (proxy === undefined) return super.createConnection(options, callback);
    const tunnel = new AbortController();
    this.opening.add(tunnel);
    (options as PoolRequest).onTunnel?.(() => tunnel.abort());
    openTunnel(proxy, host, port, this.settings.connectTimeoutMs, tunnel.signal).then(
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

/**
 * A dns.lookup that remembers its answers. getaddrinfo runs on the same four threads as file reads, and
 * every new connection would ask again. The addresses are handed out in turn, so that connections spread
 * over the hosts behind a name.
 */
function cachedLookup(): LookupFunction {
  const known = new Map<string, { addresses: LookupAddress[]; until: number; turn: number }>();
  return (hostname, options, callback) => {
    const family = options.family === 'IPv4' ? 4 : options.family === 'IPv6' ? 6 : (options.family ?? 0);
    const key = `${hostname} ${family}`;
    const answer = (entry: { addresses: LookupAddress[]; turn: number }): void => {
      const at = entry.turn++ % entry.addresses.length;
      const turned = [...entry.addresses.slice(at), ...entry.addresses.slice(0, at)];
      if (options.all) callback(null, turned);
      else callback(null, turned[0]?.address ?? '', turned[0]?.family);
    };
    const cached = known.get(key);
    if (cached && cached.until > Date.now()) {
      process.nextTick(answer, cached);
      return;
    }
    systemLookup(hostname, { all: true, family, order: 'verbatim' }, (error, addresses) => {
      if (error) {
        callback(error, '', 0);
        return;
      }
      const entry = { addresses, until: Date.now() + NAME_LIFETIME, turn: 0 };
      known.set(key, entry);
      answer(entry);
    });
  };
}
