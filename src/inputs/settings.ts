import type { Template } from '../media/template.js';
import type { EndpointTemplate } from '../network/endpoint.js';
import type { ProxySettings } from '../network/proxy.js';

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
  /** Inputs that differ from their defaults, by name, for the summary; no credential is among them. */
  given: Record<string, string>;
}
