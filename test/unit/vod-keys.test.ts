import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ApiKeys } from '../../src/keys.js';
import { ServiceError } from '../../src/network/errors.js';
import { failureOf, never } from './local-server.js';
import { apiFor, fixed } from './vod-api.js';

describe('temporary keys that are refused', () => {
  it('are renewed where that is possible, and the request goes on', async (t) => {
    const refused: ApiKeys[] = [];
    const api = await apiFor(t, {}, (emulator) => {
      let keys: ApiKeys = emulator.issueTemporaryKey(-1);
      return {
        source: 'the role',
        keys: async () => keys,
        refused: (given) => {
          refused.push(given);
          keys = emulator.issueTemporaryKey(3600);
          return true;
        },
      };
    });
    await api.uploads.apply('a', () => ({ MediaType: 'mp4' }), never);
    assert.equal(refused.length, 1);
    assert.equal(api.emulator.sessions.length, 1);
  });

  it('that can not be renewed are told by where they come from and how long they were accepted', async (t) => {
    const api = await apiFor(t, {}, (emulator) => fixed(emulator.issueTemporaryKey(600)));
    const told = async () =>
      (await failureOf(api.uploads.apply('a', () => ({ MediaType: 'mp4' }), never))).message;
    api.emulator.clock.skewMs = 200_000;
    await api.uploads.apply('a', () => ({ MediaType: 'mp4' }), never);
    const expired = { kind: 'error', code: 'AuthFailure.TokenFailure' } as const;
    api.emulator.fault({ times: 'always', effect: expired });
    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`;
    assert.match(
      await told(),
      new RegExp(
        `\\(the temporary credentials of the environment: accepted until ${time}, refused at ${time}; they have expired`,
      ),
    );
    assert.equal(api.emulator.requests.length, 2, 'and no repeat');
    const fresh = await apiFor(t, {}, (emulator) => fixed(emulator.issueTemporaryKey(-1)));
    const error = await failureOf(fresh.uploads.apply('a', () => ({ MediaType: 'mp4' }), never));
    assert.match(error.message, /never accepted/);
  });

  it('and permanent ones are told as the service does', async (t) => {
    const api = await apiFor(t, {}, () => fixed({ secretId: 'AKIDnone', secretKey: 'k' }));
    const error = await failureOf(api.uploads.apply('a', () => ({ MediaType: 'mp4' }), never));
    assert.match(error.code, /^AuthFailure\.SecretId/);
    assert.ok(!error.message.includes('accepted'));
  });
});

describe('a client whose keys can not be had', () => {
  it('fails with the reason, and asks the API nothing', async (t) => {
    const reason = new ServiceError('STS', { code: 'UnauthorizedOperation', message: 'no', kind: 'final' });
    const api = await apiFor(t, {}, () => ({
      source: 'the role',
      keys: () => Promise.reject(reason),
      refused: () => true,
    }));
    assert.equal(await failureOf(api.uploads.apply('a', () => ({ MediaType: 'mp4' }), never)), reason);
    assert.deepEqual([api.emulator.requests.length, api.vod.requests], [0, 0]);
  });
});
