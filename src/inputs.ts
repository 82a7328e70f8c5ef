import { join, resolve } from 'node:path';
import { ExpiryError, parseExpiry } from './media/expiry.js';
import { isConstant, parseTemplate, type Template, TemplateError } from './media/template.js';
import {
  EndpointError,
  type EndpointTemplate,
  parseEndpoint,
  parseEndpointTemplate,
} from './network/endpoint.js';
import { type ProxySettings, readProxySettings } from './network/proxy.js';

/** What to do when something optional is missing. */
export type IfMissing = 'error' | 'warn' | 'ignore';

/** A pair of keys, with the token that temporary ones need. */
export interface KeyPair {
  secretId: string;
  secretKey: string;
  token?: string;
}

/** Keyless login: what is asked of the runner and of STS. */
export interface OidcSettings {
  roleArn: string;
  providerId: string;
  audience: string;
  sessionName: string;
  /** Seconds. */
  duration: number;
  /** Where the runner hands out tokens; absent when the job lacks `id-token: write`. */
  runner?: { url: string; token: string };
}

/** Fields of ApplyUpload that are the same for all media. */
export interface ApplySettings {
  subAppId?: number;
  classId?: number;
  procedure?: string;
  /** `YYYY-MM-DDThh:mm:ssZ`. */
  expireTime?: string;
  storageRegion?: string;
}

/** Every input, checked and typed; nothing else in the action reads inputs or the environment. */
export interface Settings {
  workspace: string;
  /** The globs as given, one a line. */
  files: string;
  ifNoFilesFound: IfMissing;
  region: string;
  mediaName: Template;
  mediaType?: string;
  /** Candidates in order; empty when no cover is wanted. */
  cover: Template[];
  ifNoCoverFound: IfMissing;
  coverType?: string;
  sourceContext?: Template;
  sessionContext?: Template;
  mediaStoragePath?: Template;
  apply: ApplySettings;
  concurrency: number;
  /** Bytes; absent lets the engine choose. */
  partSize?: number;
  maxAttempts: number;
  failFast: boolean;
  dryRun: boolean;
  /** Absolute path. */
  resultsFile: string;
  summary: boolean;
  /** Keys of the inputs; they win over OIDC. */
  inputKeys?: KeyPair;
  oidc?: OidcSettings;
  /** Keys of the environment; OIDC wins over them. */
  environmentKeys?: KeyPair;
  vodEndpoint: URL;
  stsEndpoint: URL;
  cosEndpoint: EndpointTemplate;
  accelerate: boolean;
  proxy: ProxySettings;
  /** Inputs that were given, by name, for the summary; no credential is among them. */
  given: Record<string, string>;
}

/** Bad input: one violation a line, each with the input, its value and what it takes. */
export class InputError extends Error {
  constructor(readonly violations: readonly string[]) {
    super(
      violations.length === 1
        ? `Invalid input: ${violations[0]}`
        : `${violations.length} invalid inputs:\n${violations.map((line) => `- ${line}`).join('\n')}`,
    );
    this.name = 'InputError';
  }
}

/** Where inputs come from: the runner passes them as environment variables. */
export interface InputSource {
  /** Value of an input, trimmed, empty when it is not given. */
  get(name: string): string;
  env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  now: number;
}

