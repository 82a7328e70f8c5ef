import assert from 'node:assert/strict';
import { realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { identityOf } from '../../src/expected-file.js';
import { discover } from '../../src/media/discover.js';
import { type FoundFile, FoundFiles } from '../../src/media/files/found-files.js';
import { makePlan, type Plan, type PlanSettings } from '../../src/media/plan.js';
import { parseTemplate } from '../../src/media/template.js';
import { refusedResult } from '../../src/publish/medium-report.js';
import { noSymlinks } from '../corpus/file-system.js';
import type { Tree } from '../corpus/lay-out.js';
import { workspaceWith } from './workspace.js';

interface Story {
  tree: Tree;
  globs?: string;
  settings?: Partial<PlanSettings>;
  /** What the search has against files, by their paths. */
  problems?: Record<string, Pick<FoundFile, 'problem'>>;
}

async function plan(
  test: TestContext,
  { tree, globs = '**', settings = {}, problems }: Story,
): Promise<Plan> {
  const workspace = workspaceWith(test, tree);
  const { files: found } = await discover(globs, workspace);
  const files =
    problems === undefined
      ? found
      : new FoundFiles([...found].map((file) => ({ ...file, ...problems[file.path] })));
  const all: PlanSettings = {
    workspace,
    mediaName: parseTemplate('{name}'),
    cover: [],
    ifNoCoverFound: 'error',
    ...settings,
  };
  return makePlan(files, all, new AbortController().signal);
}

const cover = (...sources: string[]) => ({ cover: sources.map(parseTemplate) });
const pathsOf = (entries: readonly { path: string }[]) => entries.map(({ path }) => path);
const codesOf = ({ refused }: Plan) =>
  refused.map(({ path, problems }) => [path, problems.map(({ code }) => code)]);

const SEGMENTS = '#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n0.ts\n#EXTINF:4,\n1.ts\n#EXT-X-ENDLIST\n';

describe('the plan', () => {
  it('makes each file a medium with its name, type and facts, in path order', async (t) => {
    const { media, refused, warnings } = await plan(t, { tree: { 'b/Two.1.MOV': 7, 'a.mp4': 5 } });
    assert.deepEqual([refused, warnings], [[], []]);
    assert.deepEqual(
      media.map(({ path, kind, mediaName, mediaType, bytes }) => [path, kind, mediaName, mediaType, bytes]),
      [
        ['a.mp4', 'file', 'a', 'mp4', 5],
        ['b/Two.1.MOV', 'file', 'Two.1', 'mov', 7],
      ],
    );
    const [object, ...others] = media[1]?.objects ?? [];
    assert.deepEqual(others, []);
    assert.ok(object && object.mtimeMs > 0);
    const { file, mtimeMs: _, identity, ...rest } = object;
    assert.equal(identity, identityOf(statSync(file)));
    assert.ok(file.endsWith(join('b', 'Two.1.MOV')));
    assert.deepEqual(rest, {
      path: 'b/Two.1.MOV',
      relative: '',
      role: 'media',
      size: 7,
      contentType: 'video/quicktime',
    });
  });

  it('makes a package one medium with the manifest first and every file counted', async (t) => {
    const { media } = await plan(t, {
      tree: { 'hls/a.m3u8': SEGMENTS, 'hls/0.ts': 10, 'hls/1.ts': 20 },
      settings: { mediaType: 'mp4' },
    });
    assert.deepEqual(pathsOf(media), ['hls/a.m3u8']);
    const [medium] = media;
    assert.deepEqual(
      medium?.objects.map(({ path, relative, role, contentType }) => [path, relative, role, contentType]),
      [
        ['hls/a.m3u8', '', 'manifest', 'application/vnd.apple.mpegurl'],
        ['hls/0.ts', '0.ts', 'segment', 'video/mp2t'],
        ['hls/1.ts', '1.ts', 'segment', 'video/mp2t'],
      ],
    );
    assert.equal(medium?.bytes, SEGMENTS.length + 30);
    assert.equal(medium?.kind, 'hls');
    assert.equal(medium?.mediaType, 'm3u8', 'media-type is for files; a package is what its manifest is');
  });

  it('tells all problems of a package, and publishes the others', async (t) => {
    const outcome = await plan(t, {
      tree: { 'bad/a.m3u8': SEGMENTS, 'good.mp4': 1, 'empty.mp4': '' },
      globs: '**/*.m3u8\n*.mp4',
    });
    assert.deepEqual(pathsOf(outcome.media), ['good.mp4']);
    assert.deepEqual(codesOf(outcome), [
      ['bad/a.m3u8', ['missing', 'missing']],
      ['empty.mp4', ['empty']],
    ]);
    assert.deepEqual(
      outcome.refused.map(({ kind, mediaName }) => [kind, mediaName]),
      [
        ['hls', 'a'],
        ['file', 'empty'],
      ],
    );
  });

  it('keeps the first problems of a package, and counts the others', async (t) => {
    const names = Array.from({ length: 25 }, (_, index) => `#EXTINF:4,\n${index}.ts\n`);
    const { refused } = await plan(t, { tree: { 'a.m3u8': `#EXTM3U\n${names.join('')}` } });
    const [medium] = refused;
    assert.deepEqual([medium?.problems.length, medium?.unlisted], [20, 5]);
    const message = medium && refusedResult(medium).error?.message.split('\n');
    assert.deepEqual([message?.length, message?.at(-1)], [21, 'and 5 more problems']);
  });

  it('refuses what the search could not take for that reason, also beside a broken package', async (t) => {
    const problem = { code: 'unreadable', message: "a/2.ts can't be searched: permission denied." };
    const outcome = await plan(t, {
      tree: { 'a/a.m3u8': SEGMENTS, 'a/2.ts': 1, 'a/3.ts': 1 },
      problems: { 'a/2.ts': { problem } },
    });
    assert.deepEqual(codesOf(outcome), [
      ['a/2.ts', ['unreadable']],
      ['a/3.ts', ['withheld']],
      ['a/a.m3u8', ['missing', 'missing']],
    ]);
  });

  it('tells a matched link that leads nowhere', { skip: noSymlinks }, async (t) => {
    const outcome = await plan(t, { tree: { 'a.mp4': { symlink: 'gone.mp4' } } });
    assert.deepEqual(codesOf(outcome), [['a.mp4', ['broken-link']]]);
  });

  it('refuses Git LFS pointers, as files, covers, manifests, playlists, segments and keys', async (t) => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 99\n`;
    const outcome = await plan(t, {
      tree: {
        'a.mp4': pointer,
        'b.mp4': 1,
        'b.jpg': pointer,
        'c/c.m3u8': pointer,
        'd/d.m3u8': SEGMENTS.replace('#EXTINF', '#EXT-X-KEY:METHOD=AES-128,URI="d.key"\n#EXTINF'),
        'd/d.key': pointer,
        'd/0.ts': pointer,
        'd/1.ts': 1,
        'e/e.m3u8': '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n1.m3u8\n',
        'e/1.m3u8': pointer,
        'f/f.mpd': pointer,
      },
      settings: { ...cover('{dir}/{name}.jpg'), ifNoCoverFound: 'ignore' },
    });
    assert.deepEqual(pathsOf(outcome.media), []);
    assert.deepEqual(codesOf(outcome), [
      ['a.mp4', ['lfs-pointer']],
      ['b.mp4', ['lfs-pointer']],
      ['c/c.m3u8', ['lfs-pointer']],
      ['d/0.ts', ['withheld']],
      ['d/d.key', ['withheld']],
      ['d/d.m3u8', ['lfs-pointer', 'lfs-pointer']],
      ['e/1.m3u8', ['lfs-pointer']],
      ['e/e.m3u8', ['lfs-pointer']],
      ['f/f.mpd', ['lfs-pointer']],
    ]);
    const pointers = outcome.refused.flatMap(({ problems }) =>
      problems.filter(({ code }) => code === 'lfs-pointer'),
    );
    for (const { message } of pointers) assert.match(message, /"lfs: true" on actions\/checkout/);
  });

  it('wants a type: from the extension, or from the input', async (t) => {
    const tree = { raw: 1, 'b.MP4': 1 };
    const without = await plan(t, { tree });
    assert.deepEqual(codesOf(without), [['raw', ['no-extension']]]);
    assert.match(
      without.refused[0]?.problems[0]?.message ?? '',
      /^raw has no extension .* give media-type, or leave it out by a line !raw of files\./,
    );
    const given = await plan(t, { tree, settings: { mediaType: 'mov' } });
    assert.deepEqual(
      given.media.map(({ mediaType }) => mediaType),
      ['mov', 'mov'],
    );
  });

  it('warns of types that the documents do not list, and sends them', async (t) => {
    const { media, warnings } = await plan(t, {
      tree: { 'a.av1': 1, 'a.webp': 2 },
      globs: '*.av1',
      settings: cover('{name}.webp'),
    });
    assert.deepEqual([media[0]?.mediaType, media[0]?.coverType], ['av1', 'webp']);
    assert.equal(warnings.length, 2);
    assert.match(warnings[0] ?? '', /^a\.webp: .* cover type webp; it is sent as it is\.$/);
    assert.match(warnings[1] ?? '', /^a\.av1: .* type av1; it is sent as it is\.$/);
  });

  it('fills names and contexts, and holds them to their lengths by characters', async (t) => {
    const outcome = await plan(t, {
      tree: { 'a.mp4': 1, '片片片.mp4': 1 },
      settings: {
        mediaName: parseTemplate('Launch: {base}'),
        sourceContext: parseTemplate(`{name}${'👍'.repeat(248)}`),
        sessionContext: parseTemplate(`{name}${'s'.repeat(998)}`),
      },
    });
    assert.deepEqual(codesOf(outcome), [
      ['片片片.mp4', ['source-context-too-long', 'session-context-too-long']],
    ]);
    assert.match(outcome.refused[0]?.problems[0]?.message ?? '', /has 251 characters; .* at most 250\./);
    assert.match(outcome.refused[0]?.problems[1]?.message ?? '', /has 1001 characters; .* at most 1000\./);
    const [medium] = outcome.media;
    assert.equal(medium?.mediaName, 'Launch: a.mp4');
    assert.equal(medium?.sourceContext, `a${'👍'.repeat(248)}`);
    assert.equal(medium?.sessionContext, `a${'s'.repeat(998)}`);
  });

  it('refuses a medium whose name comes out empty, and names the template', async (t) => {
    const outcome = await plan(t, {
      tree: { 'a.mp4': 1, 'launch/b.mp4': 1 },
      settings: { mediaName: parseTemplate('{folder}') },
    });
    assert.deepEqual(codesOf(outcome), [['a.mp4', ['media-name-empty']]]);
    assert.match(
      outcome.refused[0]?.problems[0]?.message ?? '',
      /^The media-name for a\.mp4 is empty: \{folder\} gives/,
    );
    assert.deepEqual(
      outcome.media.map(({ mediaName }) => mediaName),
      ['launch'],
    );
  });

  it('warns of media that have one name, in one message', async (t) => {
    const tree = Object.fromEntries(['1', '2', '3', '4', '5'].map((name) => [`en/${name}.mp4`, 1]));
    const german = { 'de/1.mp4': 1, 'de/2.mp4': 1, 'de/3.mp4': 1, 'de/4.mp4': 1 };
    const { warnings, media } = await plan(t, { tree: { ...tree, ...german, '1.mp4': 1 } });
    assert.equal(media.length, 10);
    assert.deepEqual(warnings, [
      'media-name: {name} gives several media one name: "1" (1.mp4, de/1.mp4 and 1 more), ' +
        '"2" (de/2.mp4, en/2.mp4), "3" (de/3.mp4, en/3.mp4) and 1 more. ' +
        'Add {folder} or {path} to tell them apart.',
    ]);
  });

  it('leaves out what was not given', async (t) => {
    const { media } = await plan(t, { tree: { 'a.mp4': 1 } });
    const fields = ['cover', 'coverType', 'sourceContext', 'sessionContext', 'mediaStoragePath'];
    for (const field of fields) assert.ok(!(field in (media[0] ?? assert.fail())), field);
  });

  it('refuses every medium but the first that would be stored at one path', async (t) => {
    const outcome = await plan(t, {
      tree: { 'a/x.mp4': 1, 'b/x.mp4': 1, 'c/x.mp4': 1, 'c/y.mp4': 1 },
      settings: { mediaStoragePath: parseTemplate('/films/{base}') },
    });
    assert.deepEqual(
      outcome.media.map(({ path, mediaStoragePath }) => [path, mediaStoragePath]),
      [
        ['a/x.mp4', '/films/x.mp4'],
        ['c/y.mp4', '/films/y.mp4'],
      ],
    );
    assert.deepEqual(codesOf(outcome), [
      ['b/x.mp4', ['duplicate-storage-path']],
      ['c/x.mp4', ['duplicate-storage-path']],
    ]);
    assert.match(
      outcome.refused[1]?.problems[0]?.message ?? '',
      /^c\/x\.mp4 and a\/x\.mp4 .* \/films\/x\.mp4;/,
    );
  });

  it('lets no medium store its files over those of another one', async (t) => {
    const outcome = await plan(t, {
      tree: {
        'one/a.m3u8': SEGMENTS,
        'one/0.ts': 1,
        'one/1.ts': 1,
        'two/b.m3u8': SEGMENTS,
        'two/0.ts': 2,
        'two/1.ts': 2,
      },
      settings: { mediaStoragePath: parseTemplate('/shows/{base}') },
    });
    assert.deepEqual(pathsOf(outcome.media), ['one/a.m3u8']);
    assert.deepEqual(codesOf(outcome), [['two/b.m3u8', ['duplicate-storage-path']]]);
  });

  it('lets no medium that fails anyway keep the place of a good one', async (t) => {
    const outcome = await plan(t, {
      tree: { 'a/x.mp4': 0, 'b/x.mp4': 1 },
      settings: { mediaStoragePath: parseTemplate('/films/{base}') },
    });
    assert.deepEqual(pathsOf(outcome.media), ['b/x.mp4']);
  });

  it('tells of links that lead out of the workspace, and publishes what they lead to', {
    skip: noSymlinks,
  }, async (t) => {
    const elsewhere = workspaceWith(t, { 'secret.mp4': 9, 'still.jpg': 3 });
    const { media, warnings, refused } = await plan(t, {
      tree: {
        'a.mp4': { symlink: join(elsewhere, 'secret.mp4') },
        'a.jpg': { symlink: join(elsewhere, 'still.jpg') },
        'b.mp4': { symlink: 'c.mp4' },
        'c.mp4': 5,
      },
      globs: '*.mp4',
      settings: { ...cover('{name}.jpg'), ifNoCoverFound: 'ignore' },
    });
    assert.deepEqual([pathsOf(media), refused], [['a.mp4', 'c.mp4'], []]);
    const inside = realpathSync(elsewhere);
    assert.deepEqual(warnings, [
      'By links, files are found under several paths, and count once: b.mp4 (c.mp4).',
      `a.mp4 leads out of the workspace by a link, to ${join(inside, 'secret.mp4')}; that file is published.`,
      `a.jpg leads out of the workspace by a link, to ${join(inside, 'still.jpg')}; that file is published.`,
    ]);
  });

  it('names a link to a folder once for all that is found by it', { skip: noSymlinks }, async (t) => {
    const { warnings } = await plan(t, {
      tree: { 'v/a.mp4': 1, 'v/b.mp4': 1, latest: { symlink: 'v' }, 'c.mp4': { symlink: 'v/a.mp4' } },
      globs: 'v/*.mp4\nlatest/*.mp4\nc.mp4',
    });
    assert.deepEqual(warnings, [
      'By links, files are found under several paths, and count once: c.mp4 (v/a.mp4), latest (v).',
    ]);
  });

  it('says nothing of files outside that the globs name', async (t) => {
    const elsewhere = workspaceWith(t, { 'a.mp4': 9 });
    const { media, warnings } = await plan(t, { tree: {}, globs: join(elsewhere, '*.mp4') });
    assert.deepEqual([media.length, warnings], [1, []]);
  });

  it('asks for storage paths as players will, without . and never with ..', async (t) => {
    const tree = { 'x.mp4': 1 };
    const at = (source: string) => plan(t, { tree, settings: { mediaStoragePath: parseTemplate(source) } });
    assert.equal((await at('/{dir}/{base}')).media[0]?.mediaStoragePath, '/x.mp4');
    assert.deepEqual(codesOf(await at('/../{base}')), [['x.mp4', ['traversal']]]);
  });
});

describe('parts of a package whose manifest no pattern matches', () => {
  const fragments = SEGMENTS.replaceAll('.ts', '.mp4');
  const warningsOf = async (t: TestContext, tree: Tree, globs = '**/*.mp4') =>
    (await plan(t, { tree, globs, settings: { mediaName: parseTemplate('{path}') } })).warnings;

  it('are told once, with the manifest beside them', async (t) => {
    assert.deepEqual(await warningsOf(t, { 'a.mp4': 1, 'v/i.m3u8': fragments, 'v/0.mp4': 1, 'v/1.mp4': 1 }), [
      'v/0.mp4 and 1 more are parts of v/i.m3u8, which no pattern matches, and each is published on its own. Add v/i.m3u8 to files to publish the package instead.',
    ]);
  });

  it('are told with the manifest above them, and with the master rather than with its renditions', async (t) => {
    const master =
      '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv/i.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=2\nw/i.m3u8\n';
    const folders = ['v', 'w'].flatMap((folder) => [
      [`out/${folder}/i.m3u8`, fragments] as const,
      ...['0.mp4', '1.mp4'].map((name) => [`out/${folder}/${name}`, 1] as const),
    ]);
    const warnings = await warningsOf(t, { 'out/m.m3u8': master, ...Object.fromEntries(folders) });
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /^out\/v\/0\.mp4 and 3 more are parts of out\/m\.m3u8, /);
  });

  it('are told by the template of an MPD', async (t) => {
    const mpd =
      '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" mediaPresentationDuration="PT8S"><Period><AdaptationSet>' +
      '<SegmentTemplate media="s-$Number$.mp4" duration="4"/><Representation id="v" bandwidth="1"/>' +
      '</AdaptationSet></Period></MPD>';
    const warnings = await warningsOf(t, { 'i.mpd': mpd, 's-1.mp4': 1, 's-2.mp4': 1, 't.mp4': 1 }, '*.mp4');
    assert.match(warnings.join(), /^s-1\.mp4 and 1 more are parts of i\.mpd, /);
  });

  it('are no parts where the manifest is matched, names other files, can not be read, or is hidden', async (t) => {
    const tree = { '0.mp4': 1, '1.mp4': 1 };
    assert.deepEqual(await warningsOf(t, { ...tree, 'i.m3u8': fragments }, '**'), []);
    assert.deepEqual(await warningsOf(t, { ...tree, 'i.m3u8': SEGMENTS, '0.ts': 1, '1.ts': 1 }, '*.mp4'), []);
    assert.deepEqual(await warningsOf(t, { ...tree, 'i.m3u8': 'no playlist', 'i.mpd': '<' }, '*.mp4'), []);
    assert.deepEqual(await warningsOf(t, { ...tree, '.i.m3u8': fragments }, '*.mp4'), []);
  });
});

describe('covers in the plan', () => {
  it('are objects of their media, absorbed where the globs match them, too', async (t) => {
    const { media, refused } = await plan(t, {
      tree: { 'a.jpg': 3, 'a.mp4': 5, 'b.jpg': 1 },
      settings: cover('a.jpg'),
    });
    assert.deepEqual([pathsOf(media), refused], [['a.mp4', 'b.jpg'], []]);
    const [medium] = media;
    const last = medium?.objects.at(-1);
    assert.deepEqual(
      [last?.path, last?.role, last?.size, medium?.coverType, medium?.bytes],
      ['a.jpg', 'cover', 3, 'jpg', 8],
    );
  });

  it('may lie in a package, which sends them twice', async (t) => {
    const { media } = await plan(t, {
      tree: { 'a.m3u8': SEGMENTS, '0.ts': 1, '1.ts': 1, 'a.jpg': 4 },
      settings: cover('{name}.jpg'),
    });
    assert.deepEqual(pathsOf(media), ['a.m3u8']);
    assert.deepEqual(
      media[0]?.objects.map(({ path, role }) => [path, role]),
      [
        ['a.m3u8', 'manifest'],
        ['0.ts', 'segment'],
        ['1.ts', 'segment'],
        ['a.jpg', 'cover'],
      ],
    );
  });

  for (const [choice, refused, warned] of [
    ['error', 1, 0],
    ['warn', 0, 1],
    ['ignore', 0, 0],
  ] as const) {
    it(`that are missing are ${choice}`, async (t) => {
      const outcome = await plan(t, {
        tree: { 'a.mp4': 1 },
        settings: { ...cover('{name}.jpg', 'covers/{name}.png'), ifNoCoverFound: choice },
      });
      assert.deepEqual([outcome.refused.length, outcome.warnings.length], [refused, warned]);
      const told = outcome.refused[0]?.problems[0]?.message ?? outcome.warnings[0];
      if (choice !== 'ignore') assert.equal(told, 'No cover for a.mp4: looked for a.jpg, covers/a.png.');
      assert.equal(outcome.media.length, 1 - refused);
    });
  }

  it('that can not be sent keep their medium back, whatever is wanted of missing ones', async (t) => {
    const outcome = await plan(t, {
      tree: { 'a.mp4': 1, 'art/a.jpg': '', 'b.mp4': 1, 'art/b': 1 },
      globs: '*.mp4',
      settings: { ...cover('art/{name}.jpg', 'art/{name}'), ifNoCoverFound: 'ignore' },
    });
    assert.deepEqual(codesOf(outcome), [
      ['a.mp4', ['empty']],
      ['b.mp4', ['no-extension']],
    ]);
    assert.match(
      outcome.refused[0]?.problems[0]?.message ?? '',
      /^The cover of a\.mp4: art\/a\.jpg is empty/,
    );
  });

  it('take their type from the input where it is given', async (t) => {
    const { media } = await plan(t, {
      tree: { 'a.mp4': 1, 'art/a': 1 },
      globs: '*.mp4',
      settings: { ...cover('art/{name}'), coverType: 'png' },
    });
    assert.equal(media[0]?.coverType, 'png');
  });
});
