import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tree } from '../corpus/lay-out.js';
import { codesOf, namesOf, resolveTree } from '../corpus/resolve-tree.js';

const HEAD = '#EXTM3U\n#EXT-X-TARGETDURATION:4\n';
const SEGMENT = '#EXTINF:4,\ns.ts\n';

/** Resolves a media playlist of these lines with one segment `s.ts` at its end. */
function playlist(lines: string, tree: Tree = {}) {
  return resolveTree({ 'index.m3u8': `${HEAD}${lines}\n${SEGMENT}`, 's.ts': 1, ...tree }, 'index.m3u8');
}

describe('the files of a playlist', () => {
  const stories: [what: string, lines: string, tree: Tree, files: string[]][] = [
    [
      'each of several keys before a segment',
      '#EXT-X-KEY:METHOD=AES-128,URI="a.key"\n#EXT-X-KEY:METHOD=SAMPLE-AES,URI="b.key",KEYFORMAT="x"',
      { 'a.key': 16, 'b.key': 16 },
      ['a.key', 'b.key', 's.ts'],
    ],
    [
      'a key with a short IV',
      '#EXT-X-KEY:METHOD=AES-128,URI="a.key",IV=0x1',
      { 'a.key': 16 },
      ['a.key', 's.ts'],
    ],
    ['no key of METHOD=NONE', '#EXT-X-KEY:METHOD=NONE,URI="../x"', {}, ['s.ts']],
    ['no data: key', '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="data:text/plain;base64,AA=="', {}, ['s.ts']],
    ['a segment of low latency', '#EXT-X-PART:DURATION=1,URI="p.m4s"', { 'p.m4s': 1 }, ['p.m4s', 's.ts']],
    [
      'a hinted part that exists',
      '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="p.m4s"',
      { 'p.m4s': 1 },
      ['p.m4s', 's.ts'],
    ],
    ['no hinted part that does not', '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="p.m4s"', {}, ['s.ts']],
    ['a prefetched segment that exists', '#EXT-X-PREFETCH:p.ts', { 'p.ts': 1 }, ['p.ts', 's.ts']],
    ['no prefetched segment that does not', '#EXT-X-PREFETCH:p.ts', {}, ['s.ts']],
    ['no segment in a gap', '#EXT-X-GAP\n#EXTINF:4,\ngap.ts', {}, ['s.ts']],
    ['no empty file in a gap', '#EXT-X-GAP\n#EXTINF:4,\ngap.ts', { 'gap.ts': 0 }, ['s.ts']],
    [
      'the playlist of an interstitial',
      '#EXT-X-DATERANGE:ID="a",X-ASSET-URI="ad/ad.m3u8"',
      { 'ad/ad.m3u8': `${HEAD}#EXTINF:4,\na.ts`, 'ad/a.ts': 1 },
      ['ad/a.ts', 'ad/ad.m3u8', 's.ts'],
    ],
    [
      'the lists of two interstitials of one ID',
      '#EXT-X-DATERANGE:ID="a",X-ASSET-LIST="a.json"\n#EXT-X-DATERANGE:ID="a",X-ASSET-LIST="b.json"',
      { 'a.json': '{"ASSETS":[]}', 'b.json': '{"ASSETS":[]}' },
      ['a.json', 'b.json', 's.ts'],
    ],
    [
      'what a list of assets names, relative to itself',
      '#EXT-X-DATERANGE:ID="a",X-ASSET-LIST="ads/list.json"',
      {
        'ads/list.json':
          '{"ASSETS":[{"URI":"1/a.m3u8","DURATION":4},{"URI":"b.mp4"},{"URI":"https://a.example/c.m3u8"}]}',
        'ads/1/a.m3u8': `${HEAD}a.ts`,
        'ads/1/a.ts': 1,
        'ads/b.mp4': 1,
      },
      ['ads/1/a.m3u8', 'ads/1/a.ts', 'ads/b.mp4', 'ads/list.json', 's.ts'],
    ],
    [
      'no list of assets on a server',
      '#EXT-X-DATERANGE:X-ASSET-LIST="https://a.example/a.json"',
      {},
      ['s.ts'],
    ],
    [
      'no hinted part on a server',
      '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="https://a.example/p.m4s"',
      {},
      ['s.ts'],
    ],
    ['no hinted part that is a folder', '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="p"', { 'p/x': 1 }, ['s.ts']],
    ['no report of a rendition elsewhere', '#EXT-X-RENDITION-REPORT:URI="../2M/i.m3u8"', {}, ['s.ts']],
    ['no prefetched segment elsewhere', '#EXT-X-PREFETCH:/live/next.ts', {}, ['s.ts']],
    ['no asset on a server', '#EXT-X-DATERANGE:ID="a",X-ASSET-URI="https://a.example/a.m3u8"', {}, ['s.ts']],
    [
      'a playlist as a segment',
      '#EXTINF:4,\nb.m3u8',
      { 'b.m3u8': `${HEAD}b.ts`, 'b.ts': 1 },
      ['b.m3u8', 'b.ts', 's.ts'],
    ],
    [
      'a playlist as a segment with a query and capitals',
      '#EXTINF:4,\nB.M3U?x=1',
      { 'B.M3U': `${HEAD}b.ts`, 'b.ts': 1 },
      ['B.M3U', 'b.ts', 's.ts'],
    ],
    ['no playlist of a query', '#EXTINF:4,\nb.ts?next=c.m3u8', { 'b.ts': 1 }, ['b.ts', 's.ts']],
    [
      'a report of a rendition that exists',
      '#EXT-X-RENDITION-REPORT:URI="b.m3u8"',
      { 'b.m3u8': `${HEAD}b.ts`, 'b.ts': 1 },
      ['b.m3u8', 'b.ts', 's.ts'],
    ],
    ['no report of a rendition that does not', '#EXT-X-RENDITION-REPORT:URI="b.m3u8"', {}, ['s.ts']],
    [
      'a name with a line separator in it',
      '#EXT-X-MAP:URI="i\u2028.mp4"',
      { 'i\u2028.mp4': 1 },
      ['i\u2028.mp4', 's.ts'],
    ],
    [
      'nothing of unknown tags',
      '#EXT-X-UNKNOWN:URI="u.ts"\n#ext-x-map:URI="m.mp4"\n# EXT-X-MAP:URI="m.mp4"',
      {},
      ['s.ts'],
    ],
  ];
  for (const [what, lines, tree, files] of stories) {
    it(`hold ${what}`, async () => {
      const resolved = await playlist(lines, tree);
      assert.deepEqual(resolved.problems, []);
      assert.deepEqual(namesOf(resolved), files);
    });
  }

  it('have their roles', async () => {
    const { files } = await resolveTree(
      {
        'm.m3u8':
          '#EXTM3U\n#EXT-X-SESSION-DATA:DATA-ID="a",URI="d.json"\n#EXT-X-SESSION-KEY:METHOD=AES-128,URI="a.key"\n' +
          '#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n',
        'v.m3u8': `${HEAD}#EXT-X-MAP:URI="i.mp4"\n${SEGMENT}`,
        'a.key': 16,
        'd.json': 2,
        'i.mp4': 1,
        's.ts': 1,
      },
      'm.m3u8',
    );
    assert.deepEqual(Object.fromEntries(files.map(({ relative, role }) => [relative, role])), {
      'a.key': 'key',
      'd.json': 'other',
      'i.mp4': 'segment',
      's.ts': 'segment',
      'v.m3u8': 'playlist',
    });
  });
});

