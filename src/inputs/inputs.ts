import { join, resolve } from 'node:path';
import type { LoginSettings } from '../credentials/provider.js';
import type { OidcSettings } from '../credentials/role-session.js';
import { UserError } from '../errors.js';
import type { ApiKeys } from '../keys.js';
import type { Template } from '../media/template.js';
import { parseEndpoint, parseEndpointTemplate } from '../network/endpoint.js';
import { readProxySettings } from '../network/proxy.js';
import { parseDuration } from './duration.js';
import { type Expiry, parseExpiry } from './expiry.js';
import { InputReader, type InputSource, SECRET_INPUTS } from './input-reader.js';
import type { Settings } from './settings.js';

/** Bad input: one violation a line, each with the input, its value and what it takes. */
export class InputError extends UserError {
  constructor(readonly violations: readonly string[]) {
    super(
      violations.length === 1
        ? `Invalid input: ${violations[0]}`
        : `${violations.length} invalid inputs:\n${violations.map((line) => `- ${line}`).join('\n')}`,
    );
    this.name = 'InputError';
  }
}

/** Default of every input that has one; action.yml quotes the same, which a test holds. */
export const DEFAULTS: Readonly<Record<string, string>> = {
  'if-no-files-found': 'error',
  region: 'ap-guangzhou',
  'media-name': '{name}',
  'if-no-cover-found': 'error',
  concurrency: '32',
  'max-attempts': '5',
  'outage-timeout': 'PT5M',
  'fail-fast': 'false',
  'dry-run': 'false',
  summary: 'true',
  'oidc-audience': 'sts.tencentcloudapi.com',
  'role-duration': '7200',
  'vod-endpoint': 'vod.tencentcloudapi.com',
  'sts-endpoint': 'sts.tencentcloudapi.com',
  'cos-endpoint': '{bucket}.cos.{region}.myqcloud.com',
  accelerate: 'false',
};

const MIB = 1024 * 1024;
/** The services, by their names in errors, that the inputs for endpoints are of. */
const ENDPOINTS = { 'vod-endpoint': 'VOD', 'sts-endpoint': 'STS', 'cos-endpoint': 'COS' };
/** A role of CAM (AssumeRoleWithWebIdentity, RoleArn). */
const ROLE_ARN = /^qcs::cam::uin\/\d+:roleName\/\S+$/;
/** In the place of an endpoint that is not valid: the run ends before it is used. */
const UNUSED = new URL('https://localhost');

/**
 * Reads the secrets among the inputs and the environment, so that they can be masked before
 * anything else happens.
 */
export function readSecrets(source: InputSource): string[] {
  const { env } = source;
  return [
    ...SECRET_INPUTS.map((name) => source.get(name)),
    env.TENCENTCLOUD_SECRET_ID,
    env.TENCENTCLOUD_SECRET_KEY,
    env.TENCENTCLOUD_SESSION_TOKEN,
    env.TENCENTCLOUD_TOKEN,
    env.TENCENTCLOUD_SECURITY_TOKEN,
    env.ACTIONS_ID_TOKEN_REQUEST_TOKEN,
  ].filter((secret): secret is string => secret !== undefined && secret !== '');
}

/** Where the report goes. */
export interface ReportSettings {
  /** Absolute path. */
  resultsFile: string;
  summary: boolean;
}

/**
 * Reads where the report goes. It is known even when other inputs are wrong, since there is always a report; the
 * summary is written unless the input clearly says no. Steps of one job share RUNNER_TEMP, so the name of the results
 * file holds that of the step.
 */
export function readReportSettings(source: InputSource): ReportSettings {
  const { env } = source;
  const workspace = workspaceOf(env);
  const step = (env.GITHUB_ACTION ?? '').replace(/[^\w.-]/g, '_');
  const name = `vod-results${step && `-${step}`}.json`;
  return {
    resultsFile: resolve(workspace, source.get('results-file') || join(env.RUNNER_TEMP || workspace, name)),
    summary: source.get('summary').toLowerCase() !== 'false',
  };
}

function workspaceOf(env: InputSource['env']): string {
  return resolve(env.GITHUB_WORKSPACE || '.');
}

/**
 * Reads and checks every input once.
 *
 * @throws {InputError} with all violations at once
 */
