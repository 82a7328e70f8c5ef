import assert from 'node:assert/strict';
import { after, beforeEach, describe, it, type TestContext } from 'node:test';
import { createKeyProvider } from '../../src/credentials/provider.js';
import { RoleSession, type RoleSessionOptions } from '../../src/credentials/role-session.js';
import { readClaims } from '../../src/credentials/runner-token.js';
import { UserError } from '../../src/errors.js';
import { Clock } from '../../src/network/clock.js';
import { classifyFailure } from '../../src/network/health/classify.js';
import { Retrier } from '../../src/network/health/retrier.js';
import { startEmulator } from '../emulator/emulator.js';
import { fastTimers } from './fast-timers.js';
import { failureOf, never, serveHttp, transportFor } from './local-server.js';

const KEYS = { secretId: 'AKIDx', secretKey: 'hidden' };
const ROLE = {
  roleArn: 'qcs::cam::uin/100000000001:roleName/publish-video',
  providerId: 'github-actions',
  audience: 'sts.tencentcloudapi.com',
  sessionName: 'github-actions-1-1',
  duration: 7200,
};
const RUNNER = { url: 'http://127.0.0.1:1/token', token: 'bearer' };

describe('the way to log in', () => {
  const connect = (): never => assert.fail('nothing needs the network here');

  it('is by the inputs’ keys first', async () => {
    const provider = createKeyProvider(
      { inputKeys: KEYS, oidc: ROLE, environmentKeys: { secretId: 'other', secretKey: 'k' } },
      connect,
    );
    assert.deepEqual(await provider.keys(never), KEYS);
    assert.equal(provider.source, 'the API key of the inputs secret-id and secret-key');
    assert.equal(provider.refused(KEYS), false);
  });

  it('is by the role before the environment’s keys', (t) => {
    const provider = createKeyProvider(
      { oidc: { ...ROLE, runner: RUNNER }, environmentKeys: KEYS },
      () => optionsFor(t, 'http://127.0.0.1:1').options,
    );
    assert.ok(provider instanceof RoleSession);
    assert.equal(provider.source, `the temporary credentials of the role ${ROLE.roleArn}`);
  });

  it('is by the environment’s keys at last, which may be temporary', async () => {
    const environmentKeys = { ...KEYS, token: 't' };
    const provider = createKeyProvider({ environmentKeys }, connect);
    assert.deepEqual(await provider.keys(never), environmentKeys);
    assert.match(provider.source, /^the temporary credentials of the environment variables/);
  });

  it('is explained where there is none', () => {
    assert.throws(
      () => createKeyProvider({}, connect),
      (error) =>
        error instanceof UserError && /role-arn.*\n.*secret-id.*\n.*TENCENTCLOUD_/.test(error.message),
    );
  });

  it('is not the environment’s keys where the job may not ask for a token: that is a mistake to mend', () => {
    assert.throws(
      () => createKeyProvider({ oidc: ROLE, environmentKeys: KEYS }, connect),
      (error) =>
        error instanceof UserError &&
        /permissions:\n {2}contents: read\n {2}id-token: write/.test(error.message),
    );
  });
});

function optionsFor(test: TestContext, stsUrl: string, clock = new Clock()) {
  const masked: string[] = [];
  const retries: string[] = [];
  const { transport } = transportFor(test);
  const options: Omit<RoleSessionOptions, 'oidc' | 'runner'> = {
    transport,
    clock,
    endpoint: new URL(stsUrl),
    region: 'ap-guangzhou',
    retrier: new Retrier({
      maxAttempts: 3,
      outageTimeoutMs: 40_000,
      classify: classifyFailure,
      onEvent: () => undefined,
      timers: fastTimers(20),
      onRetry: (what, { code }) => retries.push(`${what}: ${code}`),
    }),
    mask: (secret) => masked.push(secret),
  };
  return { options, masked, retries };
}

// One for all: its key for signing tokens takes long to make. Its time is set by hand.
const time = { now: Date.now() };
const emulator = await startEmulator({ now: () => time.now });
beforeEach(async () => {
  time.now = Date.now();
  await emulator.reset();
});
after(() => emulator.close());

/** A role session against the emulator. */
function sessionFor(test: TestContext, oidc: Partial<typeof ROLE> = {}) {
  const now = () => time.now;
  const clock = new Clock(now, now);
  const { options, masked, retries } = optionsFor(test, emulator.stsUrl, clock);
  const session = new RoleSession({
    ...options,
    oidc: { ...ROLE, ...oidc },
    runner: { url: emulator.oidcRequestUrl, token: emulator.oidcRequestToken },
  });
  return { session, masked, retries };
}

