import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import { connect, PRODUCT, type Services, type Timeouts } from '../../src/connect.js';
import { fastTimers } from './fast-timers.js';
import { settings } from './input-source.js';
import { failureOf, never, serveBytes, serveHttp } from './local-server.js';

/** The services of a run with an API key, which are closed after the test. */
function servicesFor(
  test: TestContext,
  inputs: Record<string, string>,
  env: Record<string, string> = {},
  timeouts: Partial<Timeouts> = {},
  debug?: (line: string) => void,
) {
  const services = connect({
    settings: settings({ 'secret-id': 'AKIDx', 'secret-key': 'k', 'outage-timeout': 'PT2S', ...inputs }, env),
    timeouts: { stallMs: 60_000, answerMs: 60_000, retryTimers: fastTimers(20), ...timeouts },
    ...(debug ? { debug } : {}),
    mask: () => undefined,
    onRetry: () => undefined,
    onSlowConnection: () => undefined,
    onHealth: () => undefined,
    onWarning: () => undefined,
  });
  test.after(() => services.close());
  return services;
}

/** Asks the API for something. */
const apply = ({ uploads }: Services) => uploads.apply('a', () => ({ MediaType: 'mp4' }), never);

describe('the services of a run', () => {
  it('name the proxy when it does not answer', async (t) => {
    const proxy = await serveBytes(t, (socket) => socket.resume());
    const services = servicesFor(t, {}, { HTTPS_PROXY: proxy.url.href }, { stallMs: 500 });
    const error = await failureOf(apply(services));
    assert.equal(error.code, 'ProxyUnreachable');
    assert.ok(error.message.includes(proxy.url.host), error.message);
  });

  it('are asked with the name and version of the action, and counted', async (t) => {
    const agents: unknown[] = [];
    const server = await serveHttp(t, (request, answer) => {
      agents.push(request.headers['user-agent']);
      answer
        .writeHead(403)
        .end('{"Response":{"Error":{"Code":"UnauthorizedOperation","Message":"no"},"RequestId":"x"}}');
    });
    const services = servicesFor(t, { 'vod-endpoint': server.url.href });
    await failureOf(apply(services));
    assert.deepEqual(agents, [PRODUCT]);
    assert.equal(services.vod.requests, 1);
    assert.ok(services.transport.bytesSent > 0);
  });

  it('have their time to answer, and are waited for as long as the inputs say', async (t) => {
    let requests = 0;
    const server = await serveHttp(t, (request) => {
      requests++;
      request.resume();
    });
    const lines: string[] = [];
    const inputs = { 'vod-endpoint': server.url.href, 'outage-timeout': 'PT20S' };
    const services = servicesFor(t, inputs, {}, { answerMs: 100 }, (line) => lines.push(line));
    const error = await failureOf(apply(services));
    assert.match(error.message, /^Gave up after .* without an answer from .* no answer in 0\.1 s/);
    assert.ok(requests >= 2, 'it is asked again');
    assert.equal(lines.length, requests, 'each is a line of the debug log');
  });

  it('are closed with their connections', async (t) => {
    const server = await serveHttp(t, (request, answer) => {
      request.resume().on('end', () => answer.end('no JSON'));
    });
    const services = servicesFor(t, { 'vod-endpoint': server.url.href });
    await failureOf(apply(services));
    const [connection] = server.connections;
    assert.ok(connection && !connection.destroyed, 'it is kept for the next request');
    const closed = once(connection, 'close');
    services.close();
    await closed;
  });

  it('get more storage requests at once when those carry more bytes', async (t) => {
    let time = 0;
    t.mock.method(performance, 'now', () => time);
    const { budget, transport } = servicesFor(t, { concurrency: '64' });
    for (let round = 0; round < 3; round++) {
      const slots = await Promise.all(Array.from({ length: budget.limit }, () => budget.acquire(1, never)));
      time += 1000;
      transport.bytesSent += slots.length * 1_000_000;
      for (const slot of slots) slot.release('done');
    }
    assert.equal(budget.limit, 64);
  });
});