export function readSettings(source: InputSource): Settings {
  const { env, now } = source;
  const read = new InputReader(source, DEFAULTS);
  read.oneLine('results-file');
  read.boolean('summary');
  const partSize = read.integer(
    'part-size',
    1,
    5120,
    'a whole number of MiB from 1 to 5120, without the unit',
  );
  const dryRun = read.boolean('dry-run');
  const proxy = readProxySettings(env);
  if (proxy.invalid) {
    read.violations.push(
      `${proxy.invalid}: it takes the URL of an http:// or https:// proxy; other kinds, such as socks, are not supported.`,
    );
  }

  const settings: Settings = {
    workspace: workspaceOf(env),
    ...readGlobs(read),
    region: readRegion(read),
    mediaName: read.template('media-name', read.oneLine('media-name')) ?? { source: '', parts: [] },
    ...optional('mediaType', read.type('media-type')),
    cover: read.templates('cover'),
    ifNoCoverFound: read.choice('if-no-cover-found', ['error', 'warn', 'ignore']),
    ...optional('coverType', read.type('cover-type')),
    ...optional('sourceContext', read.boundedTemplate('source-context', 250)),
    ...optional('sessionContext', read.boundedTemplate('session-context', 1000)),
    ...optional('mediaStoragePath', readStoragePath(read)),
    apply: {
      ...optional('subAppId', read.positiveInteger('sub-app-id')),
      ...optional('classId', read.anyInteger('class-id')),
      ...optional('procedure', read.oneLine('procedure')),
      ...optional('expireTimeAt', readExpiry(read, now)),
      ...optional('storageRegion', read.oneLine('storage-region')),
    },
    concurrency: read.integer('concurrency', 1, 256) ?? 1,
    ...optional('partSize', partSize === undefined ? undefined : partSize * MIB),
    maxAttempts: read.integer('max-attempts', 1, 20) ?? 1,
    outageTimeoutMs: read.parsed('outage-timeout', (text) => parseDuration(text, 'PT1S', 'PT6H')) ?? 0,
    ...optional('checksumsFile', readPath(read, 'checksums-file', workspaceOf(env))),
    failFast: read.boolean('fail-fast'),
    dryRun,
    ...readKeys(read, source, dryRun),
    vodEndpoint: read.parsed('vod-endpoint', parseEndpoint) ?? UNUSED,
    stsEndpoint: read.parsed('sts-endpoint', parseEndpoint) ?? UNUSED,
    cosEndpoint: read.parsed('cos-endpoint', parseEndpointTemplate) ?? { source: '' },
    accelerate: read.boolean('accelerate'),
    proxy,
    givenEndpoints: new Set(
      Object.entries(ENDPOINTS).flatMap(([input, service]) => (input in read.given ? [service] : [])),
    ),
    given: read.given,
  };
  if (read.violations.length > 0) throw new InputError(read.violations);
  return settings;
}

function readGlobs(read: InputReader): Pick<Settings, 'files' | 'ifNoFilesFound'> {
  const files = read.text('files');
  const ifNoFilesFound = read.choice('if-no-files-found', ['error', 'warn', 'ignore']);
  const lines = files.split('\n').map((line) => line.trim());
  const isEmpty = lines.every((line) => line === '' || line.startsWith('#') || line.startsWith('!'));
  // Where no files are no reason to complain, neither is a list of patterns that came out empty.
  if (isEmpty && ifNoFilesFound !== 'ignore') {
    if (files !== '')
      read.violate('files', files, 'globs, one per line, at least one of which includes files');
    else read.violations.push('files: it is required; it takes globs, one per line, such as dist/**/*.mp4.');
  }
  return { files, ifNoFilesFound };
}

/** A file of the user's choice, relative to the workspace. */
function readPath(read: InputReader, name: string, workspace: string): string | undefined {
  const path = read.oneLine(name);
  return path === '' ? undefined : resolve(workspace, path);
}

function readRegion(read: InputReader): string {
  const region = read.text('region');
  if (!/^[a-z0-9-]+$/.test(region)) read.violate('region', region, 'a region such as ap-guangzhou');
  return region;
}

function readStoragePath(read: InputReader): Template | undefined {
  const template = read.template('media-storage-path', read.oneLine('media-storage-path'));
  if (template && !template.source.startsWith('/')) {
    read.violate('media-storage-path', template.source, 'a template that starts with /');
  }
  return template;
}

function readExpiry(read: InputReader, now: number): Expiry | undefined {
  if (read.text('expire-time') === '') return undefined;
  return read.parsed('expire-time', (text) => parseExpiry(text, now));
}

