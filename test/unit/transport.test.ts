import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ServiceError } from '../../src/network/errors.js';
import { bufferBody, requestIdOf, retryAfterMs } from '../../src/network/message.js';
import { BufferPool } from '../../src/storage/buffer-pool.js';
import { SourceFile } from '../../src/storage/source-file.js';
import {
  CHUNK,
  failureOf,
  hugeBody,
  requestTo,
  serveBytes,
  serveHttp,
  transportFor,
} from './local-server.js';
import { atEnd, workspaceWith } from './workspace.js';

describe('a request', () => {
  it('goes out as it is told, and its answer comes back whole', async (t) => {
    const seen: unknown[] = [];
    const server = await serveHttp(t, async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { host, authorization, 'user-agent': agent, 'content-length': length } = request.headers;
      seen.push([
        request.method,
        request.url,
        host,
        agent,
        authorization,
        length,
        Buffer.concat(chunks).toString(),
      ]);
      response.writeHead(201, { ETag: '"e"' }).end('answer');
    });
    const { transport } = transportFor(t);
    const sent: number[] = [];
    const answer = await transport.send(
      requestTo(server.url, {
        path: '/a%20b?uploadId=x%2Fy',
        headers: { Host: 'bucket.example', Authorization: 'sign' },
        body: bufferBody(Buffer.from('bytes')),
        onSent: (bytes) => sent.push(bytes),
      }),
    );
    assert.deepEqual([answer.status, answer.headers.etag, answer.body.toString()], [201, '"e"', 'answer']);
    const query = new URL('/token?a=b', server.url);
    const { path: _, ...withoutPath } = requestTo(query, { method: 'GET' });
    await transport.send(withoutPath);
    const host = server.url.host;
    assert.deepEqual(seen, [
      ['PUT', '/a%20b?uploadId=x%2Fy', 'bucket.example', 'product/1.0', 'sign', '5', 'bytes'],
      ['GET', '/token?a=b', host, 'product/1.0', undefined, '0', ''],
    ]);
    assert.deepEqual([sent, transport.bytesSent], [[5], 5]);
  });

  it('carries a slice of a file, with its CRC-64 at the end', async (t) => {
    const workspace = workspaceWith(t, { 'a.mp4': 600_000 });
    const file = join(workspace, 'a.mp4');
    const { size, mtimeMs } = statSync(file);
    const source = await SourceFile.open({ file, path: 'a.mp4', size, mtimeMs }, new BufferPool());
    atEnd(t, () => source.close());
    let received = 0;
    const server = await serveHttp(t, (request, response) => {
      request.on('data', (chunk: Buffer) => {
        received += chunk.length;
      });
      request.on('end', () => response.end());
    });
    const { transport } = transportFor(t);
    const slice = source.slice(50_000, 550_000);
    await transport.send(requestTo(server.url, { body: slice }));
    assert.equal(received, 550_000);
    assert.equal(typeof slice.crc64, 'bigint');
  });

  it('uses one connection for many requests one after the other', async (t) => {
    const server = await serveHttp(t, (request, response) => {
      request.resume().on('end', () => response.writeHead(request.url === '/3' ? 404 : 200).end('x'));
    });
    const { transport } = transportFor(t);
    for (let number = 0; number < 100; number++) {
      const body = number % 3 === 0 ? {} : { body: bufferBody(CHUNK) };
      await transport.send(requestTo(server.url, { path: `/${number}`, ...body }));
    }
    assert.equal(server.connections.length, 1);
  });

  it('uses its connection again after an answer that came while the last bytes were still on their way', async (t) => {
    // The service answers at the head, and reads the body nevertheless.
    const server = await serveHttp(t, (_request, response) => response.end('x'));
    const { transport } = transportFor(t);
    const body = bufferBody(Buffer.alloc(8 * 1024 * 1024));
    for (let turn = 0; turn < 5; turn++) await transport.send(requestTo(server.url, { body }));
    assert.equal(server.connections.length, 1);
  });

  it('uses no more connections than requests were in flight', async (t) => {
    const server = await serveHttp(t, (request, response) => {
      request.resume().on('end', () => setImmediate(() => response.end('x')));
    });
    const { transport } = transportFor(t);
    const lane = async (): Promise<void> => {
      for (let number = 0; number < 25; number++) {
        await transport.send(requestTo(server.url, { body: bufferBody(CHUNK) }));
      }
    };
    await Promise.all([lane(), lane(), lane()]);
    assert.ok(server.connections.length <= 3, `${server.connections.length}`);
  });

  it('is told of in the debug log by host, status and RequestId, without path and headers', async (t) => {
    const server = await serveHttp(t, (_request, response) => {
      response.setHeader('x-cos-request-id', 'id-1').end();
    });
    const lines: string[] = [];
    const { transport } = transportFor(t, { debug: (line) => lines.push(line) });
    await transport.send(
      requestTo(server.url, { path: '/secret?sign=1', headers: { Authorization: 'secret' } }),
    );
    const stop = new AbortController();
    stop.abort();
    await failureOf(transport.send(requestTo(server.url, { signal: stop.signal })));
    const plain = lines.map((line) => line.replace(/\d+ ms/, 'N ms'));
    const { host } = server.url;
    assert.deepEqual(plain, [`COS PUT ${host} 200 N ms RequestId id-1`, `COS PUT ${host} Cancelled N ms`]);
  });
});

