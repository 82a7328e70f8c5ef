import { open, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { cutIntoParts, isMultipart, partSizeFor } from '../../src/storage/parts.js';
import { authorizationOf, element } from '../emulator/cloud-client.js';
import { qEncode } from '../emulator/qsign.js';
import { tc3Signature, utcDate } from '../emulator/tc3.js';
import { type RawBody, RawConnection } from './raw-connection.js';
import type { WorkFile, WorkMedium } from './workload.js';

/*
 * The limit that the bench compares with: it publishes the same media by the same requests over as many
 * connections, with as little as possible between file and socket. Each file is read once, nothing is
 * hashed, checked or repeated, and nothing is told of its progress.
 *
 *   node lib/test/bench/limit-sender.js order.json
 */

/** What the sender is told in its file. */
export interface LimitOrder {
  proxyUrl: string;
  secretId: string;
  secretKey: string;
  subAppId: number;
  /** Storage connections. */
  connections: number;
  media: WorkMedium[];
}

/** What ApplyUpload answers, as far as it is needed. */
interface Session {
  VodSessionKey: string;
  StorageBucket: string;
  StorageRegion: string;
  MediaStoragePath: string;
  TempCertificate: { SecretId: string; SecretKey: string; Token: string };
}

type Job = (connection: RawConnection) => Promise<void>;

/** Hands out jobs to workers, the heaviest first. */
class Jobs {
  private readonly queue: { weight: number; job: Job }[] = [];
  private readonly idle: ((job: Job | undefined) => void)[] = [];
  private over = false;

  /** Resolves when the job is done. */
  add(weight: number, work: (connection: RawConnection) => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const job = (connection: RawConnection): Promise<void> => work(connection).then(resolve, reject);
      const worker = this.idle.shift();
      if (worker !== undefined) worker(job);
      else {
        const at = this.queue.findIndex((other) => other.weight < weight);
        this.queue.splice(at < 0 ? this.queue.length : at, 0, { weight, job });
      }
    });
  }

  /** Works until the end; the connection is opened when the first job comes. */
  async work(connect: () => Promise<RawConnection>): Promise<void> {
    let connection: RawConnection | undefined;
    for (;;) {
      const next = this.queue.shift()?.job ?? (this.over ? undefined : await this.wait());
      if (next === undefined) break;
      connection ??= await connect();
      await next(connection);
    }
    connection?.close();
  }

  end(): void {
    this.over = true;
    for (const worker of this.idle.splice(0)) worker(undefined);
  }

  private wait(): Promise<Job | undefined> {
    return new Promise((resolve) => this.idle.push(resolve));
  }
}

/** Connections to the API. */
const API_CONNECTIONS = 8;
/** Milliseconds between two requests of one action: the service takes 100 a second, and the network may bunch them. */
const API_SPACING = 14;
/** Goes before every file: an upload that waits to be begun or completed is idle line. */
const CONTROL = Number.POSITIVE_INFINITY;

const order = JSON.parse(await readFile(process.argv[2] ?? '', 'utf8')) as LimitOrder;
const proxy = new URL(order.proxyUrl);
const apiHost = 'vod.tencentcloudapi.com';
const api = new Jobs();
const storage = new Jobs();
const nextCall = new Map<string, number>();

/** Waits until an action may be called again. */
async function nextTurn(action: string): Promise<void> {
  const now = performance.now();
  const turn = Math.max(now, nextCall.get(action) ?? 0);
  nextCall.set(action, turn + API_SPACING);
  await delay(turn - now);
}

async function callApi(action: string, parameters: Record<string, unknown>): Promise<Session> {
  let text = '';
  await api.add(0, async (connection) => {
    await nextTurn(action);
    const timestamp = Math.floor(Date.now() / 1000);
    const payload = JSON.stringify({ SubAppId: order.subAppId, ...parameters });
    const headers = [
      ['content-type', 'application/json'],
      ['host', apiHost],
    ] as const;
    const { secretId, secretKey } = order;
    const signing = { method: 'POST', query: '', headers, payload, timestamp, service: 'vod' };
    const scope = `${utcDate(timestamp)}/vod/tc3_request`;
    const answer = await connection.send(
      [
        'POST / HTTP/1.1',
        'Content-Type: application/json',
        `X-TC-Action: ${action}`,
        'X-TC-Version: 2018-07-17',
        'X-TC-Region: ap-guangzhou',
        `X-TC-Timestamp: ${timestamp}`,
        `Authorization: TC3-HMAC-SHA256 Credential=${secretId}/${scope}, SignedHeaders=content-type;host, Signature=${tc3Signature(secretKey, signing)}`,
      ].join('\r\n'),
      payload,
    );
    text = answer.body;
  });
  const { Response } = JSON.parse(text) as { Response: Session & { Error?: { Code: string } } };
  if (Response.Error !== undefined) throw new Error(`${action}: ${Response.Error.Code}`);
  return Response;
}

