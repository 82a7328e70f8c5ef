import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { callVod, send } from './cloud-client.js';
import { startEmulator } from './emulator.js';

const emulator = await startEmulator({ oidc: { maxDurationSeconds: 7200 } });
const { roleArn, providerId, audience } = emulator.settings.oidc;
beforeEach(() => emulator.reset());
after(() => emulator.close());

async function idToken(forAudience = audience): Promise<string> {
  const reply = await send(`${emulator.oidcRequestUrl}&audience=${encodeURIComponent(forAudience)}`, {
    method: 'GET',
    headers: { Authorization: `Bearer ${emulator.oidcRequestToken}` },
  });
  return JSON.parse(reply.body).value;
}

async function assume(parameters: Record<string, unknown>, headers: Record<string, string> = {}) {
  const reply = await send(emulator.stsUrl, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'X-TC-Action': 'AssumeRoleWithWebIdentity',
      'X-TC-Version': '2018-08-13',
      'X-TC-Timestamp': String(emulator.clock.seconds()),
      'X-TC-Region': 'ap-guangzhou',
      Authorization: 'SKIP',
      ...headers,
    },
    body: JSON.stringify({
      ProviderId: providerId,
      RoleArn: roleArn,
      RoleSessionName: 'github-actions-1-1',
      WebIdentityToken: await idToken(),
      ...parameters,
    }),
  });
  return JSON.parse(reply.body).Response;
}

describe('the OIDC endpoint', () => {
  it('gives a token with audience, subject and five minutes of life', async () => {
    const token = await idToken('some-audience');
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    assert.equal(claims.iss, 'https://token.actions.githubusercontent.com');
    assert.equal(claims.aud, 'some-audience');
    assert.equal(claims.sub, 'repo:octo-org/octo-repo:ref:refs/heads/main');
    assert.equal(claims.exp - claims.iat, 300);
  });

  it('refuses without the request token', async () => {
    const reply = await send(emulator.oidcRequestUrl, { method: 'GET' });
    assert.equal(reply.status, 401);
  });

  it('publishes its key', async () => {
    const reply = await send(`${emulator.oidcUrl}/.well-known/jwks`, { method: 'GET' });
    assert.equal(JSON.parse(reply.body).keys[0].kty, 'RSA');
  });
});

describe('AssumeRoleWithWebIdentity', () => {
  it('gives keys that the VOD API takes until they expire', async () => {
    const { Credentials, ExpiredTime, Expiration } = await assume({ DurationSeconds: 3600 });
    assert.equal(ExpiredTime, Date.parse(Expiration) / 1000);
    const { TmpSecretId: secretId, TmpSecretKey: secretKey, Token: token } = Credentials;
    const call = () =>
      callVod(emulator, 'ApplyUpload', { MediaType: 'mp4' }, { signer: { secretId, secretKey, token } });
    assert.equal((await call()).response.Error, undefined);
    emulator.clock.skewMs = 3_601_000;
    assert.equal((await call()).response.Error?.Code, 'AuthFailure.TokenFailure');
  });

  const refusals: ReadonlyArray<[name: string, code: string, parameters: Record<string, unknown>]> = [
    ['another role', 'InternalError.GetRoleError', { RoleArn: 'qcs::cam::uin/1:roleName/other' }],
    ['a role that is no ARN', 'InvalidParameter.ParamError', { RoleArn: 'publish-video' }],
    ['another provider', 'InvalidParameter.ParamError', { ProviderId: 'other' }],
    ['a session name with a space', 'InvalidParameter.ParamError', { RoleSessionName: 'a b' }],
    ['a session beyond the role', 'InvalidParameter.OverLimit', { DurationSeconds: 7201 }],
    ['a session of no time', 'InvalidParameter.ParamError', { DurationSeconds: 0 }],
    ['a token that is not one', 'InvalidParameter.WebIdentityTokenError', { WebIdentityToken: 'a.b.c' }],
    ['no token', 'MissingParameter', { WebIdentityToken: undefined }],
    ['an unknown field', 'UnknownParameter', { Policy: '{}' }],
  ];
  for (const [name, code, parameters] of refusals) {
    it(`refuses ${name}`, async () => assert.equal((await assume(parameters)).Error?.Code, code));
  }

  it('refuses a token for another audience', async () => {
    const { Error: refusal } = await assume({ WebIdentityToken: await idToken('other') });
    assert.equal(refusal.Code, 'UnauthorizedOperation');
  });

  it('refuses a token whose claims were changed', async () => {
    const [head, payload = '', signature] = (await idToken()).split('.');
    const claims = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), sub: 'repo:other/other' };
    const changed = Buffer.from(JSON.stringify(claims)).toString('base64url');
    const { Error: refusal } = await assume({ WebIdentityToken: `${head}.${changed}.${signature}` });
    assert.equal(refusal.Code, 'InvalidParameter.WebIdentityTokenError');
  });

  it('refuses a token of ten minutes ago', async () => {
    const token = await idToken();
    emulator.clock.skewMs = 600_000;
    assert.equal(
      (await assume({ WebIdentityToken: token })).Error.Code,
      'InvalidParameter.WebIdentityTokenError',
    );
  });

  it('refuses a subject that the role does not trust', async () => {
    const other = await startEmulator({
      oidc: { trustedSubjects: ['repo:octo-org/other:ref:refs/heads/main'] },
    });
    try {
      const reply = await send(`${other.oidcRequestUrl}&audience=${audience}`, {
        method: 'GET',
        headers: { Authorization: `Bearer ${other.oidcRequestToken}` },
      });
      const answer = await send(other.stsUrl, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          'X-TC-Action': 'AssumeRoleWithWebIdentity',
          'X-TC-Version': '2018-08-13',
          'X-TC-Timestamp': String(other.clock.seconds()),
          'X-TC-Region': 'ap-guangzhou',
          Authorization: 'SKIP',
        },
        body: JSON.stringify({
          ProviderId: providerId,
          RoleArn: roleArn,
          RoleSessionName: 'session',
          WebIdentityToken: JSON.parse(reply.body).value,
        }),
      });
      assert.equal(JSON.parse(answer.body).Response.Error.Code, 'UnauthorizedOperation');
    } finally {
      await other.close();
    }
  });

  it('refuses a signature where SKIP must be', async () => {
    const { Error: refusal } = await assume({}, { Authorization: 'TC3-HMAC-SHA256 Credential=null' });
    assert.equal(refusal.Code, 'AuthFailure.SignatureFailure');
  });

  it('can be throttled', async () => {
    emulator.fault({ service: 'sts', effect: { kind: 'error', code: 'RequestLimitExceeded' } });
    assert.equal((await assume({})).Error.Code, 'RequestLimitExceeded');
  });
});
