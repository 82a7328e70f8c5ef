import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { FoundFiles } from '../../src/media/files/found-files.js';
import { makePlan, type Plan, type PlanSettings } from '../../src/media/plan.js';
import { parseTemplate } from '../../src/media/template.js';
import { noSymlinks } from '../corpus/file-system.js';
import { layOut, strayCases, type Tree } from '../corpus/lay-out.js';

/** Plans a folder all of whose files are matched, and says which of them belong to a package. */
async function planWhole(tree: Tree): Promise<Plan> {
  const { folder, remove } = layOut(tree);
  try {
    const files = Object.keys(tree)
      .sort()
      .map((path) => ({ path, file: join(folder, path) }));
    const settings: PlanSettings = {
      workspace: folder,
      mediaName: parseTemplate('{name}'),
      cover: [],
      ifNoCoverFound: 'error',
    };
    return await makePlan(new FoundFiles(files), settings, new AbortController().signal);
  } finally {
    remove();
  }
}

const planned = ({ media }: Plan) => media.map(({ path }) => path);
const refused = (plan: Plan) =>
  Object.fromEntries(plan.refused.map(({ path, problems }) => [path, problems[0]?.code]));

const HEAD = '#EXTM3U\n#EXT-X-TARGETDURATION:4\n';
const media = (...names: string[]) => `${HEAD}${names.map((name) => `#EXTINF:4,\n${name}\n`).join('')}`;
const master = (...names: string[]) =>
  `#EXTM3U\n${names.map((name) => `#EXT-X-STREAM-INF:X=1\n${name}\n`).join('')}`;
const mpd = (template: string, end = '</MPD>') =>
  '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" mediaPresentationDuration="PT4S"><Period>' +
  `<AdaptationSet mimeType="video/mp4"><SegmentTemplate ${template} duration="2"/>` +
  `<Representation id="v1" bandwidth="1"/></AdaptationSet></Period>${end}`;
const files = (...names: string[]): Tree => Object.fromEntries(names.map((name) => [name, 1]));

describe('folders with a broken package', () => {
  for (const { id, why, tree, expect } of strayCases()) {
    it(`${id}: ${why}`, async () => {
      const plan = await planWhole(tree);
      assert.deepEqual(planned(plan), expect.planned);
      assert.deepEqual(refused(plan), expect.refused);
    });
  }
});

describe('the parts of a broken package', () => {
  const stories: [what: string, tree: Tree, withheld: string[]][] = [
    [
      'that it names by numbers, also those that were written after its playlist',
      { 'a/i.m3u8': media('0.aac', '1.aac', 'gone1.aac'), ...files('a/0.aac', 'a/1.aac', 'a/gone2.aac') },
      ['a/gone2.aac'],
    ],
    [
      'that an MPD cut off in the middle names',
      {
        'a/x.mpd': mpd(
          'media="$RepresentationID$/s-$Number%03d$.m4v" initialization="$RepresentationID$.mp4"',
          '<Per',
        ),
        ...files('a/v1/s-001.m4v', 'a/v1/s-002.m4v', 'a/v1.mp4'),
      },
      ['a/v1/s-001.m4v', 'a/v1/s-002.m4v', 'a/v1.mp4'],
    ],
    [
      'that an MPD names outside its folder',
      { 'd/x.mpd': mpd('media="../s/$Time$.m4a"'), ...files('s/0.m4a', 's/2.m4a') },
      ['s/0.m4a', 's/2.m4a'],
    ],
    [
      'that a playlist names outside its folder',
      { 'd/i.m3u8': media('../s/1.mp3', '../s/2.mp3'), ...files('s/1.mp3', 's/2.mp3', 's/3.mp3') },
      ['s/1.mp3', 's/2.mp3', 's/3.mp3'],
    ],
    [
      'that it names by URLs',
      { 'i.m3u8': media('https://a.example/v/1.mp4'), ...files('1.mp4', '2.mp4') },
      ['1.mp4', '2.mp4'],
    ],
    [
      'that a playlist in UTF-16 names',
      {
        'i.m3u8': { base64: Buffer.from(`\ufeff${media('s1.mp4')}`, 'utf16le').toString('base64') },
        ...files('s1.mp4', 's2.mp4'),
      },
      ['s1.mp4', 's2.mp4'],
    ],
    [
      'that it names through variables, and without quotes',
      {
        'i.m3u8': `${HEAD}#EXT-X-MAP:URI={$x}init.mp4\n{$x}1.mp4\n`,
        ...files('y-init.mp4', 'y-1.mp4'),
      },
      ['y-1.mp4', 'y-init.mp4'],
    ],
    [
      'in the folder of a playlist that was not written, whatever their names',
      { 'm.m3u8': master('v/i.m3u8'), ...files('v/main.mp4', 'v/deep/x.webm') },
      ['v/deep/x.webm', 'v/main.mp4'],
    ],
    [
      'beside a manifest with nothing in it, where they look like segments',
      { 'x/film.mpd': '', ...files('x/1.mp4', 'x/film_a.mp4', 'x/chunk-a.webm', 'x/y/init.mp4', 'x/s.ts') },
      ['x/1.mp4', 'x/chunk-a.webm', 'x/film_a.mp4', 'x/s.ts', 'x/y/init.mp4'],
    ],
    [
      'of types that are nothing else, beside and below it',
      { 'a/i.m3u8': media('gone.m4s'), ...files('a/x.m4s', 'a/b/y.cmfv', 'a/z.key') },
      ['a/b/y.cmfv', 'a/x.m4s', 'a/z.key'],
    ],
    [
      'among them a playlist outside its folder',
      { 'a/m.m3u8': master('../b/v.m3u8'), 'b/v.m3u8': media('s.ts'), 'b/s.ts': 1 },
      ['b/v.m3u8'],
    ],
  ];
  for (const [what, tree, withheld] of stories) {
    it(`are held back: those ${what}`, async () => {
      const plan = await planWhole({ ...tree, 'good.mp4': 1 });
      assert.deepEqual(planned(plan), ['good.mp4']);
      const codes = Object.entries(refused(plan)).filter(([, code]) => code === 'withheld');
      assert.deepEqual(
        codes.map(([path]) => path),
        [...withheld].sort(),
      );
    });
  }

  it('are results of their own, in path order, that name the package', async () => {
    const plan = await planWhole({ 'a/m.m3u8': media('1.mp4', '2.mp4'), ...files('a/1.mp4', 'a/3.mp4') });
    assert.deepEqual(plan.refused.at(0), {
      path: 'a/3.mp4',
      kind: 'file',
      mediaName: '3',
      problems: [
        {
          code: 'withheld',
          message:
            "a/3.mp4 may be a part of a/m.m3u8, which can't be published, and so is not published on its own. Mend " +
            'that package; or, if this is a medium of its own, match it by a pattern that leaves that manifest out.',
        },
      ],
    });
    assert.deepEqual(Object.keys(refused(plan)), ['a/3.mp4', 'a/m.m3u8']);
  });
});

