import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { refusesName } from '../corpus/file-system.js';
import { codesOf, namesOf, resolveTree } from '../corpus/resolve-tree.js';

/** A package as it is meant: the manifest's text, every file that it needs, and files that it does not. */
interface Model {
  manifests: Record<string, string>;
  needed: string[];
  decoys: string[];
}

const RUNS = { seed: 20_260_101, numRuns: 80 };
const CHARACTERS = [..."abZ09 é片%#?&+'=,;~-_.!()"];

/** Names that a URI has to encode, without those that mean a folder or that can't be here. */
const name = fc
  .array(fc.constantFrom(...CHARACTERS), { minLength: 1, maxLength: 6 })
  .map((characters) => `n${characters.join('')}`)
  .filter((made) => !refusesName(made));

const folder = fc.array(name, { maxLength: 2 }).map((names) => names.map((part) => `${part}/`).join(''));

function encoded(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** Encoded, with what the rules let a tool add: a `./` before it, a query or fragment after it. */
function written(path: string, style: number): string {
  return `${style % 2 === 0 ? '' : './'}${encoded(path)}${['', '?t=1', '#t'][style % 3]}`;
}

const mediaPlaylist = fc.record({
  folder,
  segments: fc.uniqueArray(name, { minLength: 1, maxLength: 6 }),
  style: fc.nat(5),
  map: fc.boolean(),
  key: fc.constantFrom('none', 'local', 'external'),
  ranges: fc.boolean(),
  part: fc.boolean(),
  gap: fc.boolean(),
});

type MediaPlaylist = typeof mediaPlaylist extends fc.Arbitrary<infer T> ? T : never;

function writeMediaPlaylist(index: number, playlist: MediaPlaylist): Model & { path: string } {
  const base = `p${index}/${playlist.folder}`;
  const { style } = playlist;
  const lines = ['#EXTM3U', '#EXT-X-TARGETDURATION:4'];
  const needed: string[] = [];
  const need = (path: string): string => {
    needed.push(`${base}${path}`);
    return written(path, style);
  };
  if (playlist.key === 'local') lines.push(`#EXT-X-KEY:METHOD=AES-128,URI="${need('k/a.key')}",IV=0x01`);
  if (playlist.key === 'external') lines.push('#EXT-X-KEY:METHOD=AES-128,URI="https://a.example/k"');
  if (playlist.map) lines.push(`#EXT-X-MAP:BYTERANGE="1@0",URI="${need('init.mp4')}"`);
  for (const segment of playlist.segments) {
    const uri = need(`${segment}.ts`);
    if (playlist.part) lines.push(`#EXT-X-PART:DURATION=1,URI="${need(`${segment}.part`)}"`);
    lines.push('#EXTINF:4,a "title", with commas');
    if (playlist.ranges) lines.push('#EXT-X-BYTERANGE:1@0', uri, '#EXTINF:4,', '#EXT-X-BYTERANGE:1@1');
    lines.push(uri);
  }
  if (playlist.gap) lines.push('#EXT-X-GAP', '#EXTINF:4,', 'never-written.ts');
  const path = `${base}index.m3u8`;
  return {
    path,
    manifests: { [path]: `${lines.join('\n')}\n` },
    needed: [...needed, path],
    decoys: [`${base}decoy.ts`],
  };
}

const ROLES = [
  (uri: string) => `#EXT-X-STREAM-INF:BANDWIDTH=1\n${uri}`,
  (uri: string) => `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="n",URI="${uri}"`,
  (uri: string) => `#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="${uri}"`,
  (uri: string) => `#EXT-X-IMAGE-STREAM-INF:BANDWIDTH=1,URI="${uri}"`,
];

const hls: fc.Arbitrary<Model> = fc
  .record({
    playlists: fc.array(mediaPlaylist, { minLength: 1, maxLength: 5 }),
    style: fc.nat(5),
    levels: fc.nat(2),
  })
  .map(({ playlists, style, levels }) => {
    const below = playlists.map((playlist, index) => writeMediaPlaylist(index, playlist));
    const lines = below.map(({ path }, index) => {
      const role = ROLES[(index + style) % ROLES.length] as (uri: string) => string;
      return role(written(path, style));
    });
    const manifests: Record<string, string> = Object.assign({}, ...below.map((model) => model.manifests));
    // Masters above masters: each names the next one, the last one names the media playlists.
    const chain = Array.from({ length: levels }, (_, level) => `m${level}.m3u8`);
    [...chain, 'last.m3u8'].reduce((above, next) => {
      manifests[above] = `#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n${next}\n`;
      return next;
    }, 'top.m3u8');
    manifests['last.m3u8'] = `#EXTM3U\n${lines.join('\n')}\n`;
    return {
      manifests,
      needed: [...chain, 'last.m3u8', ...below.flatMap((model) => model.needed)],
      decoys: ['other.m3u8', ...below.flatMap((model) => model.decoys)],
    };
  });

const representation = fc.record({
  folders: fc.tuple(folder, folder),
  addressing: fc.constantFrom('duration', 'timeline', 'open timeline', 'list', 'base'),
  count: fc.integer({ min: 2, max: 6 }),
  start: fc.nat(20),
  width: fc.nat(4),
  step: fc.integer({ min: 1, max: 3000 }),
  index: fc.boolean(),
  file: name,
});

type Representation = typeof representation extends fc.Arbitrary<infer T> ? T : never;

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;');
}

