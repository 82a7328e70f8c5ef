import assert from 'node:assert/strict';
import { realpathSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readMpd } from '../../src/media/dash/parser.js';
import { mpdItems } from '../../src/media/dash/references.js';
import { readPlaylist } from '../../src/media/hls/playlist.js';
import { hlsItems } from '../../src/media/hls/references.js';
import { HlsVariables } from '../../src/media/hls/variables.js';
import { PackageBudget, RunBudget } from '../../src/media/package/budget.js';
import { ManifestError } from '../../src/media/package/manifest-error.js';
import type { PackageReference } from '../../src/media/package/reference.js';
import { TimeSlice } from '../../src/media/package/time-slice.js';
import { isManifest, resolvePackage } from '../../src/media/resolve-package.js';
import { refusesTree } from '../corpus/file-system.js';
import { corpusPackages, layOut, type Tree } from '../corpus/lay-out.js';

/** A hang shows as a timeout; nothing here measures speed. */
const HANG = { timeout: 300_000 };

/** What manifests mean something by, and what attacks are made of. */
const TOKENS = [
  '../',
  '..',
  '%2e%2e/',
  '%2f',
  '\\',
  '/etc/passwd',
  'file:///etc/passwd',
  'https://a.example/',
  '//a.example/',
  'C:/',
  '\0',
  '\r',
  '\n',
  '\u2028',
  '\ufeff',
  '\ud800',
  '"',
  "'",
  ',',
  '=',
  '#',
  '?',
  '%',
  '%zz',
  '$',
  '$$',
  '{$a}',
  '<',
  '>',
  '&',
  '&#0;',
  ']]>',
  '<!--',
  '<!DOCTYPE x>',
  '<![CDATA[',
  '-1',
  '0',
  '99999999999999999999',
  '1e9',
  'PT0S',
  'PT99999999999H',
  '__proto__',
  '#EXTINF:1,\n',
  '#EXT-X-GAP\n',
  '#EXT-X-STREAM-INF:X=1\n',
  '#EXT-X-KEY:METHOD=AES-128,URI="../k"\n',
  '#EXT-X-SKIP:A=1\n',
  '#EXT-X-MAP:URI=""\n',
  '#EXT-X-DEFINE:NAME="a",VALUE="../"\n',
  '#EXT-X-MEDIA:URI="index.m3u8"\n',
  '<BaseURL>../</BaseURL>',
  '<BaseURL>a/</BaseURL>',
  '<S d="1" r="-1"/>',
  '<S d="0" r="-1"/>',
  '<S d="1" r="999999999999"/>',
  'duration="0"',
  'duration="1"',
  'media="$RepresentationID$"',
  'media="$Number%099d$"',
  'startNumber="99999999999999999999"',
  'timescale="18446744073709551615"',
  'xlink:href="x"',
  '<Period>',
  '</Period>',
  '<SegmentTemplate/>',
  '<SegmentList/>',
  'endNumber="5"',
];

interface Edit {
  kind: 'insert' | 'delete' | 'copy' | 'replace';
  at: number;
  length: number;
  token: string;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom('insert', 'delete', 'copy', 'replace'),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.nat(60),
  token: fc.constantFrom(...TOKENS),
});

function mutate(text: string, edits: readonly Edit[]): string {
  return edits.reduce(apply, text);
}

function apply(text: string, { kind, at, length, token }: Edit): string {
  const from = Math.floor(at * text.length);
  const [before, piece, after] = [
    text.slice(0, from),
    text.slice(from, from + length),
    text.slice(from + length),
  ];
  const made = { insert: token + piece, delete: '', copy: piece + piece, replace: token };
  return before + made[kind] + after;
}

interface Seed {
  name: string;
  tree: Tree;
  manifest: string;
  text: string;
}

/** Every manifest of the corpus that can be laid out here, nested playlists too, as the manifest of its package. */
const seeds: Seed[] = corpusPackages().flatMap(([name, { tree }]) =>
  Object.entries(refusesTree(tree) ? {} : tree).flatMap(([manifest, text]) =>
    isManifest(manifest) && typeof text === 'string' ? [{ name, tree, manifest, text }] : [],
  ),
);

const mutated = fc
  .tuple(fc.constantFrom(...seeds), fc.array(edit, { minLength: 1, maxLength: 6 }))
  .map(([seed, edits]) => ({ seed, text: mutate(seed.text, edits) }));

/** References of a manifest's text. */
async function referencesIn(manifest: string, text: string): Promise<PackageReference[]> {
  const budget = new PackageBudget(new RunBudget());
  const slice = new TimeSlice();
  if (isManifest(manifest) === 'hls') {
    const playlist = await readPlaylist(text, budget, slice);
    const items = [...hlsItems(playlist, '', new HlsVariables(new Map(), budget), budget)];
    return items.flatMap((item) => (item && 'reference' in item ? [item.reference] : []));
  }
  return [...mpdItems(await readMpd(text, budget, slice), '', budget)].flatMap((item) => {
    if (item === undefined) return [];
    if ('segments' in item) return item.segments.flat();
    return 'reference' in item ? [item.reference] : [];
  });
}

function assertInside(path: string): void {
  assert.ok(!path.startsWith('/') && !path.includes('\\') && !/\p{Cc}/u.test(path), JSON.stringify(path));
  assert.ok(!path.split('/').includes('..'), JSON.stringify(path));
}

