import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { readAction } from './action-metadata.js';

const FOLDER = '.github/workflows';

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

interface Workflow {
  permissions?: Record<string, string>;
  jobs: Record<string, { permissions?: Record<string, string>; 'timeout-minutes'?: number; steps: Step[] }>;
}

const workflows = readdirSync(FOLDER).map((name) => {
  const text = readFileSync(join(FOLDER, name), 'utf8');
  return { name, text, workflow: parse(text) as Workflow };
});

describe('the workflows', () => {
  it('grant nothing that a job does not ask for', () => {
    for (const { name, workflow } of workflows) {
      assert.deepEqual(workflow.permissions, {}, name);
      for (const [job, { permissions, 'timeout-minutes': limit }] of Object.entries(workflow.jobs)) {
        assert.ok(permissions, `${name}: ${job} names its permissions`);
        assert.ok(limit, `${name}: ${job} has a time limit`);
      }
    }
  });

  it('pin every action to a commit, with its version beside it', () => {
    for (const { name, text } of workflows) {
      for (const [, uses = ''] of text.matchAll(/uses: (.*)$/gm)) {
        assert.match(uses, /^(\.\/|[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/, name);
      }
    }
  });

  it('put no expression into a script, where its value would be code', () => {
    for (const { name, workflow } of workflows) {
      const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
      for (const { run = '' } of steps) assert.doesNotMatch(run, /\$\{\{/, name);
    }
  });

  it('give the action only inputs that it has', () => {
    const { inputs } = readAction();
    const steps = workflows.flatMap(({ workflow }) =>
      Object.values(workflow.jobs).flatMap((job) => job.steps),
    );
    const own = steps.filter(({ uses }) => uses === './');
    assert.ok(own.length > 0, 'no workflow uses the action');
    for (const { with: given = {} } of own) {
      assert.deepEqual(
        Object.keys(given).filter((name) => !Object.hasOwn(inputs, name)),
        [],
      );
    }
  });
});
