import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { Job } from './job.js';

const KEY = '#EXT-X-KEY:METHOD=AES-128,URI="keys/a.key"\n';
const HLS_MASTER = `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aac",NAME="English",DEFAULT=YES,URI="audio/en.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=800000,AUDIO="aac"
low/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=2800000,AUDIO="aac"
high%20quality/index.m3u8?session=1
`;

function mediaPlaylist(segments: readonly string[], head = ''): string {
  const entries = segments.map((segment) => `#EXTINF:4.0,\n${segment}`).join('\n');
  return `#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n${head}${entries}\n#EXT-X-ENDLIST\n`;
}

/** Lays out an HLS ladder in a folder; returns its files besides the master, relative to the folder. */
function layHls(job: Job, folder: string): string[] {
  job.write(`${folder}/master.m3u8`, HLS_MASTER);
  job.write(`${folder}/low/index.m3u8`, mediaPlaylist(['0.ts', '1.ts'], KEY));
  job.write(`${folder}/low/keys/a.key`, randomBytes(16));
  job.write(
    `${folder}/high quality/index.m3u8`,
    mediaPlaylist(['seg%200.m4s', 'ü.m4s'], '#EXT-X-MAP:URI="init.mp4"\n'),
  );
  job.write(`${folder}/audio/en.m3u8`, mediaPlaylist(['0.aac']));
  const segments = [
    'low/0.ts',
    'low/1.ts',
    'high quality/init.mp4',
    'high quality/seg 0.m4s',
    'high quality/ü.m4s',
    'audio/0.aac',
  ];
  for (const segment of segments) job.write(`${folder}/${segment}`, randomBytes(20_000 + segment.length));
  return ['low/index.m3u8', 'low/keys/a.key', 'high quality/index.m3u8', 'audio/en.m3u8', ...segments];
}

const DASH = `<?xml version="1.0" encoding="utf-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT8S" profiles="urn:mpeg:dash:profile:isoff-live:2011">
  <Period duration="PT8S">
    <AdaptationSet contentType="video" mimeType="video/mp4">
      <SegmentTemplate timescale="1000" duration="4000" startNumber="1" initialization="$RepresentationID$/init.mp4" media="$RepresentationID$/$Number%03d$.m4s"/>
      <Representation id="v1" bandwidth="800000"/>
      <Representation id="v2" bandwidth="2800000"/>
    </AdaptationSet>
  </Period>
</MPD>
`;

/** Lays out a DASH package in a folder; returns its files besides the manifest, relative to the folder. */
function layDash(job: Job, folder: string): string[] {
  job.write(`${folder}/stream.mpd`, DASH);
  const files = ['v1', 'v2'].flatMap((id) => [`${id}/init.mp4`, `${id}/001.m4s`, `${id}/002.m4s`]);
  for (const file of files) job.write(`${folder}/${file}`, randomBytes(10_000 + file.length));
  return files;
}

