import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ServiceError } from '../../src/network/errors.js';
import { type Body, bufferBody } from '../../src/network/message.js';
import {
  CHUNK,
  failureOf,
  hugeBody,
  requestTo,
  serveBytes,
  serveHttp,
  transportFor,
} from './local-server.js';

describe('a connection that is lost', () => {
  const cases: [what: string, body: Body, lose: (socket: Socket) => void, unanswered: boolean][] = [
    ['amid the body', hugeBody, (socket) => socket.once('data', () => socket.resetAndDestroy()), false],
    [
      'after the body',
      bufferBody(Buffer.from('x')),
      (socket) => socket.once('data', () => socket.resetAndDestroy()),
      true,
    ],
    [
      'by an orderly end',
      bufferBody(Buffer.from('x')),
      (socket) => socket.once('data', () => socket.end()),
      true,
    ],
    [
      'amid the head of the answer',
      bufferBody(Buffer.from('x')),
      (socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-')),
      true,
    ],
    [
      'amid the body of the answer',
      bufferBody(Buffer.from('x')),
      (socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')),
      true,
    ],
    [
      'by a reset amid the body of the answer',
      bufferBody(Buffer.from('x')),
      (socket) =>
        socket.once('data', () =>
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', () =>
            setImmediate(() => socket.resetAndDestroy()),
          ),
        ),
      true,
    ],
  ];
  for (const [what, body, lose, unanswered] of cases) {
    it(`${what} is a failure that may pass${unanswered ? ', and the request may have been carried out' : ''}`, async (t) => {
      const server = await serveBytes(t, lose);
      const { transport } = transportFor(t);
      const error = await failureOf(transport.send(requestTo(server.url, { body })));
      assert.deepEqual([error.kind, error.unanswered, error.service], ['transient', unanswered, 'COS']);
      assert.notEqual(error.code, 'Stalled', 'it is noticed at once');
      assert.ok(error.message.includes(server.url.host), error.message);
    });
  }

  it('is not made when nobody listens: nothing was carried out', async (t) => {
    const { transport } = transportFor(t);
    // Nothing listens at port 1 of loopback.
    const gone = new URL('http://127.0.0.1:1');
    const error = await failureOf(transport.send(requestTo(gone)));
    assert.deepEqual([error.code, error.kind, error.unanswered], ['ECONNREFUSED', 'transient', false]);
  });

  it('takes its idle siblings with it', async (t) => {
    let requests = 0;
    const server = await serveHttp(t, (request, response) => {
      requests++;
      if (request.url === '/lost') request.socket.destroy();
      else if (requests > 2) response.end();
      else setImmediate(() => response.end());
    });
    const { transport } = transportFor(t);
    await Promise.all([transport.send(requestTo(server.url)), transport.send(requestTo(server.url))]);
    assert.equal(server.connections.length, 2);
    await failureOf(transport.send(requestTo(server.url, { path: '/lost' })));
    await transport.send(requestTo(server.url));
    assert.equal(server.connections.length, 3, 'the sibling may be dead, too');
  });
});

describe('a connection that stalls', () => {
  it('while the body is sent is given up', async (t) => {
    const server = await serveBytes(t, (socket) => socket.pause());
    const { transport } = transportFor(t, { stallTimeoutMs: 300 });
    const error = await failureOf(transport.send(requestTo(server.url, { body: hugeBody })));
    assert.deepEqual([error.code, error.kind, error.unanswered], ['Stalled', 'transient', false]);
    assert.match(error.message, /no byte taken in 0\.3 s/);
    assert.ok(transport.bytesSent < hugeBody.length);
  });

  it('before an answer is given up, and the request may have been carried out', async (t) => {
    const server = await serveHttp(t, (request) => request.resume());
    const { transport } = transportFor(t, { answerTimeoutMs: 150 });
    const error = await failureOf(transport.send(requestTo(server.url, { body: bufferBody(CHUNK) })));
    assert.deepEqual([error.code, error.kind, error.unanswered], ['Stalled', 'transient', true]);
    assert.match(error.message, /no answer in 0\.15 s/);
    const patient = requestTo(server.url, { answerTimeoutFactor: 2 });
    assert.match((await failureOf(transport.send(patient))).message, /no answer in 0\.3 s/);
  });

  it('amid an answer is given up', async (t) => {
    const server = await serveHttp(t, (_request, response) => {
      response.writeHead(200, { 'Content-Length': '10' }).write('half');
    });
    const { transport } = transportFor(t, { answerTimeoutMs: 150 });
    assert.equal((await failureOf(transport.send(requestTo(server.url)))).code, 'Stalled');
  });

  it('is not one that is slow: each byte counts', async (t) => {
    const server = await serveHttp(t, async (request, response) => {
      for await (const _ of request);
      // As COS does while it merges parts.
      for (let space = 0; space < 24; space++) {
        response.write(' ');
        await delay(50);
      }
      response.end('done');
    });
    const { transport } = transportFor(t, { stallTimeoutMs: 1000, answerTimeoutMs: 1000 });
    const slowBody: Body = {
      length: 24,
      chunks: async function* () {
        for (let byte = 0; byte < 24; byte++) {
          await delay(50);
          yield Buffer.from('x');
        }
      },
    };
    const [answer, sent] = await Promise.all([
      transport.send(requestTo(server.url)),
      transport.send(requestTo(server.url, { body: slowBody })),
    ]);
    assert.equal(answer.body.toString(), `${' '.repeat(24)}done`);
    assert.equal(sent.status, 200);
  });
});

describe('a cancelled request', () => {
  it('is not sent when the run was stopped before', async (t) => {
    const server = await serveHttp(t, (_request, response) => response.end());
    const { transport } = transportFor(t);
    const stop = new AbortController();
    stop.abort();
    const error = await failureOf(transport.send(requestTo(server.url, { signal: stop.signal })));
    assert.equal(error.kind, 'cancelled');
    assert.equal(server.connections.length, 0);
  });

  for (const [what, body] of [
    ['waits for its answer', bufferBody(Buffer.from('x'))],
    ['sends its body', hugeBody],
  ] as const) {
    it(`ends at once while it ${what}, and its connection is closed`, async (t) => {
      const stop = new AbortController();
      const closed: Promise<unknown>[] = [];
      const server = await serveBytes(t, (socket) => {
        closed.push(once(socket, 'close'));
        socket.once('data', () => stop.abort());
        socket.resume();
      });
      const { transport } = transportFor(t);
      const error = await failureOf(transport.send(requestTo(server.url, { body, signal: stop.signal })));
      assert.deepEqual([error.kind, error.code], ['cancelled', 'Cancelled']);
      await Promise.all(closed);
    });
  }

  it('leaves nothing that listens to the signal, however it ended', async (t) => {
    const server = await serveHttp(t, (_request, response) => response.end());
    const { transport } = transportFor(t);
    const stop = new AbortController();
    let listening = 0;
    const { signal } = stop;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...given: Parameters<typeof add>) => {
      listening++;
      add(...given);
    };
    signal.removeEventListener = (...given: Parameters<typeof remove>) => {
      listening--;
      remove(...given);
    };
    for (let turn = 0; turn < 3; turn++) await transport.send(requestTo(server.url, { signal }));
    assert.equal(listening, 0);
  });
});

