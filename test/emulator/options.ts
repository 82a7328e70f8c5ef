import type { ApiLoads, ApiRates } from './api-limits.js';
import { type VodOptions, type VodSettings, vodSettingsOf } from './vod-options.js';

/** What a test may choose about the emulator. */
export interface EmulatorOptions {
  /** The permanent API key; obviously fake defaults. */
  secretId?: string;
  secretKey?: string;
  /** Keeps object bytes in memory. For small tests; otherwise only sizes and digests are kept. */
  keepBodies?: boolean;
  /** Computes MD5 and SHA-256 of every body; default true. Without, ETags are opaque and bodies cost less time. */
  digests?: boolean;
  /** Milliseconds since the epoch; default `Date.now`. After it was set by hand, call `settle`. */
  now?: () => number;
  /** Runs the services' clock ahead of `now` (negative: behind). */
  skewMs?: number;
  /** Life of ApplyUpload's TempCertificate in seconds; default 7200. */
  certificateSeconds?: number;
  /** Whether the certificate may HEAD and abort; the real service does not say. Default true. */
  certificateMay?: { head?: boolean; abort?: boolean };
  /** APPID of the account, which is also its primary application; default 1500012345. */
  appId?: number;
  /** Further applications; default 1500000001 and 1500000002. */
  subAppIds?: number[];
  /** Applications in FileID + Path mode; default none. They need not be repeated in `subAppIds`. */
  pathSubAppIds?: number[];
  /** Refuses calls without SubAppId, as for accounts opened since 2023-12-25. */
  requireSubAppId?: boolean;
  /** Region where media land unless StorageRegion is given; default ap-guangzhou-2. */
  storageRegion?: string;
  /** Milliseconds that every storage request takes at least. */
  storageLatencyMs?: number;
  /** Milliseconds that every API request takes at least. */
  apiLatencyMs?: number;
  /** Requests per second above which an action answers RequestLimitExceeded; default 100, or 20 as documented. */
  apiRatePerSecond?: number;
  /** That of single actions, such as `{ CommitUpload: 10 }`; less than 1 is one request in a longer time. */
  apiRates?: ApiRates;
  /** Requests of the account's other jobs, which take part of its rate; `*` stands for every action. Default none. */
  apiLoads?: ApiLoads;
  /** Whether a refused request takes up rate as well; the real service does not say. Default true. */
  apiCountsRefused?: boolean;
  /** What a repeated CommitUpload answers; the real service does not say. Default `InvalidParameterValue.VodSessionKey`. */
  repeatedCommit?: 'InvalidParameterValue.VodSessionKey' | 'ResourceNotFound' | 'same-answer';
  /** Accepts the bucket's acceleration domain. */
  accelerate?: boolean;
  /** Milliseconds without a body byte after which COS answers RequestTimeout; default 60,000. */
  bodyIdleMs?: number;
  /** The media of the account, their views and their tasks. */
  vod?: VodOptions;
  /** Credentials that the proxy asks for. */
  proxyAuth?: { user: string; password: string };
  /** The role and identity provider that STS knows, and the token's subject. */
  oidc?: OidcOptions;
}

/** The trust between STS and the emulated Actions OIDC endpoint. */
export interface OidcOptions {
  providerId?: string;
  roleArn?: string;
  audience?: string;
  /** Subject of the tokens that are issued. */
  subject?: string;
  /** Subjects that the role trusts; default the issued one. */
  trustedSubjects?: string[];
  /** Longest session of the role in seconds; default 43200. */
  maxDurationSeconds?: number;
}

/** The options with every default filled in. */
export interface Settings
  extends Required<Omit<EmulatorOptions, 'proxyAuth' | 'oidc' | 'certificateMay' | 'vod'>> {
  certificateMay: { head: boolean; abort: boolean };
  proxyAuth: { user: string; password: string } | undefined;
  oidc: Required<OidcOptions>;
  vod: VodSettings;
}

/** Fills in the defaults. */
export function settingsOf(options: EmulatorOptions): Settings {
  const subject = options.oidc?.subject ?? 'repo:octo-org/octo-repo:ref:refs/heads/main';
  return {
    secretId: 'AKIDexampleexampleexampleexample0001',
    secretKey: 'fakefakefakefakefakefakefakefake',
    keepBodies: false,
    digests: true,
    now: Date.now,
    skewMs: 0,
    certificateSeconds: 7200,
    appId: 1500012345,
    subAppIds: [1500000001, 1500000002],
    pathSubAppIds: [],
    requireSubAppId: false,
    storageRegion: 'ap-guangzhou-2',
    storageLatencyMs: 0,
    apiLatencyMs: 0,
    apiRatePerSecond: 100,
    apiRates: {},
    apiLoads: {},
    apiCountsRefused: true,
    repeatedCommit: 'InvalidParameterValue.VodSessionKey',
    accelerate: false,
    bodyIdleMs: 60_000,
    ...options,
    certificateMay: { head: true, abort: true, ...options.certificateMay },
    vod: vodSettingsOf(options.vod ?? {}),
    proxyAuth: options.proxyAuth,
    oidc: {
      providerId: 'github-actions',
      roleArn: 'qcs::cam::uin/100000000001:roleName/publish-video',
      audience: 'sts.tencentcloudapi.com',
      maxDurationSeconds: 43_200,
      ...options.oidc,
      subject,
      trustedSubjects: options.oidc?.trustedSubjects ?? [subject],
    },
  };
}
