import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { callCos } from '../emulator/cloud-client.js';
import { deferred } from '../emulator/deferred.js';
import { type Effect, requestLimitExceeded } from '../emulator/faults.js';
import { failureOf, never, serveHttp } from './local-server.js';
import { type Api, apiFor, clientFor, fixed } from './vod-api.js';

/** Applies for a medium and stores it, so that it can be committed. */
async function stored({ uploads, emulator }: Api): Promise<string> {
  const { key, mediaKey, credentials } = await uploads.apply(
    'a',
    () => ({ MediaType: 'mp4', MediaName: 'a' }),
    never,
  );
  await callCos(emulator, { method: 'PUT', key: mediaKey, signer: credentials, body: 'moving pictures' });
  return key;
}

const commit = ({ uploads }: Api, key: string) => uploads.commit({ VodSessionKey: key }, never, never);

/** A client of a service that gives this answer to everything. */
async function answeredBy(test: TestContext, response: object) {
  const server = await serveHttp(test, (request, answer) => {
    request.resume().on('end', () => answer.end(JSON.stringify({ Response: response })));
  });
  return clientFor(test, server.url.href, fixed({ secretId: 'i', secretKey: 'k' }));
}

describe('ApplyUpload', () => {
  it('hands over the fields and gets a session', async (t) => {
    const { uploads, emulator, masked } = await apiFor(t);
    const request = {
      MediaType: 'mp4',
      MediaName: 'a',
      CoverType: 'jpg',
      SubAppId: 1_500_000_001,
      ClassId: 0,
    };
    const session = await uploads.apply('a', () => request, never);
    const [granted] = emulator.sessions;
    assert.ok(granted);
    assert.deepEqual(granted.request, request);
    assert.deepEqual(session, {
      key: granted.vodSessionKey,
      bucket: granted.bucket,
      storageRegion: granted.storageRegion,
      mediaKey: granted.mediaKey,
      coverKey: granted.coverKey,
      credentials: {
        secretId: granted.certificate.secretId,
        secretKey: granted.certificate.secretKey,
        token: granted.certificate.token,
        expiresAt: granted.certificate.expiredTime * 1000,
      },
      requestId: emulator.requests[0]?.requestId,
    });
    const { secretId, secretKey, token } = session.credentials;
    assert.deepEqual(masked, [secretId, secretKey, token], 'they are kept out of the log');
  });

  it('may say in two ways that there is no cover', async (t) => {
    const { uploads } = await apiFor(t);
    for (let turn = 0; turn < 2; turn++) {
      assert.equal((await uploads.apply('a', () => ({ MediaType: 'mp4' }), never)).coverKey, '');
    }
  });

  it('is repeated while that can help, and each try counts', async (t) => {
    const { vod, uploads, emulator, retries } = await apiFor(t);
    emulator.fault({ action: 'ApplyUpload', effect: requestLimitExceeded });
    emulator.fault({ action: 'ApplyUpload', effect: { kind: 'reset-after' } });
    await uploads.apply('Launch', () => ({ MediaType: 'mp4', MediaName: 'Launch' }), never);
    assert.equal(retries[0], 'ApplyUpload for Launch: RequestLimitExceeded');
    assert.equal(vod.requests, 3);
  });

  it('is not repeated when it was refused', async (t) => {
    const { uploads, emulator } = await apiFor(t);
    const error = await failureOf(uploads.apply('a', () => ({ MediaType: 'mp4', SubAppId: 7 }), never));
    assert.equal(error.code, 'InvalidParameterValue.SubAppId');
    assert.equal(emulator.requests.length, 1);
  });

  it('is given up when the service was out of order for so long', async (t) => {
    const { uploads, emulator } = await apiFor(t);
    emulator.fault({ times: 'always', effect: { kind: 'html', status: 502 } });
    const error = await failureOf(uploads.apply('a', () => ({ MediaType: 'mp4' }), never));
    assert.equal(error.code, 'HTTP502');
    assert.match(error.message, /^Gave up after 4\d s without an answer from ApplyUpload at /);
    assert.ok(emulator.requests.length > 3);
  });

  const whole = {
    StorageBucket: 'b-1250000000',
    StorageRegion: 'ap-guangzhou',
    VodSessionKey: 'key',
    MediaStoragePath: 'a/b.mp4',
    TempCertificate: { SecretId: 'i', SecretKey: 'k', Token: 't', ExpiredTime: 1_900_000_000 },
    RequestId: 'id',
  };
  it('may leave out what is not needed', async (t) => {
    const { uploads } = await answeredBy(t, whole);
    const { mediaKey, coverKey } = await uploads.apply('a', () => ({ MediaType: 'mp4' }), never);
    assert.deepEqual([mediaKey, coverKey], ['a/b.mp4', '']);
  });

  const lacking: [field: string, changes: object][] = [
    ['StorageBucket', { StorageBucket: '' }],
    ['StorageRegion', { StorageRegion: null }],
    ['VodSessionKey', { VodSessionKey: undefined }],
    ['MediaStoragePath', { MediaStoragePath: '' }],
    ['TempCertificate', { TempCertificate: null }],
    ['StorageBucket', { StorageBucket: { name: 'b' } }],
    ['VodSessionKey', { VodSessionKey: 5 }],
    ['MediaStoragePath', { MediaStoragePath: 'a/\ud800.mp4' }],
    ...[0, -1, 'soon', '1900000000', 1e300, {}, 1.5].map((ExpiredTime): [string, object] => [
      'TempCertificate.ExpiredTime',
      { TempCertificate: { ...whole.TempCertificate, ExpiredTime } },
    ]),
    ['TempCertificate.SecretKey', { TempCertificate: { ...whole.TempCertificate, SecretKey: '' } }],
    ['TempCertificate.Token', { TempCertificate: { ...whole.TempCertificate, Token: ['t'] } }],
  ];
  for (const [field, changes] of lacking) {
    it(`is not a session with ${JSON.stringify(changes)}`, async (t) => {
      const { uploads } = await answeredBy(t, { ...whole, ...changes });
      const error = await failureOf(uploads.apply('a', () => ({ MediaType: 'mp4' }), never));
      assert.deepEqual([error.code, error.kind, error.requestId], ['IncompleteAnswer', 'final', 'id']);
      assert.equal(error.message, `The answer to ApplyUpload lacks a usable ${field}.`);
    });
  }
});

