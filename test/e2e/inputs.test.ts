import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Job } from './job.js';

describe('bad input', () => {
  it('is told all at once, before anything is sent', async (t) => {
    const job = await Job.begin(t);
    job.write('a.mp4', 'moving pictures');
    const step = await job.run({
      inputs: {
        files: '*.mp4',
        concurrency: '0',
        'sub-app-id': 'twelve',
        'expire-time': '2001-01-01T00:00:00Z',
        'media-name': '{nmae}',
        'fail-fast': 'perhaps',
      },
    });
    assert.deepEqual([step.code, step.stderr], [1, '']);
    const errors = step.stdout.split('\n').filter((line) => line.startsWith('::error'));
    const [message = ''] = errors;
    const lines = message.replace(/^::error.*?::/, '').split('%0A');
    assert.match(lines[0] ?? '', /^5 invalid inputs/);
    assert.equal(lines.length, 6, 'a line for each');
    const expected = [
      ['concurrency', '0'],
      ['sub-app-id', 'twelve'],
      ['expire-time', '2001-01-01T00:00:00Z'],
      ['media-name', '{nmae}'],
      ['fail-fast', 'perhaps'],
    ] as const;
    for (const [name, value] of expected) {
      const line = lines.find((one) => one.startsWith(`- ${name}: `));
      assert.ok(line?.includes(value), `${name}: ${line}`);
    }
    assert.deepEqual(job.emulator.requests, []);
    assert.equal(job.emulator.proxy.tunnels, 0);
    assert.deepEqual(step.results, []);
    assert.deepEqual(step.outputs, {
      'file-id': '',
      'media-url': '',
      'cover-url': '',
      'file-ids': '[]',
      'media-urls': '[]',
      'cover-urls': '[]',
      results: '[]',
      'results-file': join(job.temp, 'vod-results.json'),
      'uploaded-count': '0',
      'failed-count': '0',
      'uploaded-bytes': '0',
    });
    for (const [name] of expected) assert.match(step.summary, new RegExp(name));
  });

  it('a step without credentials says how to give them', async (t) => {
    const job = await Job.begin(t);
    job.write('a.mp4', 'moving pictures');
    const step = await job.run({ inputs: { files: '*.mp4', 'secret-id': '', 'secret-key': '' } });
    assert.equal(step.code, 1);
    assert.match(step.stdout, /^::error.*secret-id and secret-key/m);
    assert.deepEqual(job.emulator.requests, []);
    assert.equal(step.outputs['file-ids'], '[]');
  });

  it('half a key is told by the name of the missing half', async (t) => {
    const job = await Job.begin(t);
    job.write('a.mp4', 'moving pictures');
    const step = await job.run({ inputs: { files: '*.mp4', 'secret-key': '' } });
    assert.equal(step.code, 1);
    assert.match(step.stdout, /^::error.*secret-key: missing/m);
  });
});

