import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ValueError } from '../../src/errors.js';
import {
  fillEndpoint,
  isLoopback,
  parseEndpoint,
  parseEndpointTemplate,
} from '../../src/network/endpoint.js';

describe('an endpoint', () => {
  const cases: [text: string, href: string][] = [
    ['vod.tencentcloudapi.com', 'https://vod.tencentcloudapi.com/'],
    ['VOD.tencentcloudapi.com', 'https://vod.tencentcloudapi.com/'],
    ['vod.example:8443', 'https://vod.example:8443/'],
    ['https://vod.example', 'https://vod.example/'],
    ['https://vod.example:443/', 'https://vod.example/'],
    ['my_gate.internal', 'https://my_gate.internal/'],
    ['[2001:db8::1]:8443', 'https://[2001:db8::1]:8443/'],
    ['localhost:8080', 'https://localhost:8080/'],
    ['http://localhost:8080', 'http://localhost:8080/'],
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080/'],
    ['http://127.1', 'http://127.0.0.1/'],
    ['http://[::1]:80', 'http://[::1]/'],
  ];
  for (const [text, href] of cases) {
    it(`${text} is ${href}`, () => {
      assert.equal(parseEndpoint(text).href, href);
    });
  }

  const refused: string[] = [
    ...[
      '',
      ' ',
      'https://',
      'a b.com',
      'ftp://vod.example',
      'file:///etc',
      'vod.example/path',
      'vod.example?x=1',
    ],
    ...['https://vod.example/#a', 'https://me:secret@vod.example', 'vod.example\\a', 'vod.example:99999'],
    ...['{region}.example', 'vod.{', 'https://vod.example//', 'vod;x.example', 'a,b', 'vod*.example'],
  ];
  for (const text of refused) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => parseEndpoint(text),
        (error) => error instanceof ValueError && /^it takes a host such as/.test(error.message),
      );
    });
  }

  for (const text of [
    'http://vod.example',
    'http://127.0.0.1.example.com',
    'http://10.0.0.1',
    'http://[::2]',
  ]) {
    it(`refuses to send credentials in the clear to ${text}`, () => {
      assert.throws(
        () => parseEndpoint(text),
        (error) => error instanceof ValueError && /in the clear/.test(error.message),
      );
    });
  }
});

describe('a storage endpoint', () => {
  const fill = (text: string) => fillEndpoint(parseEndpointTemplate(text), 'b-125', 'ap-x-2').href;

  it('has its bucket and region filled in', () => {
    assert.equal(fill('{bucket}.cos.{region}.myqcloud.com'), 'https://b-125.cos.ap-x-2.myqcloud.com/');
    assert.equal(fill('https://{bucket}.{bucket}.example:8443'), 'https://b-125.b-125.example:8443/');
    assert.equal(fill('http://127.0.0.1:9000'), 'http://127.0.0.1:9000/');
  });

  for (const text of [
    '{buckets}.example',
    '{}',
    '{bucket.example',
    '{bucket}.example/{region}',
    'http://{bucket}.x',
    'http://{bucket}.localhost',
  ]) {
    it(`refuses ${text}`, () => {
      assert.throws(() => parseEndpointTemplate(text), ValueError);
    });
  }

  it('names the placeholder that it does not know', () => {
    assert.throws(() => parseEndpointTemplate('{bucket}.{zone}.example'), /not \{zone\}/);
  });
});

describe('loopback', () => {
  it('is what does not leave the machine', () => {
    const names = ['localhost', '127.0.0.1', '127.9.8.7', '[::1]', '::1'];
    assert.deepEqual(
      names.filter((name) => !isLoopback(name)),
      [],
    );
    const others = [
      'localhost.example',
      'xlocalhost',
      'a.localhost',
      '128.0.0.1',
      '127.0.0.1.example',
      '[::2]',
      '',
      '0.0.0.0',
    ];
    assert.deepEqual(others.filter(isLoopback), []);
  });
});
