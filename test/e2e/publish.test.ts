import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Job } from './job.js';

const APPLICATION = '1500000001';
const PATH_APPLICATION = 1500000077;

describe('a step publishes files', () => {
  it('with every field that ApplyUpload takes, byte by byte, and says nothing on stderr', async (t) => {
    const job = await Job.begin(t, { keepBodies: true, pathSubAppIds: [PATH_APPLICATION] });
    const files = ['videos/a b.c.mp4', 'videos/long film.MOV', 'videos/ünïcode 影片.mkv'] as const;
    job.write(files[0], randomBytes(70_000));
    job.write(files[1], randomBytes(21_000_000));
    job.write(files[2], randomBytes(1));
    job.write('covers/a b.c.jpg', randomBytes(2000));
    job.write('covers/long film.PNG', randomBytes(3000));
    job.write('covers/ünïcode 影片.jpg', randomBytes(4000));
    const step = await job.run({
      inputs: {
        files: 'videos/*.mp4\nvideos/*.MOV\n# a comment\nvideos/*.mkv\n',
        cover: 'covers/{name}.jpg\ncovers/{name}.PNG',
        region: 'ap-singapore',
        'sub-app-id': String(PATH_APPLICATION),
        'media-name': 'Trailer {name}',
        'class-id': '-7',
        procedure: 'LongVideoPreset',
        'expire-time': '2099-12-31T23:59:59+08:00',
        'source-context': 'from {path}',
        'session-context': '{{"of":"{base}"}}',
        'storage-region': 'ap-shanghai',
        'media-storage-path': '/films/{name}{ext}',
      },
    });

    assert.deepEqual([step.code, step.stderr], [0, '']);
    assert.doesNotMatch(step.stdout, /warning|deprecat/i);
    const { emulator } = job;
    const applied = emulator.requestsOf('vod', 'ApplyUpload').map(({ body }) => body);
    const names = ['a b.c', 'long film', 'ünïcode 影片'];
    const types = ['mp4', 'mov', 'mkv'];
    const covers = ['jpg', 'png', 'jpg'];
    const expected = files.map((path, index) => ({
      MediaType: types[index],
      SubAppId: PATH_APPLICATION,
      MediaName: `Trailer ${names[index]}`,
      CoverType: covers[index],
      Procedure: 'LongVideoPreset',
      ExpireTime: '2099-12-31T15:59:59Z',
      StorageRegion: 'ap-shanghai',
      ClassId: -7,
      SourceContext: `from ${path}`,
      SessionContext: `{"of":"${path.slice('videos/'.length)}"}`,
      MediaStoragePath: `/films/${path.slice('videos/'.length)}`,
    }));
    const byName = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
    assert.deepEqual(applied.toSorted(byName), expected.toSorted(byName));
    const [first] = emulator.requestsOf('vod');
    assert.equal(first?.headers['x-tc-region'], 'ap-singapore');

    assert.deepEqual(
      step.results?.map(({ path }) => path),
      files,
      'in path order',
    );
    for (const [index, result] of (step.results ?? []).entries()) {
      const path = files[index] as string;
      const medium = emulator.media.find(({ fileId }) => fileId === result.fileId);
      assert.ok(medium, path);
      assert.deepEqual([result.status, result.kind, result.objects], ['uploaded', 'file', 2], path);
      assert.deepEqual([result.mediaUrl, result.coverUrl], [medium.mediaUrl, medium.coverUrl], path);
      assert.deepEqual([medium.commits, medium.commitAttempts], [1, 1], path);
      const stored = emulator.objects.get(medium.mediaKey);
      assert.deepEqual([stored?.sha256, stored?.writes], [job.sha256(path), 1], path);
      assert.equal(medium.mediaKey, `films/${path.slice('videos/'.length)}`);
      const cover = emulator.objects.get(medium.coverKey);
      const coverFile = `covers/${names[index]}.${index === 1 ? 'PNG' : 'jpg'}`;
      assert.equal(cover?.sha256, job.sha256(coverFile), coverFile);
      assert.equal(cover?.contentType, index === 1 ? 'image/png' : 'image/jpeg');
    }
    assert.deepEqual(
      step.results?.map(({ fileId }) => job.object(fileId)?.contentType),
      ['video/mp4', 'video/quicktime', 'video/matroska'],
    );
    assert.equal(emulator.objects.size, 6);
    assert.deepEqual(emulator.openMultiparts, []);

    const column = (key: 'fileId' | 'mediaUrl' | 'coverUrl') => step.results?.map((result) => result[key]);
    const { outputs } = step;
    assert.deepEqual(JSON.parse(outputs['file-ids'] ?? ''), column('fileId'));
    assert.deepEqual(JSON.parse(outputs['media-urls'] ?? ''), column('mediaUrl'));
    assert.deepEqual(JSON.parse(outputs['cover-urls'] ?? ''), column('coverUrl'));
    assert.deepEqual(JSON.parse(outputs.results ?? ''), step.results);
    assert.equal(outputs['file-id'], column('fileId')?.[0]);
    assert.equal(outputs['media-url'], column('mediaUrl')?.[0]);
    assert.equal(outputs['cover-url'], column('coverUrl')?.[0]);
    assert.equal(outputs['uploaded-count'], '3');
    assert.equal(outputs['failed-count'], '0');
    assert.equal(outputs['uploaded-bytes'], String(70_000 + 21_000_000 + 1 + 2000 + 3000 + 4000));
    assert.equal(outputs['results-file'], join(job.temp, 'vod-results.json'));
    for (const { fileId = '' } of step.results ?? []) {
      assert.match(fileId, /^\d{19}$/, 'every digit of it');
      assert.match(step.summary, new RegExp(fileId));
    }
    for (const { host, tls, proxied } of emulator.requests) {
      assert.ok(tls && proxied);
      assert.match(host, /^(vod\.tencentcloudapi\.com|[a-z0-9-]+\.cos\.ap-shanghai\.myqcloud\.com)$/);
    }
  });

  it('only with the fields that were given', async (t) => {
    const job = await Job.begin(t);
    job.write('clip.mp4', 'moving pictures');
    const step = await job.run({ inputs: { files: '*.mp4', 'sub-app-id': APPLICATION } });
    assert.equal(step.code, 0);
    const bodies = job.emulator.requestsOf('vod').map(({ body }) => body);
    assert.deepEqual(bodies, [
      { MediaType: 'mp4', SubAppId: Number(APPLICATION), MediaName: 'clip' },
      { VodSessionKey: job.emulator.sessions[0]?.vodSessionKey, SubAppId: Number(APPLICATION) },
    ]);
    assert.equal(step.outputs['cover-urls'], '[""]');
    assert.equal(step.outputs['cover-url'], '');
  });

  it('with one storage request below the threshold, and two besides the parts above it', async (t) => {
    const job = await Job.begin(t);
    job.write('small.mp4', randomBytes(15 * 1024 * 1024));
    job.write('large.mp4', randomBytes(21 * 1024 * 1024));
    const step = await job.run({ inputs: { files: '*.mp4' } });
    assert.equal(step.code, 0);
    const { emulator } = job;
    const requestsFor = (name: string) => {
      const session = emulator.sessions.find(({ request }) => request.MediaName === name);
      return emulator
        .requestsOf('cos')
        .filter(({ path }) => path === `/${session?.mediaKey}`)
        .map(({ action }) => action);
    };
    assert.deepEqual(requestsFor('small'), ['PutObject']);
    const large = requestsFor('large');
    const parts = large.filter((action) => action === 'UploadPart').length;
    assert.ok(parts >= 2, `${parts} parts`);
    assert.deepEqual(large, [
      'InitiateMultipartUpload',
      ...Array(parts).fill('UploadPart'),
      'CompleteMultipartUpload',
    ]);
    assert.equal(job.object(step.outputs['file-id'])?.parts, parts);
  });

  it('with keys of the environment, and with temporary ones and their token', async (t) => {
    const job = await Job.begin(t);
    job.write('clip.mp4', 'moving pictures');
    const temporary = job.emulator.issueTemporaryKey(3600);
    const { secretId, secretKey } = job.emulator.settings;
    const none = { 'secret-id': '', 'secret-key': '' };
    const ways = [
      { inputs: none, env: { TENCENTCLOUD_SECRET_ID: secretId, TENCENTCLOUD_SECRET_KEY: secretKey } },
      {
        inputs: none,
        env: {
          TENCENTCLOUD_SECRET_ID: temporary.secretId,
          TENCENTCLOUD_SECRET_KEY: temporary.secretKey,
          TENCENTCLOUD_SECURITY_TOKEN: temporary.token,
        },
      },
      {
        inputs: {
          'secret-id': temporary.secretId,
          'secret-key': temporary.secretKey,
          'session-token': temporary.token,
        },
        env: { TENCENTCLOUD_SECRET_ID: 'another', TENCENTCLOUD_SECRET_KEY: 'one' },
      },
    ];
    for (const { inputs, env } of ways) {
      const step = await job.run({ inputs: { files: '*.mp4', ...inputs }, env });
      assert.equal(step.code, 0, step.stdout);
    }
    assert.equal(job.emulator.media.length, ways.length);
  });
});
