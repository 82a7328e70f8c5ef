import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { combineCrc64, decimalCrc64, releaseCrc64, takeCrc64 } from './crc64.js';
import { formatString, parseQSignature, qSignature, signKey, stringToSign } from './qsign.js';
import { canonicalRequest, parseTc3Authorization, type Tc3Request, tc3Signature } from './tc3.js';

function sha(algorithm: 'sha1' | 'sha256', text: string): string {
  return createHash(algorithm).update(text).digest('hex');
}

describe('TC3-HMAC-SHA256 gives what the documents print', () => {
  const payload = String.raw`{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`;
  const json: Tc3Request = {
    method: 'POST',
    query: '',
    headers: [
      ['content-type', 'application/json; charset=utf-8'],
      ['host', 'cvm.tencentcloudapi.com'],
    ],
    payload,
    timestamp: 1551113065,
    service: 'cvm',
  };
  const form: Tc3Request = {
    method: 'GET',
    query: 'Limit=10&Offset=0',
    headers: [
      ['content-type', 'application/x-www-form-urlencoded'],
      ['host', 'cvm.tencentcloudapi.com'],
    ],
    payload: '',
    timestamp: 1539084154,
    service: 'cvm',
  };
  const newest: Tc3Request = { ...json, headers: [...json.headers, ['x-tc-action', 'DescribeInstances']] };
  const exampleKey = 'Gu5t9xGARNpq86cd98joQYCN3EXAMPLE';
  const cases: ReadonlyArray<
    [name: string, key: string, request: Tc3Request, canonical: string, signature: string]
  > = [
    [
      'GET of the document of 2019',
      exampleKey,
      form,
      '91c9c192c14460df6c1ffc69e34e6c5e90708de2a6d282cccf957dbf1aa7f3a7',
      '5da7a33f6993f0614b047e5df4582db9e9bf4672ba50567dba16c6ccf174c474',
    ],
    [
      'POST with a key that is masked in part',
      'Gu5t9xGARNpq86cd98joQYCN3*******',
      json,
      '5ffe6a04c0664d6b969fab9a13bdab201d63ee709638e2749d62a09ca18d7031',
      '2230eefd229f582d8b1b891af7107b91597240707d778ab3738f756258d7652c',
    ],
    [
      'POST with an example key',
      exampleKey,
      json,
      '5ffe6a04c0664d6b969fab9a13bdab201d63ee709638e2749d62a09ca18d7031',
      '72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168',
    ],
    [
      'POST with a signed action',
      '*'.repeat(32),
      newest,
      '7019a55be8395899b900fb5564e4200d984910f34794a27cb3fb7d10ff6a1e84',
      '10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f',
    ],
  ];
  for (const [name, key, request, canonical, signature] of cases) {
    it(name, () => {
      assert.equal(sha('sha256', canonicalRequest(request)), canonical);
      assert.equal(tc3Signature(key, request), signature);
    });
  }

  it('reads an Authorization header, and only one of its own form', () => {
    const text = `TC3-HMAC-SHA256 Credential=AKIDexample/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host, Signature=${'0f'.repeat(32)}`;
    assert.deepEqual(parseTc3Authorization(text), {
      secretId: 'AKIDexample',
      date: '2019-02-25',
      service: 'cvm',
      signedHeaders: ['content-type', 'host'],
      signature: '0f'.repeat(32),
    });
    assert.equal(parseTc3Authorization(text.replace('tc3_request', 'tc4_request')), undefined);
  });
});

