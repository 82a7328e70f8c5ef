import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { type ApiCall, callApi } from '../../src/api/call.js';
import { apiFailureKind } from '../../src/api/errors.js';
import { Clock } from '../../src/network/clock.js';
import type { FailureKind } from '../../src/network/errors.js';
import { permanentKey } from '../emulator/cloud-client.js';
import { type EmulatorOptions, startEmulator } from '../emulator/emulator.js';
import { failureOf, never, serveHttp, transportFor } from './local-server.js';

const callTo = (endpoint: URL, changes: Partial<ApiCall> = {}): ApiCall => ({
  service: 'VOD',
  scope: 'vod',
  endpoint,
  version: '2018-07-17',
  action: 'ApplyUpload',
  region: 'ap-guangzhou',
  payload: { MediaType: 'mp4', MediaName: '影片 “1”' },
  signal: never,
  ...changes,
});

/** An API that answers every call in the same way. */
async function answering(
  test: TestContext,
  status: number,
  body: string,
  headers: Record<string, string> = {},
) {
  const seen: { headers: IncomingHttpHeaders; body: string }[] = [];
  const server = await serveHttp(test, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    seen.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    response.writeHead(status, headers).end(body);
  });
  const { transport } = transportFor(test);
  const call = (changes: Partial<ApiCall> = {}, clock = new Clock()) =>
    callApi(transport, clock, callTo(server.url, changes));
  return { call, seen };
}

async function emulated(test: TestContext, options: EmulatorOptions = {}) {
  const emulator = await startEmulator(options);
  test.after(() => emulator.close());
  const { transport } = transportFor(test);
  const { secretId, secretKey } = permanentKey(emulator);
  const clock = new Clock();
  const call = (changes: Partial<ApiCall> = {}) =>
    callApi(
      transport,
      clock,
      callTo(new URL(emulator.vodUrl), { keys: { secretId, secretKey }, ...changes }),
    );
  return { emulator, call, clock };
}

describe('a call of the API', () => {
  it('is signed so that the service takes it, and gives the fields of its answer', async (t) => {
    const { emulator, call } = await emulated(t);
    const response = await call();
    assert.equal(typeof response.VodSessionKey, 'string');
    assert.match(response.RequestId, /^[0-9a-f-]{36}$/);
    assert.deepEqual(emulator.sessions[0]?.request, { MediaType: 'mp4', MediaName: '影片 “1”' });
  });

  it('says action, version, region and language, and has a token for temporary keys', async (t) => {
    const { call, seen } = await answering(t, 200, '{"Response":{"RequestId":"id"}}');
    await call({ keys: { secretId: 'AKIDx', secretKey: 'k', token: 'temporary' } });
    const { headers, body } = seen[0] ?? assert.fail();
    assert.deepEqual(
      ['action', 'version', 'region', 'language', 'token'].map((name) => headers[`x-tc-${name}`]),
      ['ApplyUpload', '2018-07-17', 'ap-guangzhou', 'en-US', 'temporary'],
    );
    assert.match(
      headers.authorization ?? '',
      /^TC3-HMAC-SHA256 Credential=AKIDx\/\d{4}-\d\d-\d\d\/vod\/tc3_request,/,
    );
    assert.equal(body, JSON.stringify(callTo(new URL('http://x')).payload));
    await call({ keys: { secretId: 'AKIDx', secretKey: 'k' } });
    assert.equal(seen[1]?.headers['x-tc-token'], undefined);
  });

  it('may be unsigned', async (t) => {
    const { call, seen } = await answering(t, 200, '{"Response":{"RequestId":"id"}}');
    await call();
    assert.equal(seen[0]?.headers.authorization, 'SKIP');
  });

  it('tells a refusal by code, message and RequestId', async (t) => {
    const { emulator, call } = await emulated(t);
    const error = await failureOf(call({ payload: { MediaType: 'exe' } }));
    assert.deepEqual(
      [error.service, error.code, error.kind, error.status],
      ['VOD', 'InvalidParameterValue.MediaType', 'final', 200],
    );
    assert.equal(error.requestId, emulator.requests[0]?.requestId);
    assert.match(error.message, /exe/);
  });

  it('takes note of the service’s time', async (t) => {
    const { emulator, call, clock } = await emulated(t, { skewMs: 120_000 });
    await call();
    assert.ok(clock.serverNow() - Date.now() > 110_000);
    assert.equal(clock.offsetMs, 0);
    emulator.clock.skewMs = 240_000;
    await failureOf(call({ payload: { MediaType: 'exe' } }));
    assert.ok(clock.serverNow() - Date.now() > 230_000, 'by refusals, too');
  });

  it('corrects the clock by a refusal, and again when the time steps after it was right', async (t) => {
    const { emulator, call, clock } = await emulated(t, { skewMs: 3_600_000 });
    const early = await failureOf(call());
    assert.deepEqual([early.code, early.kind], ['AuthFailure.SignatureExpire', 'corrected']);
    await call();
    assert.ok(Math.abs(clock.offsetMs - 3_600_000) < 60_000);
    emulator.clock.skewMs = -3_600_000;
    const late = await failureOf(call());
    assert.deepEqual([late.code, late.kind], ['AuthFailure.SignatureExpire', 'corrected']);
    await call();
  });
});

