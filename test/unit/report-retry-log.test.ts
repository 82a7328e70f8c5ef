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

test('a host that is out of order is named with advice, from time to time, and when it is back', () => {
  const lines: string[] = [];
  const log = new RetryLog({ info: (line) => lines.push(line) });
  const error = failure('ECONNREFUSED');
  const name = 'cos.example';
  log.noteHealth({ kind: 'out-of-order', name, error, lastedMs: 2000, waiting: 1 });
  log.noteHealth({ kind: 'still-out-of-order', name, error, lastedMs: 12_000, waiting: 40 });
  log.noteHealth({ kind: 'back', name, error, lastedMs: 15_000, waiting: 0 });
  log.noteHealth({ kind: 'given-up', name, error, lastedMs: 300_000, waiting: 2 });
  assert.deepEqual(lines, [
    '⏸ cos.example is out of order, 1 request waiting: ECONNREFUSED: It went wrong. Check the endpoint inputs, and whether the runner may reach the service.',
    '⏸ cos.example has been out of order for 12.0 s, 40 requests waiting: ECONNREFUSED',
    '▶ cos.example answers again after 15.0 s',
    '⏹ cos.example was out of order for 5 min 00 s; giving up on 2 requests: ECONNREFUSED',
  ]);
});

test('a connection that does not come about is named once for each host', () => {
  const lines: string[] = [];
  const log = new RetryLog({ info: (line) => lines.push(line) });
  for (const host of ['a.example', 'a.example', 'b.example']) log.noteSlowConnection('COS', host);
  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? '', /^⏸ COS: no connection to a\.example yet\. Check the network .*firewall/);
});