describe('the COS request signature', () => {
  const host = 'examplebucket-1250000000.cos.ap-beijing.myqcloud.com';

  it('canonicalizes the documented PUT', () => {
    const headers = [
      ['Date', 'Thu, 16 May 2019 06:45:51 GMT'],
      ['Host', host],
      ['Content-Type', 'text/plain'],
      ['Content-Length', '13'],
      ['Content-MD5', 'mQ/fVh815F3k6TAUm8m0eg=='],
      ['x-cos-acl', 'private'],
      ['x-cos-grant-read', 'uin="100000000011"'],
    ] as const;
    const headerList = headers.map(([name]) => name.toLowerCase());
    const request = { method: 'PUT', path: '/exampleobject(腾讯云)', params: [], headers };
    const text = formatString(request, { headerList, urlParamList: [] });
    assert.equal(sha('sha1', text), '8b2751e77f43a0995d6e9eb9477f4b685cca4172');
  });

  it('canonicalizes the documented GET with its parameters', () => {
    const request = {
      method: 'GET',
      path: '/exampleobject(腾讯云)',
      params: [
        ['response-content-type', 'application/octet-stream'],
        ['response-cache-control', 'max-age=600'],
        ['unsigned', 'value'],
      ] as const,
      headers: [
        ['Date', 'Thu, 16 May 2019 06:55:53 GMT'],
        ['Host', host],
        ['User-Agent', 'unsigned'],
      ] as const,
    };
    const text = formatString(request, {
      headerList: ['date', 'host'],
      urlParamList: ['response-cache-control', 'response-content-type'],
    });
    assert.equal(sha('sha1', text), '54ecfe22f59d3514fdc764b87a32d8133ea611e6');
  });

  const keyTime = '1557989151;1557996351';
  const local = [['host', '127.0.0.1:8080']] as const;
  const acl = [
    ['content-length', '13'],
    ['content-type', 'text/plain'],
    ['host', host],
    ['x-cos-acl', 'private'],
  ] as const;
  const cases = [
    {
      name: 'an object with a name that needs encoding',
      request: { method: 'PUT', path: '/exampleobject(腾讯云)', params: [], headers: acl },
      signature: '0e05d18d533c4a8de426f32777f3871c4fd14e55',
    },
    {
      name: 'a part, whose parameters are signed in lower case',
      request: {
        method: 'PUT',
        path: '/a/b c.ts',
        params: [
          ['uploadId', '1585130821cbb7df'],
          ['partNumber', '3'],
        ] as const,
        headers: local,
      },
      signature: '77ae2bf8731384ad4364e14af5f14af7a3566515',
    },
    {
      name: 'a parameter without a value',
      request: { method: 'POST', path: '/a/b', params: [['uploads', '']] as const, headers: local },
      signature: 'a12750c288caed466ce7ad737a41faaed4a3a763',
    },
  ];
  for (const { name, request, signature } of cases) {
    it(`agrees with the official SDK on ${name}`, () => {
      const signed = {
        headerList: request.headers.map(([header]) => header),
        urlParamList: request.params.map(([param]) => param.toLowerCase()),
      };
      const key = signKey('fakefakefakefakefakefakefakefake', keyTime);
      assert.equal(qSignature(key, stringToSign(keyTime, formatString(request, signed))), signature);
    });
  }

  it('is refused when a field is missing', () => {
    assert.equal(parseQSignature('q-sign-algorithm=sha1&q-ak=AKIDexample'), undefined);
  });
});

describe('CRC-64', () => {
  async function crc64(text: string): Promise<string> {
    const hasher = await takeCrc64();
    hasher.update(text);
    const crc = decimalCrc64(hasher);
    releaseCrc64(hasher);
    return crc;
  }

  for (const [text, crc] of [
    ['', '0'],
    ['123456789', '11051210869376104954'],
    ['[Object Content]', '16749565679157681890'],
    ['[Object Part]', '4510578591875220731'],
  ] as const) {
    it(`of ${JSON.stringify(text)} is what the documents print`, async () =>
      assert.equal(await crc64(text), crc));
  }

  it('of a whole follows from the CRCs of its pieces', async () => {
    const text = 'The quick brown fox jumps over the lazy dog. '.repeat(100);
    const whole = await crc64(text);
    for (const at of [0, 1, 45, 1024, text.length]) {
      const [first, second] = [text.slice(0, at), text.slice(at)];
      assert.equal(combineCrc64(await crc64(first), await crc64(second), second.length), whole);
    }
  });
});