describe('variables', () => {
  const defined: [what: string, lines: string, file: string][] = [
    ['are put in twice in one line', '#EXT-X-DEFINE:NAME="a",VALUE="x"\n#EXTINF:4,\n{$a}-{$a}.ts', 'x-x.ts'],
    [
      'hold earlier ones',
      '#EXT-X-DEFINE:NAME="a",VALUE="x"\n#EXT-X-DEFINE:NAME="b",VALUE="{$a}y"\n{$b}.ts',
      'xy.ts',
    ],
    [
      'are not looked for in values that were put in',
      '#EXT-X-DEFINE:NAME="a",VALUE="{$"\n{$a}b}.ts',
      '{$b}.ts',
    ],
    ['may be empty', '#EXT-X-DEFINE:NAME="a",VALUE=""\nx{$a}.ts', 'x.ts'],
    ['stand in attributes', '#EXT-X-DEFINE:NAME="a-_1",VALUE="i"\n#EXT-X-MAP:URI="{$a-_1}.mp4"', 'i.mp4'],
    ['have names without blanks', '{$a b}.ts', '{$a b}.ts'],
    ['have names of their own kind', '#EXT-X-DEFINE:NAME="__proto__",VALUE="x"\n{$__proto__}.ts', 'x.ts'],
  ];
  for (const [what, lines, file] of defined) {
    it(what, async () => {
      const resolved = await playlist(lines, { [file]: 1 });
      assert.deepEqual(resolved.problems, []);
      assert.deepEqual(namesOf(resolved), [file, 's.ts'].sort());
    });
  }

  const refused: [what: string, lines: string, code: string][] = [
    ['used before they are defined', '{$a}.ts\n#EXT-X-DEFINE:NAME="a",VALUE="x"', 'undefined-variable'],
    ['of the query', '#EXT-X-DEFINE:QUERYPARAM="a"', 'undefined-variable'],
    ['imported from nowhere', '#EXT-X-DEFINE:IMPORT="a"', 'undefined-variable'],
    [
      'defined twice',
      '#EXT-X-DEFINE:NAME="a",VALUE="x"\n#EXT-X-DEFINE:NAME="a",VALUE="y"',
      'invalid-manifest',
    ],
    ['without a value', '#EXT-X-DEFINE:NAME="a"', 'invalid-manifest'],
    ['that lead out', '#EXT-X-DEFINE:NAME="a",VALUE=".."\n{$a}/s.ts', 'traversal'],
    ['that lead to a server', '#EXT-X-DEFINE:NAME="a",VALUE="https://a.example"\n{$a}/s.ts', 'absolute-url'],
  ];
  for (const [what, lines, code] of refused) {
    it(`are refused when ${what}`, async () => {
      assert.equal(codesOf(await playlist(lines))[0], code);
    });
  }

  it('are imported from the playlist above, with the values that each of two parents gives', async () => {
    const parent = (value: string) =>
      `#EXTM3U\n#EXT-X-DEFINE:NAME="lang",VALUE="${value}"\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n`;
    const resolved = await resolveTree(
      {
        'top.m3u8': '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=2\nb.m3u8\n',
        'a.m3u8': parent('en'),
        'b.m3u8': parent('fr'),
        'v.m3u8': '#EXTM3U\n#EXT-X-DEFINE:IMPORT="lang"\n{$lang}.ts\n',
        'en.ts': 1,
        'fr.ts': 1,
      },
      'top.m3u8',
    );
    assert.deepEqual(resolved.problems, []);
    assert.deepEqual(namesOf(resolved), ['a.m3u8', 'b.m3u8', 'en.ts', 'fr.ts', 'v.m3u8']);
  });

  it('are imported by one leaf for many parents without reading it for each value without end', async () => {
    const names = Array.from({ length: 120 }, (_, index) => `p${index}.m3u8`);
    const parent = (name: string) =>
      `#EXTM3U\n#EXT-X-DEFINE:NAME="x",VALUE="${name}"\n#EXT-X-STREAM-INF:X=1\nleaf.m3u8\n`;
    const leaf = `#EXTM3U\n#EXT-X-DEFINE:IMPORT="x"\n${'s.ts\n./s.ts\n'.repeat(20_000)}`;
    const resolved = await resolveTree(
      {
        'm.m3u8': `#EXTM3U\n${names.map((name) => `#EXT-X-STREAM-INF:X=1\n${name}\n`).join('')}`,
        ...Object.fromEntries(names.map((name) => [name, parent(name)])),
        'leaf.m3u8': leaf,
        's.ts': 1,
      },
      'm.m3u8',
    );
    assert.deepEqual(codesOf(resolved), ['too-many']);
  });

  it('that double each other are refused before they fill the memory', async () => {
    const lines = ['#EXT-X-DEFINE:NAME="v0",VALUE="0123456789"'];
    for (let index = 1; index < 64; index += 1) {
      lines.push(`#EXT-X-DEFINE:NAME="v${index}",VALUE="{$v${index - 1}}{$v${index - 1}}"`);
    }
    assert.deepEqual(codesOf(await playlist(lines.join('\n'))), ['too-large']);
  });
});

