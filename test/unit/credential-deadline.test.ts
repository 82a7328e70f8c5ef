import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ServiceError } from '../../src/network/errors.js';
import { checkCredentialDeadline, type DeadlineForecast } from '../../src/storage/credential-deadline.js';

const MINUTE = 60_000;
const START = Date.parse('2026-01-31T10:00:00Z');

/** Ten minutes after the start of a medium of 1000 bytes whose upload credentials last an hour. */
const forecast = (changes: Partial<DeadlineForecast>): DeadlineForecast => ({
  startedAt: START,
  outOfOrderMs: 0,
  now: START + 10 * MINUTE,
  expiresAt: START + 60 * MINUTE,
  sentByAll: 500,
  sent: 500,
  total: 1000,
  ...changes,
});

function refusal(changes: Partial<DeadlineForecast>): ServiceError {
  try {
    checkCredentialDeadline(forecast(changes));
  } catch (error) {
    assert.ok(error instanceof ServiceError);
    assert.equal(error.kind, 'final');
    return error;
  }
  return assert.fail('it was let pass');
}

describe('the upload credentials', () => {
  const fine: [what: string, changes: Partial<DeadlineForecast>][] = [
    ['that lasts long enough at this speed', {}],
    ['until its last millisecond, when everything was sent', { now: START + 60 * MINUTE - 1, sent: 1000 }],
    ['that is too short by a forecast that may be wrong', { sentByAll: 120, sent: 120 }],
    ['before there was time to judge the speed', { now: START + MINUTE - 1, sentByAll: 1, sent: 1 }],
    ['before anything was sent', { sentByAll: 0, sent: 0 }],
    ['when the medium had to wait for others on a line that is fast', { sentByAll: 5000, sent: 1 }],
  ];
  for (const [what, changes] of fine) {
    it(`will do ${what}`, () => {
      assert.equal(checkCredentialDeadline(forecast(changes)), undefined);
    });
  }

  it('that has expired stops the medium, and says how far it got', () => {
    const error = refusal({ now: START + 60 * MINUTE });
    assert.equal(error.code, 'ExpiredToken');
    assert.match(error.message, /expired at 2026-01-31T11:00:00\.000Z with 500 of 1000 bytes sent/);
  });

  it('that clearly can not last stops the medium, and says until when it would take', () => {
    // 1000 bytes at 100 in ten minutes: 90 more minutes, and 50 are left.
    const error = refusal({ sentByAll: 100, sent: 100 });
    assert.equal(error.code, 'CertificateTooShort');
    assert.match(error.message, /lasts until 2026-01-31T11:00:00\.000Z/);
    assert.match(error.message, /would need until 2026-01-31T11:40:00\.000Z \(100 of 1000 bytes sent\)/);
  });

  it('is judged after a minute of evidence', () => {
    assert.equal(refusal({ now: START + MINUTE, sentByAll: 1, sent: 1 }).code, 'CertificateTooShort');
  });
});
