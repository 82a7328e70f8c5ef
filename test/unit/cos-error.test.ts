import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FailureKind } from '../../src/network/errors.js';
import type { Answer } from '../../src/network/message.js';
import { cosError, cosFailureKind, holdsError } from '../../src/storage/cos-error.js';

const answerOf = (status: number, body: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers,
  body: Buffer.from(body),
});
const document = (code: string, message = 'Why.') =>
  `<?xml version='1.0' encoding='utf-8' ?>\n<Error>\n\t<Code>${code}</Code>\n\t<Message>${message}</Message>\n\t<RequestId>body-id</RequestId>\n</Error>\n`;

describe('an error of COS', () => {
  const kinds: [kind: FailureKind, errors: [code: string, status: number, message?: string][]][] = [
    [
      'corrected',
      [
        ['RequestTimeTooSkewed', 403],
        ['AccessDenied', 403, 'Request has expired'],
      ],
    ],
    [
      'throttled',
      [
        ['SlowDown', 503],
        ['UserNetworkTooSlow', 400],
        ['TooManyRequests', 429],
        ['HTTP429', 429],
      ],
    ],
    [
      'transient',
      [
        ['InternalError', 500],
        ['ServiceUnavailable', 503],
        ['HTTP502', 502],
        ['HTTP503', 503],
      ],
    ],
    [
      'damaged',
      [
        ['BadDigest', 400],
        ['IncompleteBody', 400],
        ['RequestTimeout', 400],
        ['PathConflict', 409],
        ['SomethingNew', 409],
        ['HTTP408', 408],
      ],
    ],
    [
      'final',
      [
        ['AccessDenied', 403, 'Access Denied.'],
        ['SignatureDoesNotMatch', 403],
        ['InvalidAccessKeyId', 403],
        ['ExpiredToken', 400],
        ['NoSuchBucket', 404],
        ['NoSuchUpload', 404],
        ['EntityTooLarge', 400],
        ['PaymentRequired', 402],
        ['NotImplemented', 501],
        ['SomethingNew', 400],
      ],
    ],
  ];
  for (const [kind, errors] of kinds) {
    it(`is ${kind} for ${errors.map(([code]) => code).join(', ')}`, () => {
      for (const [code, status, message = ''] of errors)
        assert.equal(cosFailureKind(code, message, status), kind, code);
    });
  }

  it('is read from its document, with what its headers say', () => {
    const headers = {
      'x-cos-request-id': 'header-id',
      'retry-after': '7',
      date: 'Sat, 31 Jan 2026 10:00:00 GMT',
    };
    const error = cosError(answerOf(503, document('SlowDown', 'Reduce your rate.'), headers));
    assert.deepEqual(
      [error.code, error.message, error.kind, error.status, error.requestId, error.retryAfterMs, error.date],
      ['SlowDown', 'Reduce your rate.', 'throttled', 503, 'header-id', 7000, headers.date],
    );
    assert.equal(cosError(answerOf(400, document('ExpiredToken'))).requestId, 'body-id');
  });

  it('asks to wait by its own clock', () => {
    const headers = { 'retry-after': 'Thu, 31 Jan 2030 10:00:07 GMT', date: 'Thu, 31 Jan 2030 10:00:00 GMT' };
    assert.equal(cosError(answerOf(503, document('SlowDown'), headers)).retryAfterMs, 7000);
  });

  it('may be a page of something on the way, or nothing at all', () => {
    const page = '<html><head><title>502 Bad Gateway</title></head><body><hr></body></html>';
    const foreign = /not from the storage service, but from something between/;
    const silent = /status \d+ and no reason/;
    const cases: [answer: Answer, code: string, kind: FailureKind, message?: RegExp][] = [
      [answerOf(502, page), 'HTTP502', 'transient', /from something .*Its title is "502 Bad Gateway"/],
      [answerOf(403, page), 'HTTP403', 'final'],
      [answerOf(403, ''), 'HTTP403', 'final'],
      [answerOf(503, 'busy'), 'HTTP503', 'transient'],
      [answerOf(302, ''), 'HTTP302', 'transient'],
      [answerOf(302, '', { 'x-cos-request-id': 'id' }), 'HTTP302', 'final', silent],
      [answerOf(500, '<Error><Code>Internal'), 'HTTP500', 'transient'],
      [answerOf(500, '<Error>text</Error>'), 'HTTP500', 'transient'],
    ];
    for (const [answer, code, kind, message = foreign] of cases) {
      const error = cosError(answer);
      assert.deepEqual([error.code, error.kind], [code, kind], answer.body.toString());
      assert.match(error.message, message);
    }
  });

  it('may have the status 200', () => {
    assert.ok(holdsError(answerOf(200, document('InternalError'))));
    assert.ok(holdsError(answerOf(200, `${' '.repeat(500)}${document('InternalError')}`)));
    assert.ok(!holdsError(answerOf(200, '<Errors></Errors>')));
    assert.ok(!holdsError(answerOf(200, '<CompleteMultipartUploadResult/>')));
    assert.ok(!holdsError(answerOf(200, '')));
  });
});