describe('CommitUpload', () => {
  it('gives the FileId as it is, and the URLs', async (t) => {
    const api = await apiFor(t);
    const published = await commit(api, await stored(api));
    const [medium] = api.emulator.media;
    assert.equal(published.fileId, medium?.fileId);
    assert.match(published.fileId, /^\d{19}$/);
    assert.deepEqual(
      [published.mediaUrl, published.coverUrl, published.requestId],
      [medium?.mediaUrl, '', api.emulator.requestsOf('vod', 'CommitUpload')[0]?.requestId],
    );
  });

  const committed = {
    FileId: '5285890784246869930',
    MediaUrl: 'http://x.example/a.mp4',
    CoverUrl: 'http://x.example/a.jpg',
    RequestId: 'id',
  };
  for (const FileId of [5285890784246870000, { id: 1 }, ['1'], '', null, '12x', '-1', true]) {
    it(`is not believed with the FileId ${JSON.stringify(FileId)}`, async (t) => {
      const { uploads } = await answeredBy(t, { ...committed, FileId });
      const error = await failureOf(uploads.commit({ VodSessionKey: 'key' }, never, never));
      assert.deepEqual([error.code, error.requestId], ['IncompleteAnswer', 'id']);
      assert.match(error.message, /lacks a usable FileId, so the medium may be published without it/);
    });
  }

  for (const MediaUrl of [5, { url: 'x' }, 'ftp://x.example/a.mp4', 'a.mp4', null]) {
    it(`has no MediaUrl where it is ${JSON.stringify(MediaUrl)}, and warns`, async (t) => {
      const { uploads, warnings } = await answeredBy(t, { ...committed, MediaUrl, CoverUrl: MediaUrl });
      const published = await uploads.commit({ VodSessionKey: 'key' }, never, never);
      assert.deepEqual([published.mediaUrl, published.coverUrl], ['', '']);
      assert.deepEqual(warnings, ['CommitUpload gave no usable MediaUrl for FileId 5285890784246869930.']);
    });
  }

  it('is repeated with the same session where that is safe', async (t) => {
    const api = await apiFor(t);
    const key = await stored(api);
    api.emulator.fault({ action: 'CommitUpload', effect: { kind: 'reset-after-unprocessed' } });
    api.emulator.fault({ action: 'CommitUpload', effect: { kind: 'error', code: 'InternalError' } });
    await commit(api, key);
    const commits = api.emulator.requestsOf('vod', 'CommitUpload');
    assert.deepEqual(
      commits.map(({ body }) => body),
      Array.from({ length: 3 }, () => ({ VodSessionKey: key })),
    );
    assert.equal(api.emulator.requestsOf('vod', 'ApplyUpload').length, 1);
  });

  it('gives the FileId where the service answers a repeat as it did before', async (t) => {
    const api = await apiFor(t, { repeatedCommit: 'same-answer' });
    const key = await stored(api);
    api.emulator.fault({ action: 'CommitUpload', effect: { kind: 'reset-after' } });
    assert.equal((await commit(api, key)).fileId, api.emulator.media[0]?.fileId);
  });

  const lost: [what: string, effect: Effect][] = [
    ['was lost', { kind: 'reset-after' }],
    ['was a page of a gateway', { kind: 'html', status: 504 }],
    ['was an internal error', { kind: 'error', code: 'InternalError' }],
  ];
  for (const [what, effect] of lost) {
    it(`is uncertain when an answer ${what} and the repeat was refused`, async (t) => {
      const api = await apiFor(t);
      const key = await stored(api);
      api.emulator.fault({ action: 'CommitUpload', effect });
      const refusal = { kind: 'error', code: 'InvalidParameterValue.VodSessionKey' } as const;
      api.emulator.fault({ action: 'CommitUpload', effect: refusal });
      const error = await failureOf(commit(api, key));
      assert.deepEqual([error.code, error.kind], ['CommitUncertain', 'final']);
      assert.match(error.message, /^InvalidParameterValue\.VodSessionKey: .* may be published/);
      const commits = api.emulator.requestsOf('vod', 'CommitUpload');
      assert.equal(commits.length, 2);
      assert.equal(error.requestId, commits[1]?.requestId);
    });
  }

  it('that is never answered keeps its code, and says that it is uncertain', async (t) => {
    const api = await apiFor(t);
    const key = await stored(api);
    api.emulator.fault({
      action: 'CommitUpload',
      times: 'always',
      effect: { kind: 'reset-after-unprocessed' },
    });
    const error = await failureOf(commit(api, key));
    assert.deepEqual([error.code, error.kind], ['ECONNRESET', 'final']);
    assert.match(error.message, /may be published/);
  });

  it('is certain when it was refused at once, or only asked to wait before', async (t) => {
    const api = await apiFor(t);
    const refused = await failureOf(commit(api, 'no such session'));
    assert.equal(refused.code, 'InvalidParameterValue.VodSessionKey');
    assert.ok(!refused.message.includes('may be published'));
    api.emulator.fault({ action: 'CommitUpload', effect: requestLimitExceeded });
    const later = await failureOf(commit(api, 'no such session'));
    assert.equal(later.code, 'InvalidParameterValue.VodSessionKey');
  });

  it('that was stopped before its answer is uncertain, and one that was never sent is cancelled', async (t) => {
    const api = await apiFor(t);
    const key = await stored(api);
    const stop = new AbortController();
    api.emulator.fault({
      action: 'CommitUpload',
      effect: () => {
        stop.abort();
        return { kind: 'stall' };
      },
    });
    const sent = await failureOf(api.uploads.commit({ VodSessionKey: key }, stop.signal, never));
    assert.equal(sent.code, 'CommitUncertain');
    const unsent = await failureOf(api.uploads.commit({ VodSessionKey: key }, stop.signal, never));
    assert.equal(unsent.kind, 'cancelled');
    assert.equal(api.emulator.requestsOf('vod', 'CommitUpload').length, 1);
  });
});

describe('requests that wait for each other', () => {
  it('go out in the order of what they do: those that start media before those that end them', async (t) => {
    const api = await apiFor(t, {}, undefined, 1);
    const { uploads, emulator, rateLimiter } = api;
    const key = await stored(api);
    const released = deferred();
    // The only connection is busy until both wait for it.
    const busy = rateLimiter.request('Other', 0).run(never, () => released.promise);
    const both = [commit(api, key), uploads.apply('b', () => ({ MediaType: 'mp4', MediaName: 'b' }), never)];
    await new Promise((resolve) => setImmediate(resolve));
    released.resolve();
    await Promise.all([busy, ...both]);
    const order = emulator.requestsOf('vod').map(({ action }) => action);
    assert.deepEqual(order, ['ApplyUpload', 'ApplyUpload', 'CommitUpload']);
  });
});
