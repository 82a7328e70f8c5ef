import assert from 'node:assert/strict';
import type { InputSource } from '../../src/inputs/input-reader.js';
import { InputError, readSettings } from '../../src/inputs/inputs.js';
import type { Settings } from '../../src/inputs/settings.js';

/** Both inputs that keyless login needs. */
export const ROLE = { 'role-arn': 'qcs::cam::uin/1:roleName/r', 'oidc-provider-id': 'github' };

/** The inputs and variables of a step on 31 January 2026 in the workspace `/w`. */
export function sourceOf(inputs: Record<string, string>, env: Record<string, string> = {}): InputSource {
  return {
    get: (name) => inputs[name] ?? '',
    env: { GITHUB_WORKSPACE: '/w', RUNNER_TEMP: '/t', ...env },
    now: Date.parse('2026-01-31T10:00:00Z'),
  };
}

/** Settings of a step that gives its files and these inputs. */
export function settings(inputs: Record<string, string> = {}, env: Record<string, string> = {}): Settings {
  return readSettings(sourceOf({ files: '*.mp4', ...inputs }, env));
}

/** What is wrong with the inputs of such a step. */
export function violations(
  inputs: Record<string, string>,
  env: Record<string, string> = {},
): readonly string[] {
  try {
    settings(inputs, env);
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    return error.violations;
  }
  return [];
}
