import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { DEFAULTS, type ReportSettings, readReportSettings } from '../../src/inputs/inputs.js';
import type { Settings } from '../../src/inputs/settings.js';
import { ROLE, settings, sourceOf, violations } from './input-source.js';

const MIB = 1024 * 1024;
const LONG = 's'.repeat(1000);

const action = parse(readFileSync(resolve('action.yml'), 'utf8')) as {
  inputs: Record<string, { default?: unknown; required?: boolean }>;
};

/** Paths that mean more on Windows than elsewhere, and what they are read as. */
const WINDOWS_PATHS: Record<string, string> =
  process.platform === 'win32'
    ? { 'C:\\x\\r.json': 'C:\\x\\r.json', 'out\\r.json': resolve('/w/out/r.json'), 'C:/r.json': 'C:\\r.json' }
    : {};

interface Expectation {
  /** Values that the input takes, and what is read. */
  good: Record<string, unknown>;
  /** Values that it does not take. */
  bad: string[];
  of(read: Settings & ReportSettings): unknown;
  /** Inputs that this one makes sense with only. */
  alongside?: Record<string, string>;
}

const INPUTS: Record<string, Expectation> = {
  files: {
    good: { 'a.mp4\n!b.mp4': 'a.mp4\n!b.mp4' },
    bad: ['', '!a.mp4', '# all of them', '!a\n\n# b'],
    of: ({ files }) => files,
  },
  'if-no-files-found': {
    good: { '': 'error', warn: 'warn', ignore: 'ignore' },
    bad: ['Warn', 'fail', 'error warn'],
    of: ({ ifNoFilesFound }) => ifNoFilesFound,
  },
  region: {
    good: { '': 'ap-guangzhou', 'ap-shanghai-fsi': 'ap-shanghai-fsi' },
    bad: ['AP-Guangzhou', 'ap guangzhou', 'ap_guangzhou', 'ap-guangzhou\n'],
    of: ({ region }) => region,
  },
  'sub-app-id': {
    good: { '': undefined, '1500000001': 1_500_000_001, '9007199254740991': Number.MAX_SAFE_INTEGER },
    bad: ['0', '-1', '1.5', '1e9', '0x10', '9007199254740993', 'abc', '1 500'],
    of: ({ apply }) => apply.subAppId,
  },
  'media-name': {
    good: { '': '{name}', 'Launch {base}': 'Launch {base}' },
    bad: ['{nmae}', '{name', 'two\nlines', 'a\u0007b'],
    of: ({ mediaName }) => mediaName.source,
  },
  'media-type': {
    good: { '': undefined, MP4: 'mp4', '3gp': '3gp' },
    bad: ['.mp4', 'video/mp4', 'm p', 'x'.repeat(17)],
    of: ({ mediaType }) => mediaType,
  },
  cover: {
    good: { '': [], '{name}.jpg\n\n  a.png  ': ['{name}.jpg', 'a.png'] },
    bad: ['{nmae}.jpg', 'a.jpg\n{'],
    of: ({ cover }) => cover.map(({ source }) => source),
  },
  'if-no-cover-found': {
    good: { '': 'error', ignore: 'ignore' },
    bad: ['no'],
    of: ({ ifNoCoverFound }) => ifNoCoverFound,
  },
  'cover-type': {
    good: { '': undefined, JPG: 'jpg' },
    bad: ['.jpg', 'image/jpeg'],
    of: ({ coverType }) => coverType,
  },
  procedure: {
    good: { '': undefined, 'Lesson transcode': 'Lesson transcode' },
    bad: ['a\nb'],
    of: ({ apply }) => apply.procedure,
  },
  'class-id': {
    good: { '': undefined, '0': 0, '-1': -1, '12': 12 },
    bad: ['1.0', 'films', '9007199254740992'],
    of: ({ apply }) => apply.classId,
  },
  'expire-time': {
    good: {
      '': undefined,
      P14D: '2026-02-14T10:00:00Z',
      '2030-01-31T12:00:00+08:00': '2030-01-31T04:00:00Z',
    },
    bad: ['2026-01-31T09:59:59Z', 'soon', '14'],
    of: ({ apply }) => apply.expireTimeAt?.(Date.parse('2026-01-31T10:00:00Z')),
  },
  'source-context': {
    good: {
      '': undefined,
      '{path}': '{path}',
      'two\nlines': 'two\nlines',
      ['👍'.repeat(250)]: '👍'.repeat(250),
    },
    bad: ['s'.repeat(251), '{x}'],
    of: ({ sourceContext }) => sourceContext?.source,
  },
  'session-context': {
    good: { '': undefined, ['s'.repeat(1000)]: 's'.repeat(1000), [`{ext}${LONG}`]: `{ext}${LONG}` },
    bad: ['s'.repeat(1001), '{'],
    of: ({ sessionContext }) => sessionContext?.source,
  },
  'storage-region': {
    good: { '': undefined, 'ap-guangzhou-2': 'ap-guangzhou-2' },
    bad: ['a\tb'],
    of: ({ apply }) => apply.storageRegion,
  },
  'media-storage-path': {
    good: { '': undefined, '/films/{path}': '/films/{path}' },
    bad: ['films/{path}', '{path}', '/{film}', '/a\n/b'],
    of: ({ mediaStoragePath }) => mediaStoragePath?.source,
  },
  concurrency: {
    good: { '': 32, '1': 1, '256': 256 },
    bad: ['0', '257', '-1', '2.5', 'many'],
    of: ({ concurrency }) => concurrency,
  },
  'part-size': {
    good: { '': undefined, '1': MIB, '5120': 5120 * MIB },
    bad: ['0', '5121', '8MB', '1.5'],
    of: ({ partSize }) => partSize,
  },
  'checksums-file': {
    good: { '': undefined, SHA256SUMS: resolve('/w/SHA256SUMS') },
    bad: ['a\nb'],
    of: ({ checksumsFile }) => checksumsFile,
  },
  'outage-timeout': {
    good: { '': 300_000, PT1S: 1000, PT6H: 21_600_000, PT1M30S: 90_000, P0DT2H: 7_200_000 },
    bad: ['PT0S', 'PT6H1S', '5m', '300', 'P1M', 'PT', 'P1D'],
    of: ({ outageTimeoutMs }) => outageTimeoutMs,
  },
  'max-attempts': {
    good: { '': 5, '1': 1, '20': 20 },
    bad: ['0', '21'],
    of: ({ maxAttempts }) => maxAttempts,
  },
  'fail-fast': {
    good: { '': false, true: true, False: false },
    bad: ['yes', '1', 'tRuE', 'true false'],
    of: ({ failFast }) => failFast,
  },
  'dry-run': { good: { '': false, TRUE: true }, bad: ['on'], of: ({ dryRun }) => dryRun },
  'results-file': {
    good: {
      '': resolve('/t/vod-results.json'),
      'out/r.json': resolve('/w/out/r.json'),
      '/abs/r.json': resolve('/abs/r.json'),
      ...WINDOWS_PATHS,
    },
    bad: ['a\nb'],
    of: ({ resultsFile }) => resultsFile,
  },
  summary: { good: { '': true, false: false }, bad: ['no'], of: ({ summary }) => summary },
  'secret-id': {
    good: { AKIDx: 'AKIDx' },
    bad: [],
    of: ({ inputKeys }) => inputKeys?.secretId,
    alongside: { 'secret-key': 'k' },
  },
  'secret-key': {
    good: { k: 'k' },
    bad: [],
    of: ({ inputKeys }) => inputKeys?.secretKey,
    alongside: { 'secret-id': 'AKIDx' },
  },
  'session-token': {
    good: { '': undefined, t: 't' },
    bad: [],
    of: ({ inputKeys }) => inputKeys?.token,
    alongside: { 'secret-id': 'AKIDx', 'secret-key': 'k' },
  },
  'role-arn': {
    good: { 'qcs::cam::uin/100:roleName/a-b': 'qcs::cam::uin/100:roleName/a-b' },
    bad: ['a\nb', 'r', 'arn:aws:iam::123456789012:role/r', 'acs:ram::1:role/r', 'qcs::cam::uin/1:roleName/'],
    of: ({ oidc }) => oidc?.roleArn,
    alongside: ROLE,
  },
  'oidc-provider-id': {
    good: { p: 'p' },
    bad: ['a\nb'],
    of: ({ oidc }) => oidc?.providerId,
    alongside: ROLE,
  },
  'oidc-audience': {
    good: { '': 'sts.tencentcloudapi.com', a: 'a' },
    bad: ['a\nb'],
    of: ({ oidc }) => oidc?.audience,
    alongside: ROLE,
  },
  'role-session-name': {
    good: { '': 'github-actions-0-1', s: 's' },
    bad: ['a\nb'],
    of: ({ oidc }) => oidc?.sessionName,
    alongside: ROLE,
  },
  'role-duration': {
    good: { '': 7200, '1': 1, '43200': 43_200 },
    bad: ['0', '43201', '2h'],
    of: ({ oidc }) => oidc?.duration,
    alongside: ROLE,
  },
  'vod-endpoint': {
    good: { '': 'https://vod.tencentcloudapi.com/', 'http://127.0.0.1:80': 'http://127.0.0.1/' },
    bad: ['http://vod.example', 'ftp://a', 'a/b', '{region}.example'],
    of: ({ vodEndpoint }) => vodEndpoint.href,
  },
  'sts-endpoint': {
    good: { '': 'https://sts.tencentcloudapi.com/', 'sts.example:8443': 'https://sts.example:8443/' },
    bad: ['http://sts.example', 'a b'],
    of: ({ stsEndpoint }) => stsEndpoint.href,
  },
  'cos-endpoint': {
    good: { '': '{bucket}.cos.{region}.myqcloud.com', 'http://localhost:9000': 'http://localhost:9000' },
    bad: ['{zone}.example', 'http://{bucket}.example', '{bucket'],
    of: ({ cosEndpoint }) => cosEndpoint.source,
  },
  accelerate: { good: { '': false, true: true }, bad: ['fast'], of: ({ accelerate }) => accelerate },
};

