import assert from 'node:assert/strict';
import { lookup } from 'node:dns';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { openTunnel, ProxyError, proxyFor, readProxySettings } from '../../src/network/proxy.js';
import { never, serveBytes } from './local-server.js';

describe('the proxy variables', () => {
  const cases: [what: string, env: Record<string, string>, href: string | undefined][] = [
    ['none', {}, undefined],
    ['empty', { HTTPS_PROXY: '', https_proxy: '' }, undefined],
    ['a URL', { HTTPS_PROXY: 'http://proxy.example:3128' }, 'http://proxy.example:3128/'],
    ['a host and port', { HTTPS_PROXY: 'proxy.example:3128' }, 'http://proxy.example:3128/'],
    ['a proxy behind TLS', { HTTPS_PROXY: 'https://proxy.example' }, 'https://proxy.example/'],
    ['lower case first', { https_proxy: 'http://low:1', HTTPS_PROXY: 'http://up:2' }, 'http://low:1/'],
    ['HTTPS before HTTP', { http_proxy: 'http://plain:1', HTTPS_PROXY: 'http://tls:2' }, 'http://tls:2/'],
    ['HTTP where only that is set', { HTTP_PROXY: 'http://plain:1' }, 'http://plain:1/'],
    ['a login', { https_proxy: 'http://me:p%40ss@proxy:1' }, 'http://me:p%40ss@proxy:1/'],
  ];
  for (const [what, env, href] of cases) {
    it(`may give ${what}`, () => {
      const { url, invalid } = readProxySettings(env);
      assert.deepEqual([url?.href, invalid], [href, undefined]);
    });
  }

  it('are named when their value is no URL, without the value', () => {
    for (const value of ['http://', 'socks5://proxy:1080', 'http://me:secret@', 'proxy.example:x']) {
      assert.deepEqual(readProxySettings({ HTTPS_PROXY: value }), { exceptions: [], invalid: 'HTTPS_PROXY' });
    }
  });

  it('list exceptions by commas or blanks, in any case', () => {
    assert.deepEqual(readProxySettings({ NO_PROXY: ' A.example, .b.example\tc:80,,' }).exceptions, [
      'a.example',
      '.b.example',
      'c:80',
    ]);
    assert.deepEqual(readProxySettings({ no_proxy: 'low', NO_PROXY: 'up' }).exceptions, ['low']);
  });
});

describe('NO_PROXY', () => {
  const cases: [exceptions: string, host: string, port: number, proxied: boolean][] = [
    ['', 'vod.example.com', 443, true],
    ['*', 'vod.example.com', 443, false],
    ['vod.example.com', 'vod.example.com', 443, false],
    ['vod.example.com', 'VOD.example.com', 443, false],
    ['example.com', 'vod.example.com', 443, false],
    ['.example.com', 'vod.example.com', 443, false],
    ['.example.com', 'example.com', 443, false],
    ['*.example.com', 'vod.example.com', 443, false],
    ['example.com', 'notexample.com', 443, true],
    ['vod.example.com', 'example.com', 443, true],
    ['example.com:443', 'vod.example.com', 443, false],
    ['example.com:8443', 'vod.example.com', 443, true],
    ['other.example, example.com', 'vod.example.com', 443, false],
    ['10.0.0.1', '10.0.0.1', 443, false],
    ['0.0.0.1', '10.0.0.1', 443, true],
    ['2001:db8::1', '2001:db8::1', 443, false],
    ['[2001:db8::1]', '2001:db8::1', 443, false],
    ['[2001:db8::1]:8443', '2001:db8::1', 443, true],
    ['2001:db8::1', '2001:db8::2', 443, true],
    ['', 'localhost', 443, false],
    ['', '127.0.0.1', 443, false],
    ['', '::1', 443, false],
  ];
  for (const [exceptions, host, port, proxied] of cases) {
    it(`${exceptions || 'without entries'}: ${host}:${port} is reached ${proxied ? 'by the proxy' : 'directly'}`, () => {
      const settings = readProxySettings({ HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: exceptions });
      assert.equal(proxyFor(settings, host, port)?.href, proxied ? 'http://proxy:3128/' : undefined);
    });
  }

  it('has nothing to say without a proxy', () => {
    assert.equal(proxyFor({ exceptions: [] }, 'vod.example.com', 443), undefined);
  });
});

const terms = {
  timeoutMs: 30_000,
  signal: never,
  lookup,
  addressTimeoutMs: 4000,
  onConnecting: () => undefined,
};

/** A proxy that does with each connection what it is told, and what it was asked. */
async function listen(test: TestContext, answer: (socket: Socket) => void) {
  const asked: string[] = [];
  const server = await serveBytes(test, (socket) => {
    socket.once('data', (head) => {
      asked.push(head.toString('latin1'));
      answer(socket);
    });
  });
  return { url: new URL(`http://me:p%40%C3%A4@127.0.0.1:${server.port}`), asked };
}

