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

/** Films of these sizes by their names. */
export function films(
  sizes: Readonly<Record<string, number>>,
  inputs: Readonly<Record<string, string>> = {},
): Fixture {
  const files = Object.entries(sizes).map(([name, size]) => [name, randomBytes(size)] as const);
  return filesOnly(Object.fromEntries(files), inputs);
}

/** Three small files, of sizes by which they start in the order of their names. */
export function threeFiles(): Fixture {
  return films({ 'first.mp4': 3000, 'middle.mp4': 1000, 'last.mp4': 2000 });
}

/** Sizes of so many files of a few bytes. */
export function clips(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`clip-${index + 10}.mp4`, 20]));
}

/** Forty files of a few bytes. */
export function fortyFiles(): Fixture {
  return films(clips(40));
}

/** An HLS package laid out in a folder: its files below the workspace, and what its medium consists of. */
function hlsPackage(
  folder: string,
  segments: ReadonlyMap<string, Buffer>,
): { files: Record<string, Buffer>; objects: Map<string, Buffer> } {
  const entries = [...segments.keys()].map((name) => `#EXTINF:4,\n${name}\n`).join('');
  const manifest = Buffer.from(`#EXTM3U\n#EXT-X-TARGETDURATION:4\n${entries}#EXT-X-ENDLIST\n`);
  const cover = randomBytes(500);
  const files: Record<string, Buffer> = {
    [`${folder}/${folder}.m3u8`]: manifest,
    [`${folder}/${folder}.jpg`]: cover,
  };
  for (const [name, content] of segments) files[`${folder}/${name}`] = content;
  return { files, objects: new Map([['', manifest], [COVER, cover], ...segments]) };
}

const COVERED = { files: '**', cover: '{dir}/{name}.jpg', 'if-no-cover-found': 'ignore' };

/** An HLS package with a cover, and a small film beside it. */
function showAndFilm(sizes: Readonly<Record<string, number>>, filmSize = 800): Fixture {
  const segments = Object.entries(sizes).map(([name, size]) => [name, randomBytes(size)] as const);
  const { files, objects } = hlsPackage('show', new Map(segments));
  const film = randomBytes(filmSize);
  return {
    ...layOut({ 'film.mp4': film, ...files }),
    inputs: COVERED,
    media: new Map([
      ['film.mp4', new Map([['', film]])],
      ['show/show.m3u8', objects],
    ]),
  };
}

const SEGMENTS = { 'first.ts': 400_000, 'second.ts': 300_000, 'third.ts': 200_000, 'last.ts': 100_000 };

/** An HLS package of four segments with a cover, and a film beside it, of 800 bytes unless told otherwise. */
export function packageAndFile(filmSize?: number): Fixture {
  return showAndFilm(SEGMENTS, filmSize);
}

/** An HLS package of four segments with a cover. */
export function showWithCover(): Fixture {
  const segments = Object.entries(SEGMENTS).map(([name, size]) => [name, randomBytes(size)] as const);
  const { files, objects } = hlsPackage('show', new Map(segments));
  return { ...layOut(files), inputs: COVERED, media: new Map([['show/show.m3u8', objects]]) };
}

/** An HLS package of more objects than may be in flight at first, and a small film. */
export function longPackageAndFilm(): Fixture {
  return showAndFilm(Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`${index}.ts`, 1000])));
}

/** About as many objects as asked for: packages of a hundred, and for each of them a film and a larger one. */
export function library(objects: number): Fixture {
  const files: Record<string, Buffer> = {};
  const media = new Map<string, ReadonlyMap<string, Buffer>>();
  for (let number = 0; number < Math.ceil(objects / 100); number++) {
    const name = `show-${number}`;
    const segments = Array.from(
      { length: 96 },
      (_, index) => [`${index}.ts`, randomBytes(1 + index * 100)] as const,
    );
    const show = hlsPackage(name, new Map(segments));
    Object.assign(files, show.files);
    media.set(`${name}/${name}.m3u8`, show.objects);
    // Every tenth of the larger films is sent in parts.
    for (const [film, size] of [
      [`film-${number}.mp4`, 3000],
      [`long-${number}.mp4`, number % 10 === 0 ? 17 * MIB : 300_000],
    ] as const) {
      files[film] = randomBytes(size);
      media.set(film, new Map([['', files[film]]]));
    }
  }
  return { ...layOut(files), inputs: COVERED, media };
}

/** A film that is sent in three parts, and a small one. */
export function largeFile(): Fixture {
  return films({ 'large.mp4': 17 * MIB, 'small.mp4': 100 }, { 'part-size': '6' });
}

/** A film that is sent in three parts, with its cover. */
export function largeWithCover(): Fixture {
  const film = randomBytes(17 * MIB);
  const cover = randomBytes(500);
  return {
    ...layOut({ 'large.mp4': film, 'large.jpg': cover }),
    inputs: { files: '*.mp4', cover: '{name}.jpg', 'part-size': '6' },
    media: new Map([
      [
        'large.mp4',
        new Map([
          ['', film],
          [COVER, cover],
        ]),
      ],
    ]),
  };
}