describe('an error of the API', () => {
  const kinds: [code: string, kind: FailureKind][] = [
    ['RequestLimitExceeded', 'throttled'],
    ['RequestLimitExceeded.UinLimitExceeded', 'throttled'],
    ['RequestLimitExceededX', 'final'],
    ['InternalError', 'transient'],
    ['InternalError.DBError', 'transient'],
    ['InternalErrors', 'final'],
    ['AuthFailure.SignatureExpire', 'corrected'],
    ['AuthFailure.SignatureFailure', 'final'],
    ['FailedOperation.InvalidVodUser', 'final'],
    ['InvalidParameterValue.SubAppId', 'final'],
    ['UnauthorizedOperation', 'final'],
    ['ResourceNotFound', 'final'],
    ['', 'final'],
  ];
  for (const [code, kind] of kinds) {
    it(`${code || 'without a code'} is ${kind}`, () => {
      assert.equal(apiFailureKind(code), kind);
    });
  }

  it('asks to wait by Retry-After', async (t) => {
    const body =
      '{"Response":{"Error":{"Code":"RequestLimitExceeded","Message":"Slower."},"RequestId":"id"}}';
    const { call } = await answering(t, 200, body, { 'Retry-After': '3' });
    const error = await failureOf(call());
    assert.deepEqual(
      [error.code, error.kind, error.retryAfterMs],
      ['RequestLimitExceeded', 'throttled', 3000],
    );
  });

  it('may lack its parts', async (t) => {
    const { call } = await answering(t, 200, '{"Response":{"Error":{}}}');
    const error = await failureOf(call());
    assert.deepEqual([error.code, error.message, error.requestId], ['UnknownError', '', '']);
  });
});

describe('an answer that is not the API’s', () => {
  const answers: [status: number, body: string, kind: FailureKind, unanswered: boolean][] = [
    [502, '<html>Bad Gateway</html>', 'transient', true],
    [500, '', 'transient', true],
    [429, 'slow down', 'throttled', false],
    [403, '<html>Forbidden</html>', 'final', false],
    [404, '{"message":"no such route"}', 'final', false],
    [302, '', 'final', false],
    [200, '<html>Log in to the network</html>', 'transient', true],
    [200, '{"Response":"text"}', 'transient', true],
    [200, '{"Response":null}', 'transient', true],
    [200, 'null', 'transient', true],
    [200, '', 'transient', true],
  ];
  for (const [status, body, kind, unanswered] of answers) {
    it(`with status ${status} and ${JSON.stringify(body)} is ${kind}`, async (t) => {
      const clock = new Clock(() => 0);
      const date = 'Sat, 31 Jan 2026 10:00:00 GMT';
      const { call } = await answering(t, status, body, { 'Retry-After': '3', Date: date });
      const error = await failureOf(call({}, clock));
      assert.deepEqual([error.code, error.kind, error.unanswered], [`HTTP${status}`, kind, unanswered]);
      assert.equal(error.retryAfterMs, 3000);
      assert.equal(clock.serverNow(), 0, 'its clock says nothing about that of the API');
    });
  }
});
