import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Effect, Faults } from './faults.js';
import { randomFaults } from './random-faults.js';
import { type LoggedRequest, RequestLog } from './request-log.js';

function storageRequest(action: string, path: string): LoggedRequest {
  return new RequestLog().open({
    service: 'cos',
    action,
    method: 'PUT',
    host: '',
    path,
    query: {},
    headers: {},
    body: undefined,
    requestId: '',
    connection: 1,
    remotePort: 1,
    tls: false,
    proxied: false,
  });
}

function drawn(seed: number, requests: readonly LoggedRequest[], most?: number): Array<Effect | undefined> {
  const faults = new Faults();
  faults.add(randomFaults({ seed, rate: 0.3, ...(most === undefined ? {} : { most }) }));
  return requests.map((request) => faults.draw(request));
}

describe('random faults', () => {
  const requests = Array.from({ length: 500 }, (_, index) => storageRequest('PutObject', `/${index}`));

  it('are the same for the same seed and others for another', () => {
    assert.deepEqual(drawn(7, requests), drawn(7, requests));
    assert.notDeepEqual(drawn(7, requests), drawn(8, requests));
  });

  it('come as often as was asked', () => {
    const hits = drawn(1, requests).filter((effect) => effect !== undefined).length;
    assert.ok(hits > 100 && hits < 200, `${hits} of 500`);
  });

  it('let a request through in the end', () => {
    const same = Array.from({ length: 100 }, () => storageRequest('PutObject', '/same'));
    assert.equal(drawn(1, same, 3).filter((effect) => effect !== undefined).length, 3);
  });

  it('never lose the answer to a commit', () => {
    const commits = Array.from({ length: 300 }, (_, index) => ({
      ...storageRequest('CommitUpload', '/'),
      service: 'vod' as const,
      body: { VodSessionKey: String(index) },
    }));
    const kinds = new Set(drawn(1, commits).map((effect) => effect?.kind));
    assert.deepEqual(kinds, new Set([undefined, 'error', 'html', 'delay']));
  });
});