/**
 * All three ways to log in; which of them is used is decided elsewhere. A dry run needs none: a job of a fork may
 * have one half of a key in a variable, and not the other, which is a secret.
 */
function readKeys(read: InputReader, source: InputSource, dryRun: boolean): LoginSettings {
  const { env } = source;
  const incomplete = dryRun ? [] : read.violations;
  const inputKeys = keyPair(
    source.get('secret-id'),
    source.get('secret-key'),
    source.get('session-token'),
    ['secret-id', 'secret-key', 'session-token'],
    incomplete,
  );
  const oidc = readOidc(read, env, incomplete);
  const environmentKeys = keyPair(
    env.TENCENTCLOUD_SECRET_ID,
    env.TENCENTCLOUD_SECRET_KEY,
    env.TENCENTCLOUD_SESSION_TOKEN || env.TENCENTCLOUD_TOKEN || env.TENCENTCLOUD_SECURITY_TOKEN,
    ['TENCENTCLOUD_SECRET_ID', 'TENCENTCLOUD_SECRET_KEY', 'TENCENTCLOUD_SESSION_TOKEN'],
    // A lone variable of the environment matters only when nothing better was given.
    inputKeys || oidc ? [] : incomplete,
  );
  return {
    ...optional('inputKeys', inputKeys),
    ...optional('oidc', oidc),
    ...optional('environmentKeys', environmentKeys),
  };
}

function keyPair(
  secretId: string | undefined,
  secretKey: string | undefined,
  token: string | undefined,
  [idName, keyName, tokenName]: readonly [string, string, string],
  violations: string[],
): ApiKeys | undefined {
  if (!secretId && !secretKey && !token) return undefined;
  const given = { [idName]: secretId, [keyName]: secretKey, [tokenName]: token };
  for (const [name, value = ''] of Object.entries(given)) {
    if (!/[^\x21-\x7e]/.test(value)) continue;
    violations.push(
      `${name}: it holds a blank, a line break or a character outside ASCII, which no key does; store it again.`,
    );
  }
  for (const [name, value = ''] of Object.entries(given)) {
    if (/^(["'`]).*\1$/.test(value)) violations.push(`${name}: it is in quotes; store it without them.`);
  }
  if (secretId && /^[\x21-\x7e]+$/.test(secretId) && !/^["'`]?AKID/.test(secretId)) {
    violations.push(
      `${idName}: it does not begin with AKID, as every SecretId does; check that it is not another value.`,
    );
  }
  if (secretId && secretKey) return { secretId, secretKey, ...(token ? { token } : {}) };
  const have = secretId ? idName : secretKey ? keyName : tokenName;
  const missing = [secretId ? '' : idName, secretKey ? '' : keyName].filter(Boolean).join(' and ');
  violations.push(`${missing}: missing, while ${have} is given; give both halves of the key.`);
  return undefined;
}

function readOidc(
  read: InputReader,
  env: InputSource['env'],
  incomplete: string[],
): OidcSettings | undefined {
  const roleArn = read.text('role-arn');
  const providerId = read.oneLine('oidc-provider-id');
  const audience = read.oneLine('oidc-audience');
  const duration =
    read.integer('role-duration', 1, 43_200, 'a whole number of seconds from 1 to 43200, without a unit') ??
    1;
  const sessionName =
    read.oneLine('role-session-name') ||
    `github-actions-${env.GITHUB_RUN_ID || '0'}-${env.GITHUB_RUN_ATTEMPT || '1'}`;
  if (roleArn !== '' && !ROLE_ARN.test(roleArn)) {
    read.violate('role-arn', roleArn, 'the ARN of a CAM role, qcs::cam::uin/<account>:roleName/<name>');
  }
  if (roleArn === '' && providerId === '') return undefined;
  if (roleArn === '' || providerId === '') {
    const [missing, have] =
      roleArn === '' ? ['role-arn', 'oidc-provider-id'] : ['oidc-provider-id', 'role-arn'];
    incomplete.push(`${missing}: missing, while ${have} is given; keyless login needs both.`);
    return undefined;
  }
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = env;
  return {
    roleArn,
    providerId,
    audience,
    sessionName,
    duration,
    ...(url && token && URL.canParse(url) ? { runner: { url, token } } : {}),
  };
}

/** The property where there is a value, nothing where there is none. */
function optional<K extends string, T>(key: K, value: T | undefined | ''): { [P in K]?: T } {
  return value === undefined || value === '' ? {} : ({ [key]: value } as { [P in K]?: T });
}
