import { Agent, request as httpRequest } from 'node:http';
import { request as httpsRequest, Agent as TlsAgent } from 'node:https';
import { connect, type Socket } from 'node:net';

/** A reset reaches a client as one of these, depending on the system and on what it is doing. */
const RESETS = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);

/** What an error of a connection comes to: `reset`, or its code. */
export function errorOutcome({ code, message }: NodeJS.ErrnoException): string {
  if (code === undefined) return message;
  return RESETS.has(code) ? 'reset' : code;
}

/** A client that keeps its connection open and uses it again, as long as it lasts. */
export class Line {
  private readonly agent: Agent;
  private readonly begun = new Set<{ destroy(): unknown }>();

  constructor(
    private readonly url: string,
    private readonly ca: string,
  ) {
    const options = { keepAlive: true, maxSockets: 1 };
    this.agent = url.startsWith('https:') ? new TlsAgent(options) : new Agent(options);
  }

  /** Sends a request and says what came of it: the status, `reset`, or the code of another error. */
  ask(body?: Buffer): Promise<string> {
    const send = this.url.startsWith('https:') ? httpsRequest : httpRequest;
    return new Promise((resolve) => {
      const method = body === undefined ? 'GET' : 'PUT';
      const outgoing = send(`${this.url}/key`, { method, agent: this.agent, ca: this.ca });
      this.begun.add(outgoing);
      outgoing.once('error', (error) => resolve(errorOutcome(error)));
      outgoing.once('response', (response) => {
        response.resume().once('end', () => resolve(String(response.statusCode)));
      });
      outgoing.end(body);
    });
  }

  /** Ends its connection, and with it what has not been answered. */
  close(): void {
    for (const outgoing of this.begun) outgoing.destroy();
    this.agent.destroy();
  }
}

/** The lines of a test, which it closes together. */
export class Lines {
  private readonly made: Line[] = [];

  constructor(private readonly ca: string) {}

  /** A line of its own. */
  to(url: string): Line {
    const line = new Line(url, this.ca);
    this.made.push(line);
    return line;
  }

  /** Sends one request over a connection of its own. */
  ask(url: string): Promise<string> {
    return this.to(url).ask();
  }

  close(): void {
    for (const line of this.made.splice(0)) line.close();
  }
}

/** Asks a proxy for a tunnel. The answer is its status, `reset`, or the code of another error. */
export function askForTunnel(proxyUrl: string, target: string): { socket: Socket; answer: Promise<string> } {
  const { hostname, port } = new URL(proxyUrl);
  const socket = connect(Number(port), hostname);
  const answer = new Promise<string>((resolve) => {
    socket.once('error', (error) => resolve(errorOutcome(error)));
    socket.once('data', (chunk: Buffer) => resolve(chunk.toString('latin1').split(' ')[1] ?? ''));
    socket.once('close', () => resolve('closed'));
  });
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  return { socket, answer };
}

/** Milliseconds after which an awaited event is considered lost. */
const LONGEST_WAIT = 30_000;

/** Waits until something that is bound to happen has happened; fails when it does not. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + LONGEST_WAIT;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${String(condition)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