/** What STS was asked, by the first request. */
function asked(): Record<string, unknown> {
  const [request] = emulator.requestsOf('sts');
  assert.ok(request, 'STS was asked');
  return request.body as Record<string, unknown>;
}

const exchanges = () =>
  [emulator.requestsOf('oidc', 'GetIdToken'), emulator.requestsOf('sts')].map(({ length }) => length);

describe('a role session', () => {
  it('is one exchange, however many ask', async (t) => {
    const { session } = sessionFor(t);
    const all = await Promise.all(Array.from({ length: 20 }, () => session.keys(never)));
    assert.equal(new Set(all).size, 1);
    assert.equal(await session.keys(never), all[0]);
    assert.deepEqual(exchanges(), [1, 1]);
  });

  it('asks for what the inputs say', async (t) => {
    const { session } = sessionFor(t, { duration: 600, sessionName: 'release-1' });
    const { secretId, secretKey, token } = await session.keys(never);
    assert.ok(secretId && secretKey && token);
    assert.equal(emulator.requestsOf('oidc')[0]?.query.audience, ROLE.audience);
    const { WebIdentityToken, ...others } = asked();
    assert.equal(typeof WebIdentityToken, 'string');
    assert.deepEqual(others, {
      ProviderId: ROLE.providerId,
      RoleArn: ROLE.roleArn,
      RoleSessionName: 'release-1',
      DurationSeconds: 600,
    });
  });

  it('keeps every secret of it out of the log', async (t) => {
    const { session, masked } = sessionFor(t);
    const { secretId, secretKey, token } = await session.keys(never);
    assert.deepEqual(masked, [asked().WebIdentityToken, secretId, secretKey, token]);
  });

  it('is renewed in the last tenth of its life, by one exchange for all', async (t) => {
    const { session } = sessionFor(t, { duration: 100 });
    const first = await session.keys(never);
    time.now += 89_000;
    assert.equal(await session.keys(never), first);
    time.now += 2000;
    const renewed = await Promise.all([session.keys(never), session.keys(never)]);
    assert.notEqual(renewed[0].secretId, first.secretId);
    assert.equal(renewed[0], renewed[1]);
    assert.deepEqual(exchanges(), [2, 2]);
  });

  it('is begun anew when its keys are refused, but not for keys that were replaced meanwhile', async (t) => {
    const { session } = sessionFor(t);
    const first = await session.keys(never);
    assert.equal(session.refused(first), true);
    const second = await session.keys(never);
    assert.notEqual(second.secretId, first.secretId);
    assert.equal(session.refused(first), true);
    assert.equal(await session.keys(never), second);
    assert.deepEqual(exchanges(), [2, 2]);
  });

  it('is tried again where that can help', async (t) => {
    const { session, retries } = sessionFor(t);
    emulator.fault({ service: 'oidc', effect: { kind: 'html', status: 503 } });
    emulator.fault({ service: 'sts', effect: { kind: 'error', code: 'InternalError' } });
    emulator.fault({ service: 'sts', effect: { kind: 'error', code: 'RequestLimitExceeded' } });
    await session.keys(never);
    assert.deepEqual(retries, ['AssumeRoleWithWebIdentity: RequestLimitExceeded'], 'the others are outages');
    assert.deepEqual(exchanges(), [2, 3]);
  });

  it('that failed is not kept: the next request asks again', async (t) => {
    const { session } = sessionFor(t);
    emulator.fault({ service: 'sts', effect: { kind: 'error', code: 'UnauthorizedOperation' } });
    const [one, other] = await Promise.all([failureOf(session.keys(never)), failureOf(session.keys(never))]);
    assert.equal(one, other);
    assert.ok((await session.keys(never)).token);
  });

  it('outlives the one who asked first and was stopped', async (t) => {
    const { session } = sessionFor(t);
    const stop = new AbortController();
    emulator.fault({
      service: 'sts',
      effect: () => {
        stop.abort();
        return { kind: 'delay', ms: 10 };
      },
    });
    const [stopped, other] = [session.keys(stop.signal), session.keys(never)];
    assert.equal((await failureOf(stopped)).kind, 'cancelled');
    assert.ok((await other).token);
  });
});

