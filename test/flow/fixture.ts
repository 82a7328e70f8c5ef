import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const MIB = 1024 * 1024;

/** A workspace with something to publish. */
export interface Fixture {
  workspace: string;
  inputs: Readonly<Record<string, string>>;
  /** The contents of each medium's objects by what its object key ends with; the empty one is the medium's own key. */
  media: ReadonlyMap<string, ReadonlyMap<string, Buffer>>;
  remove(): void;
}

/** The key of a cover in {@link Fixture.media}, whose object key is chosen by the service like the medium's own. */
export const COVER = 'cover';

function layOut(files: Readonly<Record<string, Buffer>>): { workspace: string; remove(): void } {
  const workspace = realpathSync(mkdtempSync(join(tmpdir(), 'vod-flow-')));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, path)), { recursive: true });
    writeFileSync(join(workspace, path), content);
  }
  return { workspace, remove: () => rmSync(workspace, { recursive: true, force: true }) };
}

function filesOnly(
  files: Readonly<Record<string, Buffer>>,
  inputs: Readonly<Record<string, string>>,
): Fixture {
  const media = Object.entries(files).map(([path, content]) => [path, new Map([['', content]])] as const);
  return { ...layOut(files), inputs: { files: '*.mp4', ...inputs }, media: new Map(media) };
}

/** Three small files. They are published in the order of their names: the largest goes first. */
export function threeFiles(): Fixture {
  return filesOnly(
    { 'first.mp4': randomBytes(3000), 'middle.mp4': randomBytes(2000), 'last.mp4': randomBytes(1000) },
    {},
  );
}

/** Forty files of a few bytes. */
export function fortyFiles(): Fixture {
  const names = Array.from({ length: 40 }, (_, index) => `clip-${index + 10}.mp4`);
  return filesOnly(Object.fromEntries(names.map((name) => [name, randomBytes(20)])), {});
}

/** An HLS package of four segments with a cover, and a film beside it. */
export function packageAndFile(): Fixture {
  const segments = ['first.ts', 'second.ts', 'third.ts', 'last.ts'];
  const playlist = `#EXTM3U\n#EXT-X-TARGETDURATION:4\n${segments.map((name) => `#EXTINF:4,\n${name}\n`).join('')}#EXT-X-ENDLIST\n`;
  const contents = segments.map((name, index) => [name, randomBytes(400_000 - index * 100_000)] as const);
  const manifest = Buffer.from(playlist);
  const cover = randomBytes(500);
  const film = randomBytes(800);
  const files: Record<string, Buffer> = {
    'film.mp4': film,
    'show/index.m3u8': manifest,
    'show/index.jpg': cover,
  };
  for (const [name, content] of contents) files[`show/${name}`] = content;
  return {
    ...layOut(files),
    inputs: { files: '**', cover: '{dir}/{name}.jpg', 'if-no-cover-found': 'ignore' },
    media: new Map([
      ['film.mp4', new Map([['', film]])],
      ['show/index.m3u8', new Map([['', manifest], [COVER, cover], ...contents])],
    ]),
  };
}

/** A film that is sent in three parts, and a small one. */
export function largeFile(): Fixture {
  return filesOnly(
    { 'large.mp4': randomBytes(17 * MIB), 'small.mp4': randomBytes(100) },
    { 'part-size': '6' },
  );
}