describe('a package is one medium', () => {
  const packages = [
    {
      kind: 'hls',
      manifest: 'master.m3u8',
      type: 'm3u8',
      lay: layHls,
      contentType: 'application/vnd.apple.mpegurl',
    },
    { kind: 'dash', manifest: 'stream.mpd', type: 'mpd', lay: layDash, contentType: 'application/dash+xml' },
  ];
  for (const { kind, manifest, type, lay, contentType } of packages) {
    it(`${kind}: every file under its own name beside the manifest, one apply and one commit`, async (t) => {
      const job = await Job.begin(t);
      const files = lay(job, 'out/film');
      job.write('out/film/unreferenced.txt', 'nobody asks for it');
      job.write('out/film/poster.jpg', 'poster');
      const step = await job.run({
        inputs: { files: `out/**\n!**/*.txt`, cover: '{dir}/poster.jpg', procedure: 'LongVideoPreset' },
      });
      assert.deepEqual([step.code, step.stderr], [0, ''], step.stdout);
      const { emulator } = job;
      const requests = emulator.requestsOf('vod').map(({ action }) => action);
      assert.deepEqual(requests, ['ApplyUpload', 'CommitUpload']);
      const [medium] = emulator.media;
      assert.ok(medium);
      assert.deepEqual(medium.request, {
        MediaType: type,
        MediaName: manifest.split('.')[0],
        CoverType: 'jpg',
        Procedure: 'LongVideoPreset',
      });
      const expected = new Map<string, string>([
        [medium.mediaKey, `out/film/${manifest}`],
        [medium.coverKey, 'out/film/poster.jpg'],
        ...files.map((file): [string, string] => [`${medium.folder}${file}`, `out/film/${file}`]),
      ]);
      assert.deepEqual([...emulator.objects.keys()].sort(), [...expected.keys()].sort());
      for (const [key, path] of expected) {
        assert.equal(emulator.objects.get(key)?.sha256, job.sha256(path), path);
        assert.equal(emulator.objects.get(key)?.writes, 1, path);
      }
      assert.equal(emulator.objects.get(medium.mediaKey)?.contentType, contentType);
      assert.equal(emulator.requestsOf('cos').length, expected.size, 'one request for each small file');
      const [result] = step.results ?? [];
      assert.equal(step.results?.length, 1);
      assert.deepEqual(
        [result?.path, result?.kind, result?.status, result?.objects],
        [`out/film/${manifest}`, kind, 'uploaded', expected.size],
      );
      assert.equal(step.outputs['media-url'], medium.mediaUrl);
      assert.equal(step.outputs['cover-url'], medium.coverUrl);
    });
  }

  it('HLS and DASH over the same segments are two media, each whole', async (t) => {
    const job = await Job.begin(t);
    job.write('out/stream.mpd', DASH);
    const files = layDash(job, 'out');
    const playlists = ['v1', 'v2'].map((id) => `${id}.m3u8`);
    job.write(
      'out/master.m3u8',
      `#EXTM3U\n${playlists.map((name) => `#EXT-X-STREAM-INF:BANDWIDTH=1\n${name}\n`).join('')}`,
    );
    for (const id of ['v1', 'v2'])
      job.write(
        `out/${id}.m3u8`,
        mediaPlaylist([`${id}/001.m4s`, `${id}/002.m4s`], `#EXT-X-MAP:URI="${id}/init.mp4"\n`),
      );
    const step = await job.run({ inputs: { files: 'out/**' } });
    assert.equal(step.code, 0, step.stdout);
    assert.deepEqual(
      step.results?.map(({ path, objects }) => [path, objects]),
      [
        ['out/master.m3u8', 1 + playlists.length + files.length],
        ['out/stream.mpd', 1 + files.length],
      ],
    );
    for (const { objects, folder } of job.emulator.media)
      for (const file of files)
        assert.ok(
          objects.some(({ key }) => key === folder + file),
          file,
        );
  });
});

describe('a package that is not whole', () => {
  it('is not begun; the message names playlist, line and file, and the other medium is published', async (t) => {
    const job = await Job.begin(t);
    layHls(job, 'broken');
    job.write('broken/low/index.m3u8', mediaPlaylist(['0.ts', '1.ts', 'gone.ts'], KEY));
    job.write('film.mp4', 'moving pictures');
    const step = await job.run({ inputs: { files: 'broken/**\n*.mp4' } });
    assert.deepEqual([step.code, step.stderr], [1, '']);
    const [broken, film] = step.results ?? [];
    assert.equal(step.results?.length, 2, 'segments of a broken package are no media of their own');
    assert.deepEqual(
      [broken?.path, broken?.status, broken?.error?.stage],
      ['broken/master.m3u8', 'failed', 'plan'],
    );
    for (const text of [broken?.error?.message ?? '', step.stdout]) {
      assert.match(text, /broken\/low\/index\.m3u8/);
      assert.match(text, /\b10\b/, 'the line');
      assert.match(text, /gone\.ts/);
    }
    assert.equal(film?.status, 'uploaded');
    assert.deepEqual(
      job.emulator.sessions.map(({ request }) => request.MediaName),
      ['film'],
    );
  });

  it('fails when one of its files is refused, and is not committed', async (t) => {
    const job = await Job.begin(t);
    layHls(job, 'out');
    job.emulator.fault({
      service: 'cos',
      match: ({ path }) => path.endsWith('/low/1.ts'),
      times: 'always',
      effect: { kind: 'error', code: 'AccessDenied' },
    });
    const step = await job.run({ inputs: { files: 'out/**' } });
    assert.equal(step.code, 1);
    assert.deepEqual(
      [step.results?.[0]?.error?.stage, step.results?.[0]?.error?.code],
      ['upload', 'AccessDenied'],
    );
    assert.deepEqual(job.emulator.requestsOf('vod', 'CommitUpload'), []);
  });
});