describe('a token that is not exchanged', () => {
  const refusals: [what: string, oidc: Partial<typeof ROLE>, code: string][] = [
    ['for another audience', { audience: 'elsewhere' }, 'UnauthorizedOperation'],
    [
      'for a role that does not exist',
      { roleArn: 'qcs::cam::uin/1:roleName/none' },
      'InternalError.GetRoleError',
    ],
    ['for too long', { duration: 50_000 }, 'InvalidParameter.OverLimit'],
    ['of an unknown provider', { providerId: 'none' }, 'InvalidParameter.ParamError'],
  ];
  for (const [what, oidc, code] of refusals) {
    it(`${what} is told with its claims and never itself, and not tried again`, async (t) => {
      const { session } = sessionFor(t, oidc);
      const error = await failureOf(session.keys(never));
      assert.deepEqual([error.service, error.code, error.kind], ['STS', code, 'final']);
      const { message, requestId } = error;
      const { roleArn, providerId, audience } = { ...ROLE, ...oidc };
      for (const shown of [
        `The role is ${roleArn}, the provider ${providerId}`,
        'iss https://token.actions.githubusercontent.com',
        `aud ${audience}`,
        'sub repo:octo-org/octo-repo:ref:refs/heads/main',
      ]) {
        assert.ok(message.includes(shown), `${shown}: ${message}`);
      }
      const jwt = String(asked().WebIdentityToken);
      for (const piece of jwt.split('.')) assert.ok(!message.includes(piece));
      assert.ok(!message.includes(emulator.oidcRequestToken));
      assert.equal(requestId, emulator.requestsOf('sts')[0]?.requestId);
      assert.deepEqual(exchanges(), [1, 1]);
    });
  }

  it('for want of an answer is told by the connection, without claims', async (t) => {
    const { session } = sessionFor(t);
    emulator.fault({ service: 'sts', times: 'always', effect: { kind: 'reset-before' } });
    const error = await failureOf(session.keys(never));
    assert.equal(error.code, 'ECONNRESET');
    assert.match(error.message, /^Gave up after \d+ s without an answer from /);
    assert.ok(emulator.requestsOf('sts').length > 3);
  });
});

describe('the runner', () => {
  const answers: [what: string, status: number, body: string, isOnce: boolean, code: string][] = [
    ['refuses', 401, '{"message":"no"}', true, 'HTTP401'],
    ['is busy', 503, '', false, 'HTTP503'],
    ['answers with a page', 200, '<html>', false, 'HTTP200'],
    ['answers without a token', 200, '{"count":0}', false, 'HTTP200'],
    ['answers with an empty token', 200, '{"value":""}', false, 'HTTP200'],
  ];
  for (const [what, status, body, isOnce, code] of answers) {
    it(`that ${what} is asked ${isOnce ? 'once' : 'again'}, and named`, async (t) => {
      let requests = 0;
      const seen: unknown[] = [];
      const server = await serveHttp(t, (request, response) => {
        requests++;
        seen.push([request.url, request.headers.authorization]);
        response.writeHead(status).end(body);
      });
      const session = new RoleSession({
        ...optionsFor(t, 'http://127.0.0.1:1').options,
        oidc: ROLE,
        runner: { url: new URL('/token?api-version=2.0', server.url).href, token: 'bearer-token' },
      });
      const error = await failureOf(session.keys(never));
      assert.deepEqual([error.service, error.code, requests === 1], ['OIDC', code, isOnce]);
      assert.ok(!error.message.includes('bearer-token'));
      assert.match(error.message, /no OIDC token for the audience sts\.tencentcloudapi\.com/);
      assert.deepEqual(seen[0], [
        '/token?api-version=2.0&audience=sts.tencentcloudapi.com',
        'Bearer bearer-token',
      ]);
    });
  }
});

describe('the claims of a token', () => {
  it('are read without trust in what it is', () => {
    const payload = Buffer.from(JSON.stringify({ iss: 'i', aud: 'a', sub: 's' })).toString('base64url');
    assert.deepEqual(readClaims(`x.${payload}.y`), { iss: 'i', aud: 'a', sub: 's' });
    const unknown = { iss: 'unknown', aud: 'unknown', sub: 'unknown' };
    for (const token of ['', 'a.b.c', `x.${Buffer.from('null').toString('base64url')}.y`]) {
      assert.deepEqual(readClaims(token), unknown);
    }
  });
});
