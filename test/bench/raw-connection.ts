import type { FileHandle } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

/** A range of a file. */
export interface RawBody {
  handle: FileHandle;
  start: number;
  length: number;
}

/** An answer, its headers with lower-case names. */
export interface RawAnswer {
  status: number;
  headers: Map<string, string>;
  body: string;
}

/** Bytes of a read and a write. */
const CHUNK = 256 * 1024;

/** A TLS connection with HTTP/1.1 written by hand: nothing between the file and the socket. */
export class RawConnection {
  private received: Buffer = Buffer.alloc(0);
  private settle: { answered(): void; failed(error: Error): void } | undefined;
  private readonly buffers = [Buffer.allocUnsafeSlow(CHUNK), Buffer.allocUnsafeSlow(CHUNK)];

  private constructor(
    private readonly socket: TLSSocket,
    private readonly host: string,
  ) {
    socket.on('data', (chunk: Buffer) => {
      this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
      this.settle?.answered();
    });
    socket.on('error', (error) => this.settle?.failed(error));
    socket.on('close', () => this.settle?.failed(new Error(`${host} closed the connection`)));
  }

  /** Connects to a host on port 443 through a proxy. */
  static async open(proxy: URL, host: string): Promise<RawConnection> {
    const tunnel = await openTunnel(proxy, host);
    const socket = connectTls({ socket: tunnel, servername: host, ALPNProtocols: ['http/1.1'] });
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve).once('error', reject);
    });
    return new RawConnection(socket, host);
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @param head request line and headers but Host and Content-Length
   * @throws when the answer is not of the class 2xx, or the connection fails
   */
  async send(head: string, body: RawBody | string): Promise<RawAnswer> {
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    const start = `${head}\r\nHost: ${this.host}\r\nContent-Length: ${length}\r\n\r\n`;
    this.received = Buffer.alloc(0);
    const answer = this.answer();
    if (typeof body === 'string') {
      this.socket.write(start + body);
    } else {
      this.socket.write(start);
      // An answer before the end of the body, a failure here, must not count as unhandled meanwhile.
      answer.catch(() => undefined);
      await this.sendFile(body);
    }
    const { status, headers, body: text } = await answer;
    if (status < 200 || status > 299) throw new Error(`${head.split('\r\n')[0]}: ${status} ${text}`);
    return { status, headers, body: text };
  }

  close(): void {
    this.settle = undefined;
    this.socket.destroy();
  }

  private async sendFile({ handle, start, length }: RawBody): Promise<void> {
    const read = (turn: number, offset: number): Promise<Buffer> => {
      const buffer = this.buffers[turn % 2] as Buffer;
      const wanted = Math.min(CHUNK, length - offset);
      return handle.read(buffer, 0, wanted, start + offset).then(({ bytesRead }) => {
        if (bytesRead !== wanted) throw new Error('the file is shorter than it was');
        return buffer.subarray(0, wanted);
      });
    };
    let next = read(0, 0);
    for (let offset = 0, turn = 1; offset < length; turn += 1) {
      const chunk = await next;
      offset += chunk.length;
      if (offset < length) next = read(turn, offset);
      await new Promise<void>((resolve, reject) => {
        this.socket.write(chunk, (error) => (error ? reject(error) : resolve()));
      });
    }
  }

  private answer(): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      this.settle = {
        failed: reject,
        answered: () => {
          const answer = parseAnswer(this.received);
          if (answer === undefined) return;
          this.settle = undefined;
          resolve(answer);
        },
      };
    });
  }
}

/** Reads an answer with a Content-Length; undefined while it is not whole. */
export function parseAnswer(bytes: Buffer): RawAnswer | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [line = '', ...fields] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = new Map<string, string>();
  for (const field of fields) {
    const at = field.indexOf(':');
    headers.set(field.slice(0, at).toLowerCase(), field.slice(at + 1).trim());
  }
  const length = Number(headers.get('content-length') ?? 0);
  const body = bytes.subarray(end + 4);
  if (body.length < length) return undefined;
  return { status: Number(line.split(' ')[1]), headers, body: body.toString('utf8', 0, length) };
}

function openTunnel(proxy: URL, host: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: proxy.hostname, port: Number(proxy.port), noDelay: true });
    socket.once('error', reject);
    socket.write(`CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443\r\n\r\n`);
    socket.once('data', (answer: Buffer) => {
      socket.off('error', reject);
      if (/^HTTP\/1\.1 200 /.test(answer.toString('latin1'))) resolve(socket);
      else reject(new Error(`the proxy answered ${answer.toString('latin1')}`));
    });
  });
}
