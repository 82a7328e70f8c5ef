import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Reachable, send } from './cloud-client.js';
import { ask, refusal, upload } from './publishing.js';

const cli = fileURLToPath(new URL('./cli.js', import.meta.url));

describe('the command line', () => {
  it('runs until stdin closes, takes commands and reports', async () => {
    const child = spawn(process.execPath, [cli, '--api-rate', '0'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => JSON.parse(String((await lines.next()).value));
    const started = await next();
    assert.equal(existsSync(started.caFile), true);
    child.stdin.write('fault {"service": "cos", "effect": {"kind": "error", "code": "SlowDown"}}\n');
    assert.deepEqual(await next(), { ok: true, id: 1 });
    assert.equal((await send(started.cosUrl, { method: 'GET' })).status, 503);
    child.stdin.write('outage {"target": "vod", "kind": "refused"}\nfaults {}\nclear\n');
    assert.deepEqual(await next(), { ok: true, id: 1 });
    assert.match((await next()).error, /no command faults/);
    assert.deepEqual(await next(), { ok: true });
    const { body } = await send(started.vodUrl, { method: 'POST', body: '{}' });
    assert.equal(JSON.parse(body).Response.Error.Code, 'RequestLimitExceeded');
    child.stdin.write('report\n');
    const report = await next();
    assert.deepEqual(
      report.requests.map((request: { service: string; code: string }) => [request.service, request.code]),
      [
        ['cos', 'SlowDown'],
        ['vod', 'RequestLimitExceeded'],
      ],
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

describe('the commands about media', () => {
  it('change what another process holds', async () => {
    const child = spawn(process.execPath, [cli, '--vod', '{"lags": {"modify": 60000}}'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => JSON.parse(String((await lines.next()).value));
    const tell = (line: string) => {
      child.stdin.write(`${line}\n`);
      return next();
    };
    const { vodUrl, cosUrl, secretId, secretKey } = await next();
    let skewMs = 0;
    const clock = { seconds: () => Math.floor((Date.now() + skewMs) / 1000) };
    const emulator: Reachable = { vodUrl, cosUrl, settings: { secretId, secretKey }, clock };
    const FileId = await upload(emulator, { MediaName: 'one' });
    const modify = () => refusal(emulator, 'ModifyMediaInfo', { FileId, AddTags: ['a'] });
    const describeMedia = () => refusal(emulator, 'DescribeMediaInfos', { FileIds: [FileId] });

    assert.equal(await modify(), 'ResourceNotFound.FileNotExist');
    skewMs = 60_000;
    assert.deepEqual(await tell('advance 60000'), { ok: true });
    assert.equal(await modify(), '');
    await tell('deny {"actions": ["DescribeMediaInfos"]}');
    assert.equal(await describeMedia(), 'UnauthorizedOperation');
    await tell('allow-all');
    assert.equal(await describeMedia(), '');
    await tell(`forbid ${FileId}`);
    const { media, requestCounts } = await tell('report');
    assert.deepEqual([media[0].name, media[0].tags, media[0].status], ['one', ['a'], 'Forbidden']);
    assert.equal(requestCounts.vod.ModifyMediaInfo, 2);
    await tell('lag {"searchDeletion": 1000}');
    await tell(`delete ${FileId}`);
    assert.equal((await ask(emulator, 'SearchMedia', {})).TotalCount, 1, 'it is still in the index');
    assert.deepEqual((await tell('report')).media, []);
    await tell(
      'procedure {"Name": "mine", "MediaProcessTask": {"TranscodeTaskSet": [{"Definition": 100030}]}}',
    );
    await tell('flow {"procedure": "mine", "script": {"waitingMs": 2000, "end": "abort"}}');
    const second = await upload(emulator, { Procedure: 'mine' });
    await tell('task {"processingMs": 5000}');
    await tell('advance 2000');
    skewMs += 2000;
    const { tasks } = await tell('report');
    assert.deepEqual(
      tasks.map((task: { fileId: string; status: string }) => [task.fileId, task.status]),
      [
        [second, 'ABORTED'],
        ['', 'PROCESSING'],
      ],
    );
    await tell('medium {"tags": ["theirs"]}');
    assert.equal((await ask(emulator, 'SearchMedia', { Tags: ['theirs'] })).TotalCount, 1);
    assert.match((await tell(`delete ${FileId}`)).error, /There is no medium/);
    assert.match((await tell('advance soon')).error, /not a number/);
    child.stdin.end();
    await once(child, 'exit');
  });
});
