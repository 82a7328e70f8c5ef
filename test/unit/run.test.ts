import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InputError } from '../../src/inputs/inputs.js';
import { Ledger } from '../../src/ledger.js';
import type { RunContext } from '../../src/lifecycle.js';
import { publish } from '../../src/run.js';
import { sourceOf } from './input-source.js';
import { never } from './local-server.js';

describe('a run', () => {
  it('masks the secrets of its inputs before it does anything else, whatever is wrong with other inputs', async () => {
    const events: string[] = [];
    const source = sourceOf(
      { 'secret-id': 'AKIDx', 'secret-key': 'hidden', concurrency: 'x' },
      { TENCENTCLOUD_TOKEN: 'token', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'bearer' },
    );
    const note = (message: string | readonly string[]) => void events.push(`log ${message}`);
    const context: RunContext = {
      source: {
        ...source,
        get: (name) => {
          events.push(`read ${name}`);
          return source.get(name);
        },
      },
      log: { group: note, info: note, debug: note, notice: note, warning: note, error: note, isDebug: true },
      mask: (secret) => events.push(`mask ${secret}`),
      signal: never,
      now: Date.now,
      checkReport: () => events.push('check report'),
    };
    await assert.rejects(publish(new Ledger(0), context), InputError);
    const first = events.slice(0, 7);
    assert.deepEqual(first, [
      'read secret-id',
      'read secret-key',
      'read session-token',
      'mask AKIDx',
      'mask hidden',
      'mask token',
      'mask bearer',
    ]);
  });
});
