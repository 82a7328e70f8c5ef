import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InputReader } from '../../src/inputs/input-reader.js';
import { readSecrets } from '../../src/inputs/inputs.js';
import { ROLE, settings, sourceOf, violations } from './input-source.js';

describe('keys', () => {
  const ID = { TENCENTCLOUD_SECRET_ID: 'AKIDenv', TENCENTCLOUD_SECRET_KEY: 'keyenv' };

  it('come from the inputs and from the environment', () => {
    const read = settings({ 'secret-id': 'AKIDin', 'secret-key': 'keyin' }, ID);
    assert.deepEqual(read.inputKeys, { secretId: 'AKIDin', secretKey: 'keyin' });
    assert.deepEqual(read.environmentKeys, { secretId: 'AKIDenv', secretKey: 'keyenv' });
    assert.ok(!('inputKeys' in settings()) && !('environmentKeys' in settings()));
  });

  it('may have a token, under each of its names in turn', () => {
    assert.equal(
      settings({ 'secret-id': 'AKIDa', 'secret-key': 'b', 'session-token': 'c' }).inputKeys?.token,
      'c',
    );
    const names = ['TENCENTCLOUD_SESSION_TOKEN', 'TENCENTCLOUD_TOKEN', 'TENCENTCLOUD_SECURITY_TOKEN'];
    for (const [at] of names.entries()) {
      const tokens = Object.fromEntries(names.slice(at).map((name) => [name, name]));
      assert.equal(settings({}, { ...ID, ...tokens }).environmentKeys?.token, names[at]);
    }
  });

  const halves: [inputs: Record<string, string>, env: Record<string, string>, told: RegExp][] = [
    [{ 'secret-id': 'AKIDhidden' }, {}, /^secret-key: missing, while secret-id is given/],
    [{ 'secret-key': 'hidden' }, {}, /^secret-id: missing, while secret-key is given/],
    [{ 'session-token': 'hidden' }, {}, /^secret-id and secret-key: missing, while session-token is given/],
    [{ 'secret-id': 'AKIDhidden' }, ID, /^secret-key: missing/],
    [{}, { TENCENTCLOUD_SECRET_ID: 'AKIDhidden' }, /^TENCENTCLOUD_SECRET_KEY: missing/],
    [{}, { TENCENTCLOUD_TOKEN: 'hidden' }, /^TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY: missing/],
  ];
  for (const [inputs, env, told] of halves) {
    it(`with ${Object.keys({ ...inputs, ...env }).join(', ')} alone are told by the missing half`, () => {
      const [violation = '', ...others] = violations(inputs, env);
      assert.match(violation, told);
      assert.ok(!violation.includes('hidden'));
      assert.deepEqual(others, []);
    });
  }

  it('by halves do not matter to a dry run, which needs none', () => {
    const halves = [{ 'secret-id': 'AKIDx' }, { 'role-arn': 'qcs::cam::uin/1:roleName/r' }, {}];
    for (const inputs of halves) {
      const read = settings({ ...inputs, 'dry-run': 'true' }, { TENCENTCLOUD_SECRET_ID: 'AKIDx' });
      assert.deepEqual([read.inputKeys, read.oidc, read.environmentKeys], [undefined, undefined, undefined]);
    }
    const told = violations({ 'role-duration': 'long', 'dry-run': 'true' });
    assert.equal(told.length, 1, 'what is wrong by itself is told');
  });

  it('by halves in the environment do not matter when better ones were given', () => {
    const half = { TENCENTCLOUD_SECRET_ID: 'AKIDx' };
    assert.deepEqual(violations({ 'secret-id': 'AKIDa', 'secret-key': 'b' }, half), []);
    assert.deepEqual(violations(ROLE, half), []);
  });

  it('are not among what was given, whoever reads them', () => {
    const reader = new InputReader(sourceOf({ 'secret-key': 'hidden', region: 'x' }), {});
    assert.deepEqual([reader.text('secret-key'), reader.text('region')], ['hidden', 'x']);
    assert.deepEqual(reader.given, { region: 'x' });
  });

  it('with characters that no key has are told by their names alone', () => {
    const odd = { 'secret-id': 'hidden ', 'secret-key': 'hid\nden', 'session-token': 'hidden”' };
    const told = violations(odd);
    assert.deepEqual(
      told.map((line) => line.split(':')[0]),
      ['secret-id', 'secret-key', 'session-token'],
    );
    for (const line of told) assert.ok(!/hid/.test(line), line);
    assert.deepEqual(
      violations({ 'secret-id': 'AKID0aZ', 'secret-key': '+/=~!', 'session-token': 'x-_.' }),
      [],
    );
  });

  it('that are something else are found out before the network is asked', () => {
    const told = (id: string, key = 'b') => violations({ 'secret-id': id, 'secret-key': key });
    assert.match(told('hidden').join(), /^secret-id: it does not begin with AKID/);
    for (const [id, key] of [
      ['"AKIDhidden"', 'b'],
      ["'AKIDhidden'", 'b'],
      ['AKIDa', '`hidden`'],
    ] as const) {
      const violation = told(id, key).join();
      assert.match(violation, /^secret-(id|key): it is in quotes/);
      assert.ok(!violation.includes('hidden'));
    }
    assert.deepEqual(told('AKIDa', `a"b'`), []);
  });

  it('and tokens are all known as secrets before anything else is read', () => {
    const inputs = { 'secret-id': 'a', 'secret-key': 'b', 'session-token': 'c' };
    const env = {
      ...{ TENCENTCLOUD_SECRET_ID: 'd', TENCENTCLOUD_SECRET_KEY: 'e', TENCENTCLOUD_SESSION_TOKEN: 'f' },
      ...{ TENCENTCLOUD_TOKEN: 'g', TENCENTCLOUD_SECURITY_TOKEN: 'h', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'i' },
    };
    assert.deepEqual(readSecrets(sourceOf(inputs, env)).join(''), 'abcdefghi');
    assert.deepEqual(readSecrets(sourceOf({})), []);
  });
});

describe('keyless login', () => {
  it('has its defaults, and a session named after the run', () => {
    const run = { GITHUB_RUN_ID: '77', GITHUB_RUN_ATTEMPT: '2' };
    assert.deepEqual(settings(ROLE, run).oidc, {
      roleArn: 'qcs::cam::uin/1:roleName/r',
      providerId: 'github',
      audience: 'sts.tencentcloudapi.com',
      sessionName: 'github-actions-77-2',
      duration: 7200,
    });
    assert.equal(settings(ROLE).oidc?.sessionName, 'github-actions-0-1');
    assert.ok(!('oidc' in settings()));
  });

  it('knows where the runner hands out tokens only when it says both address and token', () => {
    const url = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://runner/token' };
    const token = { ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'bearer' };
    assert.deepEqual(settings(ROLE, { ...url, ...token }).oidc?.runner, {
      url: 'https://runner/token',
      token: 'bearer',
    });
    for (const env of [url, token]) assert.ok(!('runner' in (settings(ROLE, env).oidc ?? {})));
  });

  it('by halves is told by the missing half', () => {
    assert.match(
      violations({ 'role-arn': ROLE['role-arn'] })[0] ?? '',
      /^oidc-provider-id: missing, while role-arn is given/,
    );
    assert.match(
      violations({ 'oidc-provider-id': 'p' })[0] ?? '',
      /^role-arn: missing, while oidc-provider-id/,
    );
  });
});