async function refusal(tunnel: Promise<Socket>): Promise<ProxyError> {
  const error = await tunnel.then(
    () => assert.fail('the tunnel was opened'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ProxyError);
  return error;
}

describe('a tunnel', () => {
  it('is asked for with the login and carries bytes both ways', async (t) => {
    const proxy = await listen(t, (socket) => {
      socket.write('HTTP/1.1 200 Connection Established\r\nX-Via: proxy\r\n\r\n');
      socket.on('data', (bytes) => socket.write(bytes.toString('latin1').toUpperCase()));
    });
    const socket = await openTunnel(proxy.url, 'vod.example.com', 443, terms);
    t.after(() => socket.destroy());
    const login = Buffer.from('me:p@ä').toString('base64');
    assert.deepEqual(proxy.asked, [
      `CONNECT vod.example.com:443 HTTP/1.1\r\nHost: vod.example.com:443\r\nProxy-Authorization: Basic ${login}\r\nProxy-Connection: keep-alive\r\n\r\n`,
    ]);
    socket.write('hello');
    socket.resume();
    const [echo] = (await once(socket, 'data')) as [Buffer];
    assert.equal(echo.toString(), 'HELLO');
  });

  it('may answer in pieces, and knows IPv6', async (t) => {
    const proxy = await listen(t, (socket) => {
      for (const piece of ['HTTP/1.0 2', '00 OK\r\n', '\r', '\n']) socket.write(piece);
    });
    proxy.url.username = '';
    proxy.url.password = '';
    const socket = await openTunnel(proxy.url, '2001:db8::1', 8443, terms);
    socket.destroy();
    assert.equal(
      proxy.asked[0],
      'CONNECT [2001:db8::1]:8443 HTTP/1.1\r\nHost: [2001:db8::1]:8443\r\nProxy-Connection: keep-alive\r\n\r\n',
    );
  });

  it('sends a password with a bare percent sign as it stands', async (t) => {
    const proxy = await listen(t, (socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    const url = new URL(`http://me:50%off@${proxy.url.host}`);
    (await openTunnel(url, 'vod.example.com', 443, terms)).destroy();
    assert.match(
      proxy.asked[0] ?? '',
      new RegExp(`Basic ${Buffer.from('me:50%off').toString('base64')}\r\n`),
    );
  });

  const refusals: [what: string, answer: string, code: string, transient: boolean, message: RegExp][] = [
    ['407', 'HTTP/1.1 407 Auth\r\n\r\n', 'ProxyAuthenticationRequired', false, /user and password/],
    ['403', 'HTTP/1.1 403 No\r\n\r\n', 'ProxyRefused', false, /connect to vod\.example\.com:443: status 403/],
    ['429', 'HTTP/1.1 429 Busy\r\n\r\n', 'ProxyRefused', true, /status 429/],
    ['502', 'HTTP/1.1 502 Bad\r\n\r\nbody', 'ProxyRefused', true, /status 502/],
    ['another protocol', 'SSH-2.0-OpenSSH_9\r\n\r\n', 'ProxyRefused', false, /no HTTP answer/],
    ['an endless head', 'x'.repeat(17 * 1024), 'ProxyUnreachable', true, /has no end/],
  ];
  for (const [what, answer, code, transient, message] of refusals) {
    it(`is not opened by ${what}, and the password is not told`, async (t) => {
      const proxy = await listen(t, (socket) => socket.write(answer));
      const error = await refusal(openTunnel(proxy.url, 'vod.example.com', 443, terms));
      assert.deepEqual([error.code, error.transient], [code, transient]);
      assert.match(error.message, message);
      assert.ok(!/p%40|p@/.test(error.message), error.message);
      assert.ok(error.message.includes(`127.0.0.1:${proxy.url.port}`));
    });
  }

  it('is given up when the proxy closes the connection', async (t) => {
    const proxy = await listen(t, (socket) => socket.end('HTTP/1.1 2'));
    const error = await refusal(openTunnel(proxy.url, 'vod.example.com', 443, terms));
    assert.deepEqual([error.code, error.transient], ['ProxyUnreachable', true]);
    assert.match(error.message, /it closed the connection/);
  });

  it('is given up when the proxy never answers, and its connection is closed', async (t) => {
    let gone: Promise<unknown> | undefined;
    const proxy = await listen(t, (socket) => {
      gone = once(socket, 'close');
      socket.resume();
    });
    const error = await refusal(openTunnel(proxy.url, 'vod.example.com', 443, { ...terms, timeoutMs: 300 }));
    assert.equal(error.code, 'ProxyUnreachable');
    assert.match(error.message, /no answer in 0\.3 s/);
    await gone;
  });

  it('is given up when nobody listens', async () => {
    // Nothing listens at port 1 of loopback.
    const error = await refusal(openTunnel(new URL('http://127.0.0.1:1'), 'a.example', 443, terms));
    assert.deepEqual([error.code, error.transient], ['ProxyUnreachable', true]);
    assert.match(error.message, /ECONNREFUSED/);
  });
});