/** Default of every input that has one; action.yml quotes the same, which a test holds. */
export const DEFAULTS: Readonly<Record<string, string>> = {
  'if-no-files-found': 'error',
  region: 'ap-guangzhou',
  'media-name': '{name}',
  'if-no-cover-found': 'error',
  concurrency: '32',
  'max-attempts': '5',
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

/** Inputs whose values must never be shown. */
const SECRET_INPUTS = ['secret-id', 'secret-key', 'session-token'];

const MIB = 1024 * 1024;
const TYPE = /^[a-z0-9]{1,16}$/i;

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

/** Where the results go; known even when other inputs are wrong, since they are always written. */
export function resultsPath(source: InputSource): string {
  const workspace = workspaceOf(source.env);
  return resolve(
    workspace,
    source.get('results-file') || join(source.env.RUNNER_TEMP || workspace, 'vod-results.json'),
  );
}

/** Whether the job summary is wanted; yes unless the input says a clear no. */
export function isSummaryWanted(source: InputSource): boolean {
  return source.get('summary').toLowerCase() !== 'false';
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
  const violations: string[] = [];
  const given: Record<string, string> = {};

  const text = (name: string): string => {
    const value = source.get(name);
    if (value !== '' && !SECRET_INPUTS.includes(name)) given[name] = value;
    return value === '' ? (DEFAULTS[name] ?? '') : value;
  };
  const violate = (name: string, value: string, takes: string): void => {
    violations.push(`${name}: ${JSON.stringify(value)} is not valid; it takes ${takes}.`);
  };
  const oneLine = (name: string): string => {
    const value = text(name);
    if (/\p{Cc}/u.test(value)) violate(name, value, 'one line without control characters');
    return value;
  };
  const choice = <T extends string>(name: string, values: readonly T[]): T => {
    const value = text(name);
    const found = values.find((one) => one === value);
    if (found === undefined) violate(name, value, values.join(', '));
    return found ?? (values[0] as T);
  };
  const boolean = (name: string): boolean => {
    const value = text(name);
    if (!/^(true|True|TRUE|false|False|FALSE)$/.test(value)) violate(name, value, 'true or false');
    return value.toLowerCase() === 'true';
  };
  const integer = (name: string, least: number, most: number): number | undefined => {
    const value = text(name);
    if (value === '') return undefined;
    const number = /^[+-]?\d+$/.test(value) ? Number(value) : Number.NaN;
    if (number >= least && number <= most) return number;
    const range =
      most === Number.MAX_SAFE_INTEGER ? (least === 1 ? 'a positive integer' : 'an integer') : undefined;
    violate(name, value, range ?? `a whole number from ${least} to ${most}`);
    return undefined;
  };
  const template = (name: string, value: string): Template | undefined => {
    if (value === '') return undefined;
    try {
      return parseTemplate(value);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      violations.push(`${name}: ${JSON.stringify(value)} is not a template: ${error.message}.`);
      return undefined;
    }
  };
  const context = (name: string, most: number): Template | undefined => {
    const parsed = template(name, text(name));
    if (parsed && isConstant(parsed) && [...parsed.source].length > most) {
      violations.push(`${name}: it has ${[...parsed.source].length} characters; it takes at most ${most}.`);
    }
    return parsed;
  };
  const type = (name: string): string | undefined => {
    const value = text(name);
    if (value !== '' && !TYPE.test(value))
      violate(name, value, 'an extension without its dot, such as mp4 or jpg');
    return value.toLowerCase() || undefined;
  };
  const endpoint = <T>(name: string, parse: (value: string) => T): T => {
    const value = text(name);
    try {
      return parse(value);
    } catch (error) {
      if (!(error instanceof EndpointError)) throw error;
      violate(name, value, error.message);
      return parse(DEFAULTS[name] as string);
    }
  };
  const optional = <K extends string, T>(key: K, value: T | undefined | ''): { [P in K]?: T } =>
    value === undefined || value === '' ? {} : ({ [key]: value } as { [P in K]?: T });

  const files = text('files');
  const patterns = files.split('\n').map((line) => line.trim());
  if (!patterns.some((line) => line !== '' && !line.startsWith('#') && !line.startsWith('!'))) {
    violations.push(
      files === ''
        ? 'files: it is required; it takes globs, one a line, such as dist/**/*.mp4.'
        : `files: ${JSON.stringify(files)} has no pattern that includes files; it takes globs, one a line.`,
    );
  }

  const mediaStoragePath = template('media-storage-path', text('media-storage-path'));
  if (mediaStoragePath && !mediaStoragePath.source.startsWith('/')) {
    violate('media-storage-path', mediaStoragePath.source, 'a template that starts with /');
  }

  let expireTime: string | undefined;
  const expiry = text('expire-time');
  if (expiry !== '') {
    try {
      expireTime = parseExpiry(expiry, now);
    } catch (error) {
      if (!(error instanceof ExpiryError)) throw error;
      violate('expire-time', expiry, error.message);
    }
  }

  const region = oneLine('region');
  if (!/^[a-z0-9-]+$/.test(region)) violate('region', region, 'a region such as ap-guangzhou');

  const inputKeys = keyPair(
    source.get('secret-id'),
    source.get('secret-key'),
    source.get('session-token'),
    ['secret-id', 'secret-key', 'session-token'],
    violations,
  );
  const environmentKeys = keyPair(
    env.TENCENTCLOUD_SECRET_ID,
    env.TENCENTCLOUD_SECRET_KEY,
    env.TENCENTCLOUD_SESSION_TOKEN || env.TENCENTCLOUD_TOKEN || env.TENCENTCLOUD_SECURITY_TOKEN,
    ['TENCENTCLOUD_SECRET_ID', 'TENCENTCLOUD_SECRET_KEY', 'TENCENTCLOUD_SESSION_TOKEN'],
    // A lone variable of the environment matters only when nothing better was given.
    inputKeys || source.get('role-arn') ? [] : violations,
  );

  oneLine('results-file');
  const partSize = integer('part-size', 1, 5120);

  const settings: Settings = {
    workspace: workspaceOf(env),
    files,
    ifNoFilesFound: choice('if-no-files-found', ['error', 'warn', 'ignore']),
    region,
    mediaName: template('media-name', oneLine('media-name')) ?? { source: '', parts: [] },
    ...optional('mediaType', type('media-type')),
    cover: text('cover')
      .split('\n')
      .map((line) => template('cover', line.trim()))
      .filter((line) => line !== undefined),
    ifNoCoverFound: choice('if-no-cover-found', ['error', 'warn', 'ignore']),
    ...optional('coverType', type('cover-type')),
    ...optional('sourceContext', context('source-context', 250)),
    ...optional('sessionContext', context('session-context', 1000)),
    ...optional('mediaStoragePath', mediaStoragePath),
    apply: {
      ...optional('subAppId', integer('sub-app-id', 1, Number.MAX_SAFE_INTEGER)),
      ...optional('classId', integer('class-id', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)),
      ...optional('procedure', oneLine('procedure')),
      ...optional('expireTime', expireTime),
      ...optional('storageRegion', oneLine('storage-region')),
    },
    concurrency: integer('concurrency', 1, 256) ?? 1,
    ...optional('partSize', partSize === undefined ? undefined : partSize * MIB),
    maxAttempts: integer('max-attempts', 1, 20) ?? 1,
    failFast: boolean('fail-fast'),
    dryRun: boolean('dry-run'),
    resultsFile: resultsPath(source),
    summary: boolean('summary'),
    ...optional('inputKeys', inputKeys),
    ...optional('oidc', undefined as OidcSettings | undefined),
    ...optional('environmentKeys', environmentKeys),
    vodEndpoint: endpoint('vod-endpoint', parseEndpoint),
    stsEndpoint: endpoint('sts-endpoint', parseEndpoint),
    cosEndpoint: endpoint('cos-endpoint', parseEndpointTemplate),
    accelerate: boolean('accelerate'),
    proxy: readProxySettings(env),
    given,
  };
  if (violations.length > 0) throw new InputError(violations);
  return settings;
}

function keyPair(
  secretId: string | undefined,
  secretKey: string | undefined,
  token: string | undefined,
  [idName, keyName, tokenName]: readonly [string, string, string],
  violations: string[],
): KeyPair | undefined {
  if (!secretId && !secretKey && !token) return undefined;
  if (secretId && secretKey) return { secretId, secretKey, ...(token ? { token } : {}) };
  const have = secretId ? idName : secretKey ? keyName : tokenName;
  const missing = [secretId ? '' : idName, secretKey ? '' : keyName].filter(Boolean).join(' and ');
  violations.push(`${missing}: missing, while ${have} is given; give both halves of the key.`);
  return undefined;
}
