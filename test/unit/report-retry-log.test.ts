import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServiceError } from '../../src/network/errors.js';
import { RetryLog } from '../../src/report/retry-log.js';

function failure(code: string, requestId = ''): ServiceError {
  return new ServiceError('COS', { code, message: 'It went wrong.', kind: 'transient', requestId });
}

test('the first repeat of a kind has its whole story, four more a line, and the rest a number', () => {
  const lines: string[] = [];
  const log = new RetryLog({ info: (line) => lines.push(line) });
  for (let file = 1; file <= 7; file++) log.note(`PUT ${file}.mp4`, failure('ECONNRESET'), 40);
  log.note('PUT 8.mp4', failure('SlowDown', 'beef-01'), 1600);
  log.finish();
  assert.deepEqual(lines, [
    '↻ COS: PUT 1.mp4 again: ECONNRESET: It went wrong.',
    '↻ COS: PUT 2.mp4 again: ECONNRESET',
    '↻ COS: PUT 3.mp4 again: ECONNRESET',
    '↻ COS: PUT 4.mp4 again: ECONNRESET',
    '↻ COS: PUT 5.mp4 again: ECONNRESET',
    '↻ COS: PUT 8.mp4 again in 1.6 s: SlowDown: It went wrong. (RequestId beef-01)',
    '↻ 2 further repeats because of ECONNRESET',
  ]);
  assert.equal(log.count, 8);
});