/** A storage request with what its session gives it: key, signature and token. */
class Bucket {
  readonly host: string;

  constructor(private readonly session: Session) {
    this.host = `${session.StorageBucket}.cos.${session.StorageRegion}.myqcloud.com`;
  }

  key({ relative }: WorkFile): string {
    const own = this.session.MediaStoragePath.slice(1);
    return relative === '' ? own : own.slice(0, own.lastIndexOf('/') + 1) + relative;
  }

  head(method: string, key: string, query: Record<string, string>): string {
    const { SecretId: secretId, SecretKey: secretKey, Token: token } = this.session.TempCertificate;
    const now = Math.floor(Date.now() / 1000);
    const signer = { secretId, secretKey, token };
    const signature = authorizationOf(this.host, `${now - 1};${now + 900}`, { method, key, query, signer });
    const parameters = Object.entries(query).map(([name, value]) => `${name}=${qEncode(value)}`);
    const path = key.split('/').map(qEncode).join('/');
    return [
      `${method} /${path}${parameters.length === 0 ? '' : `?${parameters.join('&')}`} HTTP/1.1`,
      `Authorization: ${signature}`,
      `x-cos-security-token: ${token}`,
    ].join('\r\n');
  }
}

async function sendFile(bucket: Bucket, file: WorkFile): Promise<void> {
  const { size } = file;
  const key = bucket.key(file);
  const handle = await open(file.file);
  const put = (query: Record<string, string>, body: RawBody, onEtag: (etag: string) => void): Promise<void> =>
    storage.add(body.length, async (connection) => {
      const { headers } = await connection.send(bucket.head('PUT', key, query), body);
      onEtag(headers.get('etag') ?? '');
    });
  if (!isMultipart(size, undefined)) {
    await put({}, { handle, start: 0, length: size }, () => undefined);
  } else {
    let uploadId = '';
    await storage.add(CONTROL, async (connection) => {
      const { body } = await connection.send(bucket.head('POST', key, { uploads: '' }), '');
      uploadId = element(body, 'UploadId');
    });
    const etags: string[] = [];
    const parts = cutIntoParts(size, partSizeFor(size, order.connections, undefined));
    await Promise.all(
      parts.map(({ number, start, length }) =>
        put({ partNumber: String(number), uploadId }, { handle, start, length }, (etag) => {
          etags[number - 1] = etag;
        }),
      ),
    );
    const listed = etags.map(
      (etag, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${etag}</ETag></Part>`,
    );
    const document = `<CompleteMultipartUpload>${listed.join('')}</CompleteMultipartUpload>`;
    await storage.add(CONTROL, async (connection) => {
      await connection.send(bucket.head('POST', key, { uploadId }), document);
    });
  }
  await handle.close();
}

let storageWorkers: Promise<void>[] | undefined;

async function publish({ files }: WorkMedium): Promise<void> {
  const type = files[0]?.file.split('.').at(-1);
  const session = await callApi('ApplyUpload', { MediaType: type });
  const bucket = new Bucket(session);
  // All media of an application lie in one bucket, so the connections serve all of them.
  storageWorkers ??= Array.from({ length: order.connections }, () =>
    storage.work(() => RawConnection.open(proxy, bucket.host)),
  );
  await Promise.all(files.map((file) => sendFile(bucket, file)));
  await callApi('CommitUpload', { VodSessionKey: session.VodSessionKey });
}

const apiWorkers = Array.from({ length: API_CONNECTIONS }, () =>
  api.work(() => RawConnection.open(proxy, apiHost)),
);
const sizeOf = ({ files }: WorkMedium): number => files.reduce((sum, { size }) => sum + size, 0);
await Promise.all([...order.media].sort((a, b) => sizeOf(b) - sizeOf(a)).map(publish));
api.end();
storage.end();
await Promise.all([...apiWorkers, ...(storageWorkers ?? [])]);