/** Lines that name as many files, none of which exists. */
function distinct(count: number): string {
  return Array.from({ length: count }, (_, index) => `${index}.ts\n`).join('');
}

describe('a playlist is refused', () => {
  const refused: [what: string, text: string, code: string][] = [
    ['with a map without a URI', `${HEAD}#EXT-X-MAP:BYTERANGE="1@0"\n${SEGMENT}`, 'invalid-manifest'],
    ['with a key without a URI', `${HEAD}#EXT-X-KEY:METHOD=AES-128\n${SEGMENT}`, 'invalid-manifest'],
    ['with an open quote', `${HEAD}#EXT-X-MAP:URI="i.mp4\n${SEGMENT}`, 'invalid-manifest'],
    ['with a carriage return in a line', `${HEAD}#EXTINF:4,\rs.ts\n${SEGMENT}`, 'invalid-manifest'],
    ['with a blank line first', `\n${HEAD}${SEGMENT}`, 'not-a-manifest'],
    ['with blanks first', ` ${HEAD}${SEGMENT}`, 'not-a-manifest'],
    ['as a delta update', `${HEAD}#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n${SEGMENT}`, 'delta-playlist'],
    [
      'with a rendition on a server',
      '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,URI="https://a.example/a.m3u8"\n',
      'absolute-url',
    ],
    ['with a name that is too long for any file', `${HEAD}${'x'.repeat(5000)}.ts\n`, 'missing'],
    ['with more files than the limit', `${HEAD}${distinct(200_001)}`, 'too-many'],
    ['with more references than the limit', `${HEAD}${'s.ts\n./s.ts\n'.repeat(500_001)}`, 'too-many'],
    [
      'when the segment after a gap is missing',
      `${HEAD}#EXT-X-GAP\n#EXTINF:4,\ngap.ts\ngone.ts\n`,
      'missing',
    ],
    ['with more lines than the limit', `${HEAD}${'#\n'.repeat(2_000_001)}`, 'too-many'],
    ['with a line beyond reason', `${HEAD}#${'x'.repeat(2_000_000)}\n${SEGMENT}`, 'too-large'],
    [
      'with a tag of more attributes than the limit',
      `${HEAD}#EXT-X-MAP:${Array.from({ length: 300 }, (_, index) => `A${index}=1`).join()}\n${SEGMENT}`,
      'invalid-manifest',
    ],
    ['with tags of both kinds', `${HEAD}${SEGMENT}#EXT-X-STREAM-INF:X=1\ns.m3u8\n`, 'invalid-manifest'],
    ['with a variant without its URI line', '#EXTM3U\n#EXT-X-STREAM-INF:X=1\n', 'invalid-manifest'],
    ['with a hidden file for a segment', `${HEAD}.env\n`, 'hidden-file'],
    ['with a key in a hidden folder', `${HEAD}#EXT-X-KEY:METHOD=X,URI=".git/config"\ns.ts\n`, 'hidden-file'],
    [
      'with a list of assets that is none',
      `${HEAD}#EXT-X-DATERANGE:X-ASSET-LIST="s.ts"\ns.ts`,
      'invalid-manifest',
    ],
    ['when it names itself only', `${HEAD}index.m3u8\n`, 'empty'],
    ['when all that it names may be absent, and is', `${HEAD}#EXT-X-GAP\n#EXTINF:4,\ngap.ts\n`, 'empty'],
  ];
  for (const [what, text, code] of refused) {
    it(what, async () => {
      const resolved = await resolveTree({ 'index.m3u8': text, 's.ts': 1 }, 'index.m3u8');
      assert.equal(codesOf(resolved)[0], code);
    });
  }

  it('for many ranges of one file it is not', async () => {
    const ranges = '#EXTINF:4,\n#EXT-X-BYTERANGE:1\ns.ts\n'.repeat(210_000);
    const resolved = await resolveTree({ 'a.m3u8': `${HEAD}${ranges}`, 's.ts': 1 }, 'a.m3u8');
    assert.deepEqual([codesOf(resolved), namesOf(resolved)], [[], ['s.ts']]);
  });

  it('names the lines of the tags that do not go together', async () => {
    const { problems } = await resolveTree(
      { 'a.m3u8': `${HEAD}${SEGMENT}#EXT-X-STREAM-INF:X=1\n#EXT-X-STREAM-INF:X=2\nv.m3u8\n`, 's.ts': 1 },
      'a.m3u8',
    );
    assert.deepEqual(
      problems.slice(0, 2).map(({ message }) => message),
      [
        'pkg/a.m3u8, line 5: has EXT-X-STREAM-INF, and EXT-X-TARGETDURATION in line 2: a playlist is either a media ' +
          'playlist or a multivariant one (RFC 8216 section 4.3).',
        'pkg/a.m3u8, line 5: has an EXT-X-STREAM-INF without the URI line that must follow it.',
      ],
    );
  });

  it('with attributes after #EXTM3U it is taken', async () => {
    const resolved = await resolveTree({ 'a.m3u8': `#EXTM3U x="y"\n${SEGMENT}`, 's.ts': 1 }, 'a.m3u8');
    assert.deepEqual(resolved.problems, []);
  });

  it('in UTF-16 and in Latin-1 for its encoding', async () => {
    for (const encoding of ['utf16le', 'latin1'] as const) {
      const text = Buffer.from(`\ufeff${HEAD}\u00e9.ts\n`, encoding).toString('base64');
      assert.deepEqual(codesOf(await resolveTree({ 'a.m3u8': { base64: text } }, 'a.m3u8')), [
        'invalid-encoding',
      ]);
    }
  });
});