describe('the inputs', () => {
  it('are those of action.yml, with the same defaults', () => {
    assert.deepEqual(Object.keys(INPUTS).sort(), Object.keys(action.inputs).sort());
    const quoted = Object.entries(action.inputs).flatMap(([name, input]) => {
      assert.equal(
        typeof input.default,
        input.required ? 'undefined' : 'string',
        `${name} has a quoted default`,
      );
      return input.default ? [[name, input.default]] : [];
    });
    assert.deepEqual(DEFAULTS, Object.fromEntries(quoted));
  });

  for (const [name, { good, bad, of, alongside }] of Object.entries(INPUTS)) {
    it(`${name} takes what it is for, and nothing else`, () => {
      for (const [value, read] of Object.entries(good)) {
        const given = { ...alongside, [name]: value };
        const all = { ...settings(given), ...readReportSettings(sourceOf(given)) };
        assert.deepEqual(of(all), read, JSON.stringify(value));
      }
      for (const value of bad) {
        const told = violations({ ...alongside, [name]: value });
        assert.equal(told.length, 1, `${JSON.stringify(value)}: ${told}`);
        assert.ok(told[0]?.startsWith(`${name}: `), told[0]);
      }
    });
  }

  it('are told with input, value and what it takes, all at once', () => {
    const message = (inputs: Record<string, string>): string => {
      try {
        settings(inputs);
      } catch (error) {
        return error instanceof Error ? error.message : '';
      }
      return '';
    };
    assert.equal(
      message({ concurrency: '999' }),
      'Invalid input: concurrency: "999" is not valid; it takes a whole number from 1 to 256.',
    );
    const lines = message({ files: '', concurrency: '999', 'fail-fast': 'x', cover: '{x}\n{y}' }).split('\n');
    assert.equal(lines[0], '5 invalid inputs:');
    assert.deepEqual(
      lines.slice(1).map((line) => line.split(':')[0]),
      ['- files', '- cover', '- cover', '- concurrency', '- fail-fast'],
    );
  });

  it('all wrong at once are all told', () => {
    const wrong = Object.fromEntries(
      Object.entries(INPUTS).flatMap(([name, { bad }]) =>
        bad.length > 0 ? [[name, bad.at(-1) as string]] : [],
      ),
    );
    const told = new Set(violations(wrong).map((line) => line.split(':')[0]));
    assert.deepEqual([...told].sort(), Object.keys(wrong).sort());
  });

  it('show what differs from the defaults, and never a secret', () => {
    const { given } = settings({
      concurrency: '8',
      'max-attempts': '5',
      'media-name': '{base}',
      'secret-id': 'AKIDx',
      'secret-key': 'hidden',
      'session-token': 'token',
    });
    assert.deepEqual(given, { files: '*.mp4', concurrency: '8', 'media-name': '{base}' });
  });

  it('name a proxy variable that is none, without its value', () => {
    const told = violations({}, { HTTPS_PROXY: 'socks5://me:hidden@proxy' });
    assert.deepEqual(told, [
      'HTTPS_PROXY: it takes the URL of an http:// or https:// proxy; other kinds, such as socks, are not supported.',
    ]);
  });
});