/** One Period of `count` segments, 10 ms a unit of `step`, with one representation in it. */
function writePeriod(at: number, model: Representation): { text: string; needed: string[] } {
  const { count, start, width, step, index, file } = model;
  const [setFolder, ownFolder] = model.folders;
  const base = `d${at}/${setFolder}${ownFolder}`;
  const numbers = Array.from({ length: count }, (_, offset) => start + offset);
  const padded = (number: number) => String(number).padStart(width, '0');
  const format = width === 0 ? '' : `%0${width}d`;
  const template = (kind: string, attributes: string, content = '') =>
    `<SegmentTemplate timescale="100" startNumber="${start}" initialization="$RepresentationID$-i.mp4" ` +
    `media="$RepresentationID$-$${kind}${format}$.m4s" ${index ? `index="$${kind}${format}$.sidx"` : ''} ${attributes}>${content}</SegmentTemplate>`;
  const files = (values: number[]) => [
    `${at}-i.mp4`,
    ...values.flatMap((value) => [`${at}-${padded(value)}.m4s`, ...(index ? [`${padded(value)}.sidx`] : [])]),
  ];
  const times = numbers.map((_, offset) => offset * step);
  const variants: Record<Representation['addressing'], () => [text: string, needed: string[]]> = {
    duration: () => [template('Number', `duration="${step}"`), files(numbers)],
    timeline: () => [
      template(
        'Time',
        '',
        `<SegmentTimeline><S t="0" d="${step}"/><S d="${step}" r="${count - 2}"/></SegmentTimeline>`,
      ),
      files(times),
    ],
    'open timeline': () => [
      template('Number', '', `<SegmentTimeline><S d="${step}" r="-1"/></SegmentTimeline>`),
      files(numbers),
    ],
    list: () => [
      `<SegmentList duration="1"><Initialization sourceURL="i.mp4"/>${numbers.map((n) => `<SegmentURL media="${n}.m4s"/>`).join('')}</SegmentList>`,
      ['i.mp4', ...numbers.map((n) => `${n}.m4s`)],
    ],
    base: () => [
      `<BaseURL>${escapeXml(encoded(`${file}.mp4`))}</BaseURL><SegmentBase indexRange="0-1"/>`,
      [`${file}.mp4`],
    ],
  };
  const [segments, needed] = variants[model.addressing]();
  const baseUrl = (path: string) => (path === '' ? '' : `<BaseURL>${escapeXml(encoded(path))}</BaseURL>`);
  const own = model.addressing === 'base' ? '' : baseUrl(ownFolder);
  const folderOfFiles = model.addressing === 'base' ? `d${at}/${setFolder}` : base;
  const milliseconds = count * step * 10;
  const duration = `PT${Math.floor(milliseconds / 1000)}.${String(milliseconds % 1000).padStart(3, '0')}S`;
  return {
    text:
      `<Period duration="${duration}">${baseUrl(`d${at}/`)}<AdaptationSet mimeType="video/mp4">${baseUrl(setFolder)}` +
      `<Representation id="${at}" bandwidth="1">${own}${segments}</Representation></AdaptationSet></Period>`,
    needed: needed.map((path) => `${folderOfFiles}${path}`),
  };
}

const dash: fc.Arbitrary<Model> = fc.array(representation, { minLength: 1, maxLength: 4 }).map((models) => {
  const periods = models.map((model, at) => writePeriod(at, model));
  const text = `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">${periods.map((each) => each.text).join('')}</MPD>`;
  const needed = periods.flatMap((each) => each.needed);
  // A decoy beside every file, two numbers after the last one of a template, where nothing may be taken.
  const decoys = models.map(
    ({ start, count, width }, at) => `d${at}/${at}-${String(start + count + 1).padStart(width, '0')}.x`,
  );
  return { manifests: { 'm.mpd': text }, needed, decoys };
});

async function resolvesTo({ manifests, needed, decoys }: Model, manifest: string): Promise<void> {
  const files = Object.fromEntries([...decoys, ...needed].map((path) => [path, 1]));
  const resolved = await resolveTree({ ...files, ...manifests }, manifest);
  assert.deepEqual(codesOf(resolved), [], resolved.problems[0]?.message);
  assert.deepEqual(namesOf(resolved), [...new Set(needed)].sort());
  assert.deepEqual(resolved.warnings, []);
}

/** Without any one of its files a package is refused, and the message names the file. */
async function needsEach({ manifests, needed, decoys }: Model, manifest: string, at: number): Promise<void> {
  const gone = needed.filter((path) => !(path in manifests))[
    at % (needed.length - Object.keys(manifests).length + 1)
  ];
  if (gone === undefined) return;
  const files = Object.fromEntries(
    [...decoys, ...needed].filter((path) => path !== gone).map((path) => [path, 1]),
  );
  const resolved = await resolveTree({ ...files, ...manifests }, manifest);
  assert.deepEqual([...new Set(codesOf(resolved))], ['missing']);
  assert.ok(resolved.problems.every(({ message }) => message.includes(`pkg/${gone}`)));
}

describe('a package made from a model', () => {
  it('of HLS resolves to the files of the model', async () => {
    await fc.assert(
      fc.asyncProperty(hls, (model) => resolvesTo(model, 'top.m3u8')),
      RUNS,
    );
  });

  it('of DASH resolves to the files of the model', async () => {
    await fc.assert(
      fc.asyncProperty(dash, (model) => resolvesTo(model, 'm.mpd')),
      RUNS,
    );
  });

  it('of HLS is refused without any one of them', async () => {
    await fc.assert(
      fc.asyncProperty(hls, fc.nat(), (model, at) => needsEach(model, 'top.m3u8', at)),
      RUNS,
    );
  });
});
