import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { adviceFor } from '../../src/advice.js';

describe('advice', () => {
  const cases: [code: string, advice: RegExp | undefined][] = [
    ['InvalidParameterValue.SubAppId', /sub-app-id/],
    ['AuthFailure.SignatureFailure', /secret-key/],
    ['AuthFailure.TokenFailure', /session-token/],
    ['UnauthorizedOperation', /vod:ApplyUpload and vod:CommitUpload/],
    ['UnauthorizedOperation.CamNoAuth', /vod:ApplyUpload and vod:CommitUpload/],
    ['RequestLimitExceeded.UinLimitExceeded', /Other jobs/],
    ['STS.UnauthorizedOperation', /trust policy/],
    ['STS.SomethingNew', /role-arn/],
    ['OIDC.HTTP403', /id-token: write/],
    ['CommitUncertain', /before publishing it again/],
    ['UserNetworkTooSlow', /lower concurrency/],
    ['ENOTFOUND', /endpoint/],
    ['InvalidParameterValue.SomethingNew', undefined],
    ['AuthFailure', undefined],
    ['constructor', undefined],
    ['__proto__.x', undefined],
    ['', undefined],
  ];
  for (const [code, advice] of cases) {
    it(`on ${code || 'nothing'} ${advice ? 'is known' : 'is not made up'}`, () => {
      const given = adviceFor(code);
      if (advice === undefined) assert.equal(given, undefined);
      else assert.match(given ?? '', advice);
    });
  }

  it('is one line, and names inputs that exist', () => {
    const { inputs } = parse(readFileSync(resolve('action.yml'), 'utf8')) as { inputs: object };
    const named = /\b(secret-id|secret-key|session-token|sub-app-id|[a-z]+-[a-z]+(?:-[a-z]+)*)\b/g;
    const plain = new Set(['id-token']);
    for (const [code] of cases) {
      const advice = adviceFor(code);
      if (advice === undefined) continue;
      assert.ok(!advice.includes('\n') && /[.]$/.test(advice), code);
      for (const name of advice.match(named) ?? []) {
        if (!/^(ap|na|eu)-/.test(name) && !plain.has(name)) assert.ok(name in inputs, `${code}: ${name}`);
      }
    }
  });
});