describe('endpoints', () => {
  it('http:// is refused for a host that is not this machine', async (t) => {
    const job = await Job.begin(t);
    job.write('a.mp4', 'moving pictures');
    for (const name of ['vod-endpoint', 'cos-endpoint']) {
      const step = await job.run({ inputs: { files: '*.mp4', [name]: 'http://example.com' } });
      assert.equal(step.code, 1);
      assert.match(step.stdout, new RegExp(`^::error.*${name}: .*http://example\\.com.*https://`, 'm'));
    }
    assert.deepEqual(job.emulator.requests, []);
    assert.deepEqual(job.emulator.proxy.refused, []);
  });

  it('http:// works for loopback, past the proxy', async (t) => {
    const job = await Job.begin(t, { keepBodies: true });
    job.write('a.mp4', 'moving pictures');
    const { vodUrl, cosUrl } = job.emulator;
    const step = await job.run({
      inputs: { files: '*.mp4', 'vod-endpoint': vodUrl, 'cos-endpoint': cosUrl },
    });
    assert.equal(step.code, 0, step.stdout);
    assert.equal(job.object(step.outputs['file-id'])?.body?.toString(), 'moving pictures');
    assert.ok(job.emulator.requests.every(({ tls, proxied }) => !tls && !proxied));
  });

  it('a bucket without acceleration is reached at its regional domain, with one warning', async (t) => {
    const job = await Job.begin(t);
    for (const name of ['a', 'b', 'c', 'd']) job.write(`${name}.mp4`, `moving pictures ${name}`);
    const step = await job.run({ inputs: { files: '*.mp4', accelerate: 'true' } });
    assert.equal(step.code, 0, step.stdout);
    assert.equal(job.emulator.media.length, 4);
    const warnings = step.stdout.split('\n').filter((line) => line.startsWith('::warning'));
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /BucketAccelerateNotEnabled/);
    const last = job.emulator.requestsOf('cos').at(-1);
    assert.match(last?.host ?? '', /\.cos\.ap-guangzhou-2\.myqcloud\.com$/);
  });

  it('a bucket with acceleration is reached at its global domain', async (t) => {
    const job = await Job.begin(t, { accelerate: true });
    job.write('a.mp4', 'moving pictures');
    const step = await job.run({ inputs: { files: '*.mp4', accelerate: 'true' } });
    assert.equal(step.code, 0, step.stdout);
    const hosts = job.emulator.requestsOf('cos').map(({ host }) => host);
    assert.equal(hosts.length, 1);
    assert.match(hosts[0] ?? '', /\.cos\.accelerate\.myqcloud\.com$/);
    assert.doesNotMatch(step.stdout, /^::warning/m);
  });
});

describe('the proxy of the environment', () => {
  it('is used with its user and password', async (t) => {
    const job = await Job.begin(t, { proxyAuth: { user: 'runner', password: 'p@ss:word/1' } });
    job.write('a.mp4', 'moving pictures');
    const step = await job.run({ inputs: { files: '*.mp4' } });
    assert.equal(step.code, 0, step.stdout);
    assert.ok(job.emulator.proxy.tunnels > 0);
    assert.doesNotMatch(step.stdout + step.summary + step.resultsText, /p@ss|p%40ss/);
  });

  it('that wants another password fails the step, which does not tell the one that was tried', async (t) => {
    const job = await Job.begin(t, { proxyAuth: { user: 'runner', password: 'right' } });
    job.write('a.mp4', 'moving pictures');
    const wrong = job.emulator.proxyUrl.replace(':right@', ':Wr0ng-s3cret@');
    const step = await job.run({ inputs: { files: '*.mp4' }, env: { HTTPS_PROXY: wrong } });
    assert.deepEqual([step.code, step.stderr], [1, '']);
    assert.match(step.stdout, /^::error.*proxy.*407/m);
    assert.equal(step.results?.[0]?.error?.code, 'ProxyAuthenticationRequired');
    const told = step.stdout + step.summary + step.resultsText + JSON.stringify(step.outputs);
    assert.doesNotMatch(told.replace(/^::add-mask::.*$/gm, ''), /Wr0ng-s3cret/);
  });

  it('that is not there is named', async (t) => {
    const job = await Job.begin(t);
    job.write('a.mp4', 'moving pictures');
    // Port 9 of loopback is closed: nobody runs a discard service any more.
    const step = await job.run({
      inputs: { files: '*.mp4', 'outage-timeout': 'PT4S' },
      env: { HTTPS_PROXY: 'http://user:hidden@127.0.0.1:9' },
    });
    assert.deepEqual([step.code, step.stderr], [1, '']);
    assert.match(
      step.stdout,
      /^⏸ .* is out of order, .*The proxy http:\/\/127\.0\.0\.1:9 could not be used/m,
    );
    assert.match(
      step.stdout,
      /^::error.*Gave up after \d+ s .*The proxy http:\/\/127\.0\.0\.1:9 could not be used/m,
    );
    assert.doesNotMatch(step.stdout.replace(/^::add-mask::.*$/gm, ''), /hidden/);
    assert.deepEqual(job.emulator.requests, []);
  });
});