describe('what can not be a service', () => {
  it('is an answer that never ends', async (t) => {
    const server = await serveHttp(t, (_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(CHUNK));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    const { transport } = transportFor(t);
    const error = await failureOf(transport.send(requestTo(server.url, { method: 'GET' })));
    assert.match(error.message, /the answer is over 4194304 bytes/);
  });

  it('is something that speaks another protocol', async (t) => {
    const server = await serveBytes(t, (socket) => socket.end('SSH-2.0-OpenSSH_9.0\r\n'));
    const { transport } = transportFor(t);
    assert.equal((await failureOf(transport.send(requestTo(server.url)))).kind, 'transient');
  });
});

describe('a request that can not be sent', () => {
  it('fails when its body is shorter than it said', async (t) => {
    const server = await serveHttp(t, (request, response) =>
      request.resume().on('end', () => response.end()),
    );
    const { transport } = transportFor(t);
    const body = { length: 10, chunks: () => [Buffer.from('short')] };
    const error = await failureOf(transport.send(requestTo(server.url, { body })));
    assert.match(error.message, /the body ended 5 bytes early/);
  });

  it('fails with the reason when its body can not be read', async (t) => {
    const server = await serveHttp(t, (request, response) =>
      request.resume().on('end', () => response.end()),
    );
    const { transport } = transportFor(t);
    const reason = new ServiceError('file', { code: 'FileChanged', message: 'changed', kind: 'final' });
    const body: Body = {
      length: 10,
      chunks: async function* () {
        yield Buffer.from('12345');
        throw reason;
      },
    };
    assert.equal(await failureOf(transport.send(requestTo(server.url, { body }))), reason);
  });

  it('fails when a header holds what headers can not', async (t) => {
    const server = await serveHttp(t, (_request, response) => response.end());
    const { transport } = transportFor(t);
    const error = await failureOf(
      transport.send(requestTo(server.url, { headers: { Authorization: 'key “quoted”' } })),
    );
    assert.equal(error.code, 'ERR_INVALID_CHAR');
    assert.ok(!error.message.includes('quoted'));
    assert.equal(server.connections.length, 0);
  });
});
