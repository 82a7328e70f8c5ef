import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { send } from './cloud-client.js';

const cli = fileURLToPath(new URL('./cli.js', import.meta.url));

describe('the command line', () => {
  it('runs until stdin closes, takes commands and reports', async () => {
    const child = spawn(process.execPath, [cli], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => JSON.parse(String((await lines.next()).value));
    const started = await next();
    assert.equal(existsSync(started.caFile), true);
    child.stdin.write('fault {"service": "cos", "effect": {"kind": "error", "code": "SlowDown"}}\n');
    assert.deepEqual(await next(), { ok: true });
    assert.equal((await send(started.cosUrl, { method: 'GET' })).status, 503);
    child.stdin.write('report\n');
    const report = await next();
    assert.deepEqual(
      report.requests.map((request: { service: string; code: string }) => [request.service, request.code]),
      [['cos', 'SlowDown']],
    );
    child.stdin.end();
    const [status] = await once(child, 'exit');
    assert.equal(status, 0);
    assert.equal(existsSync(started.caFile), false);
  });

  it('runs without stdin until it is told to stop', { skip: process.platform === 'win32' }, async () => {
    const child = spawn(process.execPath, [cli], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { vodUrl, caFile } = JSON.parse(String((await lines.next()).value));
    assert.equal((await send(vodUrl, { method: 'POST', body: '{}' })).status, 200);
    child.kill('SIGTERM');
    const [status] = await once(child, 'exit');
    assert.equal(status, 0);
    assert.equal(existsSync(caFile), false);
  });
});
