import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EmulatedNames } from './names.js';

/** Answers `GET /?name=host.example` with the addresses of a name, or the code with which it fails. */
export class NamesServer {
  private constructor(private readonly server: Server) {}

  /** Listens on a free port of the loopback interface, which no outage touches. */
  static async open(names: EmulatedNames): Promise<NamesServer> {
    const server = createServer((request, response) => {
      const hostname = new URL(request.url ?? '/', 'http://localhost').searchParams.get('name') ?? '';
      void names.resolve(hostname).then((answer) => {
        response.setHeader('Content-Type', 'application/json');
        response.end(JSON.stringify('code' in answer ? answer : { addresses: answer }));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new NamesServer(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}