describe('an answer that comes before the body was read', () => {
  const refusal = 'HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno';

  it('is taken at once, and its connection is not used again', async (t) => {
    const server = await serveBytes(t, (socket) => {
      socket.once('data', () => {
        socket.pause();
        socket.write(refusal);
      });
    });
    const { transport } = transportFor(t);
    for (let turn = 1; turn <= 3; turn++) {
      const answer = await transport.send(requestTo(server.url, { body: hugeBody }));
      assert.deepEqual([answer.status, answer.body.toString()], [403, 'no']);
      assert.equal(server.connections.length, turn);
    }
    assert.ok(transport.bytesSent < 3 * hugeBody.length, 'the rest of the body is not sent');
  });

  it('may be followed by a reset', async (t) => {
    const server = await serveBytes(t, (socket) => {
      socket.once('data', () => {
        socket.pause();
        socket.write(refusal, () => setImmediate(() => socket.resetAndDestroy()));
      });
    });
    const { transport } = transportFor(t);
    // Whether the answer or the reset is seen first is the system's choice; it must not hang.
    const outcome = await transport
      .send(requestTo(server.url, { body: hugeBody }))
      .catch((error: unknown) => error);
    if (outcome instanceof ServiceError) assert.equal(outcome.kind, 'transient');
    else assert.equal((outcome as { status: number }).status, 403);
  });

  it('leaves room for others: as many of them as there are connections, and then one more', async (t) => {
    const server = await serveBytes(t, (socket) => {
      socket.once('data', () => {
        socket.pause();
        socket.write(refusal);
      });
    });
    const { transport } = transportFor(t);
    const all = Array.from({ length: 17 }, () => transport.send(requestTo(server.url, { body: hugeBody })));
    for (const { status } of await Promise.all(all)) assert.equal(status, 403);
  });
});

describe('headers of answers', () => {
  const answerWith = (headers: Record<string, string>) => ({ status: 503, headers, body: Buffer.alloc(0) });

  it('name the RequestId', () => {
    assert.equal(requestIdOf(answerWith({ 'x-cos-request-id': 'cos' })), 'cos');
    assert.equal(requestIdOf(answerWith({ 'x-tc-requestid': 'api' })), 'api');
    assert.equal(requestIdOf(answerWith({})), '');
  });

  it('ask to wait, in seconds or until a time', () => {
    const now = Date.parse('2026-01-31T10:00:00Z');
    const cases: [value: string, milliseconds: number][] = [
      ['3', 3000],
      ['0', 0],
      ['Sat, 31 Jan 2026 10:00:07 GMT', 7000],
      ['Sat, 31 Jan 2026 09:00:00 GMT', 0],
      ['soon', 0],
      ['', 0],
    ];
    for (const [value, milliseconds] of cases) {
      assert.equal(retryAfterMs(answerWith({ 'retry-after': value }), now), milliseconds, value);
    }
    assert.equal(retryAfterMs(answerWith({}), now), 0);
  });

  it('ask to wait until a time by their own clock, whatever that of the machine says', () => {
    const now = Date.parse('2026-01-31T10:00:00Z');
    const headers = { 'retry-after': 'Sat, 31 Jan 2026 11:00:07 GMT', date: 'Sat, 31 Jan 2026 11:00:00 GMT' };
    assert.equal(retryAfterMs(answerWith(headers), now), 7000);
    assert.equal(retryAfterMs(answerWith(headers), now + 2 * 3_600_000), 7000);
    assert.equal(retryAfterMs(answerWith({ ...headers, date: 'today' }), now), 3_607_000);
  });
});
