import type { ConnectionSettings } from '../connect.js';
import type { LoginSettings } from '../credentials/provider.js';
import type { IfMissing, PlanSettings } from '../media/plan.js';
import type { ApplySettings } from '../publish/publish-medium.js';

/** Every input, checked and typed; nothing else in the action reads inputs or the environment. */
export interface Settings extends PlanSettings, LoginSettings, ConnectionSettings {
  /** The globs as given, one per line. */
  files: string;
  ifNoFilesFound: IfMissing;
  apply: ApplySettings;
  /** Absolute path; absent when no checksums are wanted. */
  checksumsFile?: string;
  failFast: boolean;
  dryRun: boolean;
  /** Inputs that differ from their defaults, by name, for the summary; no credential is among them. */
  given: Record<string, string>;
}
