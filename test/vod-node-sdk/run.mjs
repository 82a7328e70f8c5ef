// Shows that the emulator is faithful: the official SDK, unchanged, publishes to it. See README.md.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const compiled = process.argv[2] ?? join(here, '..', '..', 'lib');
const { startEmulator } = await import(pathToFileURL(join(compiled, 'test', 'emulator', 'emulator.js')).href);

const directory = mkdtempSync(join(tmpdir(), 'vod-node-sdk-'));

/** Writes a file below the temporary directory and returns its path. */
function file(path, content) {
  const full = join(directory, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, content);
  return full;
}

/** Runs the SDK in a child process and returns what it answered for each upload. */
function publish(emulator, uploads) {
  const { secretId, secretKey } = emulator.settings;
  const child = spawn(
    process.execPath,
    [join(here, 'upload.cjs'), JSON.stringify({ secretId, secretKey, uploads })],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: process.env.PATH,
        // The SDK keeps a cache of upload ids in the home directory.
        HOME: directory,
        USERPROFILE: directory,
        APPDATA: directory,
        SystemRoot: process.env.SystemRoot,
        NODE_EXTRA_CA_CERTS: emulator.caFile,
        NODE_OPTIONS: '--no-deprecation',
        // Its API client reads the first, its COS client the second.
        http_proxy: emulator.proxyUrl,
        https_proxy: emulator.proxyUrl,
      },
    },
  );
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(output.trim().split('\n').at(-1)));
      else reject(new Error(`The SDK failed with exit code ${code}.\n${output}`));
    });
  });
}

const emulator = await startEmulator({ keepBodies: true });
try {
  const video = file('holiday.mp4', Buffer.alloc(3 * 1024 * 1024 + 7, 'video'));
  const cover = file('holiday.jpg', 'cover');
  const segments = ['720p/1.ts', '720p/2.ts'].map((path) => file(join('ladder', path), `segment ${path}`));
  const playlist = file(
    'ladder/720p/index.m3u8',
    '#EXTM3U\n#EXTINF:4,\n1.ts\n#EXTINF:4,\n2.ts\n#EXT-X-ENDLIST\n',
  );
  const master = file('ladder/master.m3u8', '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n720p/index.m3u8\n');

  const answers = await publish(emulator, [
    { MediaFilePath: video, MediaName: '假日 (1)', ClassId: 3, ConcurrentUploadNumber: 5 },
    { MediaFilePath: video, CoverFilePath: cover, SubAppId: 1500000001, Procedure: 'LongVideoPreset' },
    { MediaFilePath: master },
  ]);

  const { media, objects } = emulator;
  assert.equal(media.length, 3);
  assert.deepEqual(
    answers,
    media.map(({ fileId, mediaUrl, coverUrl }) => ({
      FileId: fileId,
      MediaUrl: mediaUrl,
      CoverUrl: coverUrl,
    })),
  );
  const [plain, covered, ladder] = media;

  assert.equal(plain.request.MediaName, '假日 (1)');
  assert.equal(plain.request.ClassId, 3);
  assert.equal(plain.request.MediaType, 'mp4');
  assert.deepEqual(objects.get(plain.mediaKey).body, readFileSync(video));
  assert.equal(objects.get(plain.mediaKey).parts, 4);

  assert.equal(covered.subAppId, 1500000001);
  assert.equal(covered.request.Procedure, 'LongVideoPreset');
  assert.deepEqual(objects.get(covered.coverKey).body, readFileSync(cover));

  assert.deepEqual(objects.get(ladder.mediaKey).body, readFileSync(master));
  for (const local of [playlist, ...segments]) {
    const key = ladder.folder + relative(dirname(master), local).replaceAll('\\', '/');
    assert.deepEqual(objects.get(key)?.body, readFileSync(local), key);
  }
  assert.equal(ladder.objects.length, 4);

  for (const request of emulator.requests) {
    assert.equal(request.code, '', `${request.service} ${request.action} was refused: ${request.code}`);
    assert.equal(request.proxied && request.tls, true);
  }
  assert.deepEqual(emulator.proxy.refused, []);
  assert.deepEqual(emulator.openMultiparts, []);
  console.log(`vod-node-sdk published ${media.length} media with ${emulator.requests.length} requests.`);
} finally {
  await emulator.close();
  rmSync(directory, { recursive: true, force: true });
}