describe('mutated manifests', () => {
  it('make the parsers refuse or name files below the folder, and nothing else', HANG, async () => {
    await fc.assert(
      fc.asyncProperty(mutated, async ({ seed, text }) => {
        try {
          for (const { targets } of await referencesIn(seed.manifest, text)) {
            for (const { path, raw, uncut = '' } of targets) {
              assertInside(path);
              assertInside(raw);
              assertInside(uncut);
            }
          }
        } catch (error) {
          if (!(error instanceof ManifestError)) throw error;
          assert.match(error.code, /^[a-z0-9-]+$/);
        }
      }),
      { seed: 11, numRuns: 6000 },
    );
  });

  it('resolve to files of their own package, or to problems', HANG, async () => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    const folders = new Map(seeds.map(({ name, tree }) => [name, layOut(tree)]));
    const property = fc.asyncProperty(mutated, async ({ seed, text }) => {
      const { folder } = folders.get(seed.name) ?? assert.fail();
      const manifest = join(folder, seed.manifest);
      writeFileSync(manifest, text);
      const { files, problems } = await resolvePackage(manifest, { displayPath: seed.manifest });
      writeFileSync(manifest, seed.text);
      assert.ok(files.length + problems.length > 0);
      for (const { file, relative } of files) {
        assert.ok(realpathSync(file).startsWith(folder + sep), file);
        assertInside(relative);
      }
    });
    await fc.assert(property, { seed: 12, numRuns: 600 });
    for (const { remove } of folders.values()) remove();
    assert.deepEqual(Object.getOwnPropertyNames(Object.prototype), before);
  });

  it('of random bytes are refused', HANG, async () => {
    const { folder, remove } = layOut({});
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom('a.m3u8', 'a.mpd'),
        async (bytes, name) => {
          writeFileSync(join(folder, name), bytes);
          const { problems } = await resolvePackage(join(folder, name), { displayPath: name });
          assert.equal(problems.length, 1);
        },
      ),
      { seed: 13, numRuns: 300 },
    );
    remove();
  });
});

describe('large hostile manifests', () => {
  const MANY = 300_000;
  const MPD = '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" mediaPresentationDuration="PT9S">';
  const texts: [what: string, manifest: string, text: string][] = [
    ['commas in an attribute list', 'a.m3u8', `#EXTM3U\n#EXT-X-KEY:${','.repeat(MANY)}`],
    ['commas in quotes that nothing names', 'a.m3u8', `#EXTM3U\n#EXT-X-DATERANGE:X"${','.repeat(MANY)}"`],
    ['quotes', 'a.m3u8', `#EXTM3U\n#EXT-X-MAP:URI=${'"'.repeat(MANY)}`],
    ['digits and a line separator in EXTINF', 'a.m3u8', `#EXTM3U\n#EXTINF:${'1'.repeat(MANY)}\u2028\ns.ts`],
    ['blanks', 'a.m3u8', `#EXTM3U\n${' '.repeat(MANY)}x${' '.repeat(MANY)}`],
    ['carriage returns', 'a.m3u8', `#EXTM3U\n${'\r'.repeat(MANY)}`],
    ['half variables', 'a.m3u8', `#EXTM3U\n#EXT-X-MAP:URI="${'{$a'.repeat(MANY)}"`],
    ['segments of a path', 'a.m3u8', `#EXTM3U\n${'a/'.repeat(MANY)}`],
    ['percent signs', 'a.m3u8', `#EXTM3U\n${'%'.repeat(MANY)}`],
    ['question marks', 'a.m3u8', `#EXTM3U\n${'?'.repeat(MANY)}`],
    ['Periods', 'a.mpd', `${MPD}${'<Period duration="PT0.123456789S"/>'.repeat(MANY)}</MPD>`],
    [
      'representations of one set',
      'a.mpd',
      `${MPD}<Period><AdaptationSet>${'<Representation/>'.repeat(MANY / 3)}</AdaptationSet></Period></MPD>`,
    ],
    ['alternatives', 'a.mpd', `${MPD}${'<BaseURL>a/</BaseURL>'.repeat(MANY / 3)}<Period/></MPD>`],
    [
      'dollar signs',
      'a.mpd',
      `${MPD}<Period><AdaptationSet><Representation><SegmentTemplate media="${'$'.repeat(MANY)}"/></Representation></AdaptationSet></Period></MPD>`,
    ],
    ['ampersands', 'a.mpd', `${MPD}${'&'.repeat(MANY)}</MPD>`],
    [
      'attributes',
      'a.mpd',
      `<MPD ${Array.from({ length: MANY / 3 }, (_, index) => `a${index}=""`).join(' ')}/>`,
    ],
    [
      'namespaces',
      'a.mpd',
      `<MPD ${Array.from({ length: MANY / 3 }, (_, index) => `xmlns:a${index}="u"`).join(' ')}><Period/></MPD>`,
    ],
  ];
  for (const [what, manifest, text] of texts) {
    it(`of ${what} come to an end`, HANG, async () => {
      const { folder, remove } = layOut({ [manifest]: text });
      const { files, problems } = await resolvePackage(join(folder, manifest), { displayPath: manifest });
      remove();
      assert.equal(files.length, 0);
      assert.ok(problems.length > 0);
    });
  }
});
