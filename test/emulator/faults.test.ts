import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, beforeEach, describe, it } from 'node:test';
import {
  type Applied,
  apply,
  authorizationOf,
  callCos,
  callVod,
  element,
  type Reply,
} from './cloud-client.js';
import { deferred } from './deferred.js';
import { startEmulator } from './emulator.js';
import {
  type Effect,
  type ErrorEffect,
  expiredCertificate,
  requestLimitExceeded,
  slowDown,
  userNetworkTooSlow,
} from './faults.js';

const MIB = 1024 * 1024;
const emulator = await startEmulator({ keepBodies: true });
beforeEach(() => emulator.reset());
after(() => emulator.close());

const code = (reply: Reply): string => element(reply.body, 'Code');

function put({ media: key, signer }: Applied, body: string | Buffer = 'video', tls = false): Promise<Reply> {
  const options = tls ? { options: { ca: emulator.caPem }, url: emulator.cosTlsUrl } : {};
  return callCos(emulator, { method: 'PUT', key, signer, body, ...options });
}

function faultPut(effect: Effect): void {
  emulator.fault({ service: 'cos', action: 'PutObject', effect });
}

/** A connection on which the head of a PUT was sent, and what came back so far. */
async function openPut({ media: key, signer }: Applied, length: number) {
  const { hostname, port, host } = new URL(emulator.cosUrl);
  const now = emulator.clock.seconds();
  const authorization = authorizationOf(host, `${now - 1};${now + 600}`, { method: 'PUT', key, signer });
  const socket = connect(Number(port), hostname);
  const lines = [
    `PUT /${key} HTTP/1.1`,
    `Host: ${host}`,
    `Authorization: ${authorization}`,
    `x-cos-security-token: ${signer.token}`,
    `Content-Length: ${length}`,
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  return socket;
}

describe('a fault answers instead of the service', () => {
  const errors: ReadonlyArray<[effect: ErrorEffect, status: number]> = [
    [slowDown, 503],
    [userNetworkTooSlow, 400],
    [expiredCertificate, 400],
    [{ kind: 'error', code: 'InternalError' }, 500],
    [{ kind: 'error', code: 'SlowDown', status: 429 }, 429],
  ];
  for (const [effect, status] of errors) {
    it(`${effect.code} with status ${status}, once`, async () => {
      const applied = await apply(emulator);
      faultPut(effect);
      const reply = await put(applied);
      assert.deepEqual([reply.status, code(reply)], [status, effect.code]);
      assert.equal(emulator.objects.size, 0);
      assert.equal((await put(applied)).status, 200);
      assert.deepEqual(
        emulator.requestsOf('cos').map((request) => request.code),
        [effect.code, ''],
      );
    });
  }

  it('Retry-After goes with it when it is given', async () => {
    const applied = await apply(emulator);
    faultPut({ ...slowDown, headers: { 'Retry-After': '7' } });
    assert.equal((await put(applied)).headers['retry-after'], '7');
  });

  it('an API error comes with status 200', async () => {
    emulator.fault({ service: 'vod', effect: requestLimitExceeded });
    const { status, response } = await callVod(emulator, 'ApplyUpload', { MediaType: 'mp4' });
    assert.deepEqual([status, response.Error?.Code], [200, 'RequestLimitExceeded']);
    assert.equal(emulator.sessions.length, 0);
  });

  it('a page of HTML comes from something in between', async () => {
    const applied = await apply(emulator);
    faultPut({ kind: 'html', status: 504 });
    const reply = await put(applied);
    assert.equal(reply.status, 504);
    assert.equal(reply.headers['content-type'], 'text/html');
    assert.match(reply.body, /^<html>/);
  });

  it('200 with an error document completes nothing', async () => {
    const applied = await apply(emulator);
    faultPut({ kind: '200-error', code: 'InternalError' });
    const reply = await put(applied);
    assert.deepEqual([reply.status, code(reply), emulator.objects.size], [200, 'InternalError', 0]);
  });
});

describe('a fault resets the connection', () => {
  for (const tls of [false, true]) {
    const over = tls ? 'over TLS' : 'in the clear';
    const cases: ReadonlyArray<[effect: Effect, stored: number]> = [
      [{ kind: 'reset-before' }, 0],
      [{ kind: 'reset-amid', afterBytes: MIB }, 0],
      [{ kind: 'reset-after' }, 1],
      [{ kind: 'reset-after-unprocessed' }, 0],
    ];
    for (const [effect, stored] of cases) {
      it(`${effect.kind} ${over}`, async () => {
        const applied = await apply(emulator);
        faultPut(effect);
        await assert.rejects(put(applied, Buffer.alloc(2 * MIB), tls), { code: /^(ECONNRESET|EPIPE)$/ });
        assert.equal(emulator.objects.size, stored);
        const [request] = emulator.requestsOf('cos');
        assert.deepEqual([request?.status, request?.fault], [0, effect.kind]);
        if (effect.kind === 'reset-amid')
          assert.ok((request?.bytes ?? 0) >= MIB && (request?.bytes ?? 0) < 2 * MIB);
        if (effect.kind === 'reset-before') assert.equal(request?.bytes, 0);
        assert.equal((await put(applied)).status, 200);
      });
    }
  }

  it('a commit can take effect although its answer is lost', async () => {
    const applied = await apply(emulator);
    await put(applied);
    emulator.fault({ service: 'vod', action: 'CommitUpload', effect: { kind: 'reset-after' } });
    await assert.rejects(callVod(emulator, 'CommitUpload', { VodSessionKey: applied.sessionKey }));
    assert.equal(emulator.media.length, 1);
  });
});

describe('a fault leaves the client waiting', () => {
  it('a stall reads nothing of a large body and answers nothing', async () => {
    const applied = await apply(emulator);
    faultPut({ kind: 'stall' });
    const socket = await openPut(applied, 64 * MIB);
    socket.write(Buffer.alloc(64 * MIB));
    while (emulator.requestsOf('cos')[0]?.fault !== 'stall')
      await new Promise((resolve) => setImmediate(resolve));
    // Others are served meanwhile, so the stalled one had its chance.
    assert.equal((await put(await apply(emulator), Buffer.alloc(MIB))).status, 200);
    assert.deepEqual([emulator.requestsOf('cos')[0]?.bytes, socket.writableLength > 0], [0, true]);
    assert.equal(emulator.inFlight.cos.now, 0);
    socket.destroy();
  });

  it('a stall amid the body stops where it was told to', async () => {
    const applied = await apply(emulator);
    faultPut({ kind: 'stall', afterBytes: 3 });
    const socket = await openPut(applied, 64 * MIB);
    socket.write('first');
    while (emulator.requestsOf('cos')[0]?.bytes !== 5) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(emulator.inFlight.cos.now, 0);
    socket.destroy();
  });

  it('an early answer comes before the body, which is never read', async () => {
    const applied = await apply(emulator);
    faultPut({ kind: 'early-answer', code: 'AccessDenied' });
    const socket = await openPut(applied, 64 * MIB);
    const text = await new Promise<string>((resolve) =>
      socket.once('data', (chunk) => resolve(chunk.toString())),
    );
    assert.match(text, /^HTTP\/1\.1 403 Forbidden\r\n/);
    assert.equal(element(text, 'Code'), 'AccessDenied');
    assert.equal(emulator.requestsOf('cos')[0]?.bytes, 0);
    socket.destroy();
  });

  it('an early answer can tell the client not to use the connection again', async () => {
    const applied = await apply(emulator);
    faultPut({ kind: 'early-answer', code: 'ServiceUnavailable', close: true });
    const reply = await put(applied);
    assert.deepEqual([reply.status, reply.headers.connection], [503, 'close']);
  });
});

describe('a fault changes the answer or its pace', () => {
  it('wrong-crc tells another CRC than that of the stored object', async () => {
    const applied = await apply(emulator);
    faultPut({ kind: 'wrong-crc' });
    const reply = await put(applied);
    assert.equal(reply.status, 200);
    assert.notEqual(reply.headers['x-cos-hash-crc64ecma'], emulator.objects.get(applied.media)?.crc64);
  });

  for (const withoutCrc of [false, true]) {
    it(`slow-complete sends spaces before the result, ${withoutCrc ? 'without' : 'with'} the CRC`, async () => {
      const { media: key, signer } = await apply(emulator);
      const begun = await callCos(emulator, { method: 'POST', key, signer, query: { uploads: '' } });
      const uploadId = element(begun.body, 'UploadId');
      const part = await callCos(emulator, {
        method: 'PUT',
        key,
        signer,
        body: 'x',
        query: { uploadId, partNumber: '1' },
      });
      emulator.fault({
        service: 'cos',
        action: 'CompleteMultipartUpload',
        effect: { kind: 'slow-complete', spaces: 3, intervalMs: 1, withoutCrc },
      });
      const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.etag}</ETag></Part></CompleteMultipartUpload>`;
      const reply = await callCos(emulator, { method: 'POST', key, signer, body, query: { uploadId } });
      assert.match(reply.body, /^ {3}<\?xml/);
      assert.equal(reply.headers['transfer-encoding'], 'chunked');
      assert.equal(
        reply.headers['x-cos-hash-crc64ecma'],
        withoutCrc ? undefined : emulator.objects.get(key)?.crc64,
      );
      assert.equal(emulator.objects.size, 1);
    });
  }

  it('slow-complete can end in an error', async () => {
    const applied = await apply(emulator);
    faultPut({ kind: 'slow-complete', spaces: 2, intervalMs: 1, code: 'InternalError' });
    const reply = await put(applied);
    assert.deepEqual([reply.status, code(reply), emulator.objects.size], [200, 'InternalError', 0]);
    assert.match(reply.body, /^ {2}<\?xml/);
  });

  it('delay and throttle change the time alone', async () => {
    const applied = await apply(emulator);
    faultPut({ kind: 'delay', ms: 20 });
    faultPut({ kind: 'throttle', bytesPerSecond: 20 * MIB });
    await put(applied);
    await put(applied, Buffer.alloc(MIB));
    const [delayed, throttled] = emulator.requestsOf('cos');
    for (const request of [delayed, throttled]) {
      assert.equal(request?.status, 200);
      // Timers may fire a millisecond early; both effects take at least 20 ms.
      assert.ok((request?.endedAt ?? 0) - (request?.startedAt ?? 0) >= 18);
    }
  });
});

describe('a request that waits for an event', () => {
  const arrived = async (): Promise<void> => {
    while (emulator.requestsOf('cos')[0]?.fault !== 'wait')
      await new Promise((resolve) => setImmediate(resolve));
  };

  it('is served once it has happened, and others are meanwhile', async () => {
    const [one, other] = [await apply(emulator), await apply(emulator)];
    const event = deferred();
    faultPut({ kind: 'wait', until: event.promise });
    const reply = put(one);
    await arrived();
    assert.equal((await put(other)).status, 200);
    assert.deepEqual([...emulator.objects.keys()], [other.media]);
    event.resolve();
    assert.equal((await reply).status, 200);
    assert.equal(emulator.objects.size, 2);
  });

  it('has no effect when its client goes away before', async () => {
    const applied = await apply(emulator);
    faultPut({ kind: 'wait', until: new Promise(() => undefined) });
    const socket = await openPut(applied, 5);
    await arrived();
    socket.destroy();
    while (emulator.requestsOf('cos')[0]?.endedAt === 0)
      await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([emulator.inFlight.cos.now, emulator.objects.size], [0, 0]);
  });
});

describe('a rule picks its requests', () => {
  it('by service, action and condition, after some, a number of times', async () => {
    const [one, two] = [await apply(emulator, { MediaName: 'one' }), await apply(emulator)];
    emulator.fault({
      service: 'cos',
      action: 'PutObject',
      match: (request) => request.path === `/${one.media}`,
      after: 1,
      times: 2,
      effect: slowDown,
    });
    const statuses = [];
    for (const applied of [one, two, one, one, two, one]) statuses.push((await put(applied)).status);
    assert.deepEqual(statuses, [200, 200, 503, 503, 200, 200]);
  });

  it('by the parameters of an API request, always, until the faults are cleared', async () => {
    emulator.fault({
      match: ({ body }) => (body as { MediaName?: string }).MediaName === 'bad',
      times: 'always',
      effect: { kind: 'error', code: 'InternalError' },
    });
    const apply = (MediaName: string) => callVod(emulator, 'ApplyUpload', { MediaType: 'mp4', MediaName });
    for (const name of ['bad', 'bad'])
      assert.equal((await apply(name)).response.Error?.Code, 'InternalError');
    assert.equal((await apply('good')).response.Error, undefined);
    emulator.clearFaults();
    assert.equal((await apply('bad')).response.Error, undefined);
  });
});