it('files may be empty where no files are to be ignored', () => {
  for (const files of ['', '# none', '!a.mp4']) {
    assert.equal(settings({ files, 'if-no-files-found': 'ignore' }).files, files);
  }
});

describe('what must work though inputs are wrong', () => {
  it('is where the results go', () => {
    assert.equal(
      readReportSettings(sourceOf({ concurrency: 'x' })).resultsFile,
      resolve('/t/vod-results.json'),
    );
    assert.equal(
      readReportSettings(sourceOf({ 'results-file': '../r.json' })).resultsFile,
      resolve('/r.json'),
    );
    assert.equal(
      readReportSettings(sourceOf({}, { RUNNER_TEMP: '' })).resultsFile,
      resolve('/w/vod-results.json'),
    );
  });

  it('gives each step of a job a results file of its own', () => {
    const files = ['vod', '__owner_publish_2', 'a/b'].map(
      (GITHUB_ACTION) => readReportSettings(sourceOf({}, { GITHUB_ACTION })).resultsFile,
    );
    const names = ['vod-results-vod.json', 'vod-results-__owner_publish_2.json', 'vod-results-a_b.json'];
    assert.deepEqual(
      files,
      names.map((name) => resolve('/t', name)),
    );
  });

  it('is whether a summary is wanted', () => {
    const wanted = ['', 'true', 'x', 'false', 'FALSE'].map(
      (summary) => readReportSettings(sourceOf({ summary })).summary,
    );
    assert.deepEqual(wanted, [true, true, true, false, false]);
  });
});