describe('a medium beside a broken package', () => {
  const whole: Tree = {};
  for (const show of ['show1', 'show2', 'show3']) {
    Object.assign(whole, { [`v/${show}/i.m3u8`]: media('s.ts'), [`v/${show}/s.ts`]: 1 });
  }
  const shows = ['v/show1/i.m3u8', 'v/show2/i.m3u8', 'v/show3/i.m3u8'];
  const broken: [what: string, manifest: string, text: string][] = [
    ['whose one segment is missing', 'old.m3u8', media('old.ts')],
    ['that names a URL only', 'old.m3u8', media('https://a.example/show1/i.ts')],
    ['that names playlists by URLs only', 'old.m3u8', master('https://a.example/v/show1/i.m3u8')],
    ['that is no playlist', 'old.m3u8', 'show'],
    ['that is an MPD with nothing in it', 'old.mpd', ''],
    ['that is an MPD with a bare &', 'old.mpd', '<MPD a="&"/>'],
  ];
  for (const [what, manifest, text] of broken) {
    it(`${what} is published, whatever else it is`, async () => {
      const plan = await planWhole({ ...whole, [`v/${manifest}`]: text, 'v/film.mp4': 1, 'v/2024/a.mp4': 1 });
      assert.deepEqual(planned(plan), ['v/2024/a.mp4', 'v/film.mp4', ...shows]);
    });
  }

  it('that can not be read is published where it is a multivariant playlist, and a result where it may be a part', {
    skip: noSymlinks,
  }, async () => {
    const plan = await planWhole({
      ...whole,
      'v/old.m3u8': { symlink: 'gone.m3u8' },
      'v/film.mp4': 1,
      'v/new/m.m3u8': master('i.m3u8'),
      'v/new/i.m3u8': media('s.ts'),
      'v/new/s.ts': 1,
    });
    assert.deepEqual(planned(plan), ['v/film.mp4', 'v/new/m.m3u8']);
    assert.deepEqual(refused(plan), {
      'v/old.m3u8': 'missing',
      ...Object.fromEntries(shows.map((path) => [path, 'withheld'])),
    });
  });

  it('is published though the manifest beside it is of another kind than could name it', async () => {
    const plan = await planWhole({ 'a.mpd': '', 'b/i.m3u8': media('s.ts'), 'b/s.ts': 1 });
    assert.deepEqual(planned(plan), ['b/i.m3u8']);
  });

  it('that is broken itself has its own problem', async () => {
    const plan = await planWhole({ 'm.m3u8': '', 'v/i.m3u8': media('gone.ts') });
    assert.deepEqual(refused(plan), { 'm.m3u8': 'empty', 'v/i.m3u8': 'missing' });
  });
});