describe('playlists below playlists', () => {
  it('in a circle are read once each', async () => {
    const variant = (next: string) => `#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n${next}\ns.ts\n`;
    const resolved = await resolveTree(
      { 'a.m3u8': variant('b.m3u8'), 'b.m3u8': variant('c.m3u8'), 'c.m3u8': variant('b.m3u8'), 's.ts': 1 },
      'a.m3u8',
    );
    assert.deepEqual(resolved.problems, []);
    assert.deepEqual(namesOf(resolved), ['b.m3u8', 'c.m3u8', 's.ts']);
  });

  it('in a circle are read once each, though they import variables', async () => {
    const resolved = await resolveTree(
      {
        'a.m3u8': '#EXTM3U\n#EXT-X-DEFINE:NAME="x",VALUE="s"\n#EXT-X-STREAM-INF:X=1\nb.m3u8\n',
        'b.m3u8': '#EXTM3U\n#EXT-X-DEFINE:IMPORT="x"\n{$x}.ts\n#EXT-X-STREAM-INF:X=1\nb.m3u8\n',
        's.ts': 1,
      },
      'a.m3u8',
    );
    assert.deepEqual(resolved.problems, []);
    assert.deepEqual(namesOf(resolved), ['b.m3u8', 's.ts']);
  });

  it('have more references together than the limit, though none of them has', async () => {
    const half = `${HEAD}${'s.ts\n./s.ts\n'.repeat(300_000)}`;
    const master = '#EXTM3U\n#EXT-X-STREAM-INF:X=1\na.m3u8\n#EXT-X-STREAM-INF:X=2\nb.m3u8\n';
    const resolved = await resolveTree(
      { 'm.m3u8': master, 'a.m3u8': half, 'b.m3u8': half, 's.ts': 1 },
      'm.m3u8',
    );
    assert.deepEqual(codesOf(resolved), ['too-many']);
  });

  it('are playlists, whatever else names them', async () => {
    const master = '#EXTM3U\n#EXT-X-SESSION-DATA:DATA-ID="a",URI="v.m3u8"\n#EXT-X-STREAM-INF:X=1\nv.m3u8\n';
    const { files } = await resolveTree({ 'm.m3u8': master, 'v.m3u8': `${HEAD}s.ts\n`, 's.ts': 1 }, 'm.m3u8');
    assert.deepEqual(
      files.map(({ role }) => role),
      ['segment', 'playlist'],
    );
  });

  it('may be eight deep and not nine', async () => {
    const chain = (depth: number): Tree => {
      const tree: Record<string, string | number> = { [`p${depth}.m3u8`]: `${HEAD}${SEGMENT}`, 's.ts': 1 };
      for (let at = 0; at < depth; at += 1)
        tree[`p${at}.m3u8`] = `#EXTM3U\n#EXT-X-STREAM-INF:X=1\np${at + 1}.m3u8\n`;
      return tree;
    };
    assert.deepEqual(codesOf(await resolveTree(chain(8), 'p0.m3u8')), []);
    assert.deepEqual(codesOf(await resolveTree(chain(9), 'p0.m3u8')), ['too-deep']);
  });

  it('are found at their least depth, whichever line names them first', async () => {
    const tree: Record<string, string | number> = { 'end.m3u8': `${HEAD}${SEGMENT}`, 's.ts': 1 };
    for (let at = 0; at < 8; at += 1) {
      const next = at === 7 ? 'end.m3u8' : `p${at + 1}.m3u8`;
      tree[`p${at}.m3u8`] = `#EXTM3U\n#EXT-X-STREAM-INF:X=1\n${next}\n`;
    }
    tree['end.m3u8'] = '#EXTM3U\n#EXT-X-STREAM-INF:X=1\nlast.m3u8\n';
    tree['last.m3u8'] = `${HEAD}${SEGMENT}`;
    tree['p0.m3u8'] = `${tree['p0.m3u8']}#EXT-X-STREAM-INF:X=2\nend.m3u8\n`;
    assert.deepEqual(codesOf(await resolveTree(tree, 'p0.m3u8')), []);
  });

  it('refused ones are told with the line that names them', async () => {
    const { problems } = await resolveTree(
      { 'm.m3u8': '#EXTM3U\n#EXT-X-STREAM-INF:X=1\nv/a.m3u8\n', 'v/a.m3u8': 'no playlist' },
      'm.m3u8',
    );
    assert.deepEqual(problems, [
      {
        code: 'not-a-manifest',
        message:
          'pkg/v/a.m3u8, line 1: does not start with a line #EXTM3U, so it is no HLS playlist (pkg/m.m3u8, line 3 names it).',
      },
    ]);
  });

  it('without anything in them are refused', async () => {
    const master = '#EXTM3U\n#EXT-X-STREAM-INF:X=1\nv.m3u8\n';
    assert.deepEqual(codesOf(await resolveTree({ 'm.m3u8': master, 'v.m3u8': HEAD }, 'm.m3u8')), ['empty']);
    assert.deepEqual(codesOf(await resolveTree({ 'm.m3u8': master, 'v.m3u8': 0 }, 'm.m3u8')), ['empty']);
    assert.deepEqual(codesOf(await resolveTree({ 'm.m3u8': master }, 'm.m3u8')), ['missing']);
  });
});
