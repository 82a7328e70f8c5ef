import assert from 'node:assert/strict';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { FoundFiles } from '../../src/media/files/found-files.js';
import { resolvePackages } from '../../src/media/packages.js';
import { isManifest, PackageCache, resolvePackage } from '../../src/media/resolve-package.js';
import { lock, noLocks, noPipes, noSymlinks, refusesName } from '../corpus/file-system.js';
import { layOut, type Tree } from '../corpus/lay-out.js';
import { codesOf, namesOf, resolveTree } from '../corpus/resolve-tree.js';

const HEAD = '#EXTM3U\n#EXT-X-TARGETDURATION:4\n';
const media = (...segments: string[]) => `${HEAD}${segments.map((name) => `#EXTINF:4,\n${name}\n`).join('')}`;
const master = (...variants: string[]) =>
  `#EXTM3U\n${variants.map((name) => `#EXT-X-STREAM-INF:BANDWIDTH=1\n${name}\n`).join('')}`;

describe('a manifest', () => {
  it('is told by its extension in any case', () => {
    const names = ['a.m3u8', 'a.M3U8', 'b/a.b.mpd', 'A.MPD', 'm3u8', 'a.m3u', 'a.mp4', '.mpd'];
    assert.deepEqual(names.map(isManifest), [
      'hls',
      'hls',
      'dash',
      'dash',
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('a package', () => {
  it('lists its files in the order of their names, with sizes and times, by names on disk', async () => {
    const { folder, remove } = layOut({
      'a.m3u8': media('é.ts', 'b/%E7%89%87.ts', 'Z.ts', 'a.ts'),
      'é.ts': 3,
      'b/片.ts': 5,
      'Z.ts': 7,
      'a.ts': 9,
    });
    try {
      const { kind, files } = await resolvePackage(join(folder, 'a.m3u8'), { displayPath: 'a.m3u8' });
      assert.equal(kind, 'hls');
      assert.deepEqual(
        files.map(({ file, relative, size }) => [file, relative, size]),
        [
          ['Z.ts', 7],
          ['a.ts', 9],
          ['b/片.ts', 5],
          ['é.ts', 3],
        ].map(([name, size]) => [join(folder, String(name)), name, size]),
      );
      assert.ok(files.every(({ mtimeMs }) => mtimeMs > 0));
    } finally {
      remove();
    }
  });

  it('names manifest, line, reference and file of what is missing, with the workspace path', async () => {
    const { problems } = await resolveTree(
      { 'm.m3u8': master('v/a.m3u8'), 'v/a.m3u8': media('s%20.ts') },
      'm.m3u8',
    );
    assert.deepEqual(problems, [
      {
        code: 'missing',
        message:
          'pkg/v/a.m3u8, line 4: "s%20.ts" (pkg/v/s .ts) does not exist: add the file or take the reference out of the manifest.',
      },
    ]);
  });

  it('at the root of the workspace has paths without a folder in its messages', async () => {
    for (const displayPath of ['a.m3u8', './a.m3u8']) {
      const { folder, remove } = layOut({ 'a.m3u8': media('s.ts') });
      const { problems } = await resolvePackage(join(folder, 'a.m3u8'), { displayPath });
      remove();
      assert.match(problems[0]?.message ?? '', /^a\.m3u8, line 4: "s\.ts" \(s\.ts\) does not exist/);
    }
  });

  it('tells all problems in the order of lines, level by level', async () => {
    const resolved = await resolveTree(
      {
        'm.m3u8': `${master('v.m3u8', '../w.m3u8')}#EXT-X-SESSION-KEY:METHOD=AES-128,URI="/k"\n`,
        'v.m3u8': media('empty.ts', 'gone.ts', 'dir', 'https://a.example/s.ts'),
        'empty.ts': 0,
        'dir/x': 1,
      },
      'm.m3u8',
    );
    assert.deepEqual(codesOf(resolved), [
      'traversal',
      'absolute-path',
      'empty',
      'missing',
      'not-a-file',
      'absolute-url',
    ]);
  });

  it('keeps the first problems and counts the others', async () => {
    const names = Array.from({ length: 20_001 }, (_, index) => `../${index}.ts`);
    const { problems, unlisted } = await resolveTree({ 'a.m3u8': media(...names) }, 'a.m3u8');
    assert.deepEqual([problems.length, unlisted], [20, 19_981]);
    assert.match(problems.at(-1)?.message ?? '', /"\.\.\/19\.ts"/);
  });

  it('keeps hostile names in one line of a message', async () => {
    const key = `#EXT-X-KEY:METHOD=AES-128,URI="${'x'.repeat(5000)}\u2028\u001b[31m"\n`;
    const { problems } = await resolveTree({ 'a.m3u8': `${HEAD}${key}` }, 'a.m3u8');
    assert.ok((problems[0]?.message.length ?? 0) < 600, 'cut');
    const { problems: shown } = await resolveTree(
      { 'a.m3u8': `${HEAD}a\u001b[31m\u0085::error::b.ts\n` },
      'a.m3u8',
    );
    assert.match(shown[0]?.message ?? '', /^pkg\/a\.m3u8, line 3: "a\\u001b\[31m/);
  });

  it('that is gone or a folder is a problem, not an exception', async () => {
    const tree = { 'd.m3u8/x': 1 };
    for (const [name, code] of [
      ['gone.m3u8', 'missing'],
      ['d.m3u8', 'not-a-file'],
      ['no/folder.mpd', 'missing'],
    ] as const) {
      assert.deepEqual(codesOf(await resolveTree(tree, name)), [code]);
    }
  });

  it('that is a link that leads out is a problem', { skip: noSymlinks }, async () => {
    const tree = { '../out.m3u8': media('s.ts'), 's.ts': 1, 'l.m3u8': { symlink: '../out.m3u8' } };
    assert.deepEqual(codesOf(await resolveTree(tree, 'l.m3u8')), ['symlink-escape']);
  });

  it('is refused by its size before it is read', async () => {
    const { folder, remove } = layOut({ 'a.m3u8': media('s.ts'), 's.ts': 1 });
    truncateSync(join(folder, 'a.m3u8'), 64 * 1024 * 1024 + 1);
    const resolved = await resolvePackage(join(folder, 'a.m3u8'), { displayPath: 'a.m3u8' });
    remove();
    assert.deepEqual(codesOf(resolved), ['too-large']);
  });

  it('below a symbolic link to its folder is as good as in it', { skip: noSymlinks }, async () => {
    const tree = { 'real/a.m3u8': media('s.ts'), 'real/s.ts': 1, link: { symlink: 'real' } };
    const resolved = await resolveTree(tree, 'link/a.m3u8');
    assert.deepEqual([codesOf(resolved), namesOf(resolved)], [[], ['s.ts']]);
  });

  it('follows a link to a neighbour whose name only starts like its folder no further than any other', {
    skip: noSymlinks,
  }, async () => {
    const resolved = await resolveTree(
      { 'a.m3u8': media('s.ts'), '../pkg-secret/s.ts': 1, 's.ts': { symlink: '../pkg-secret/s.ts' } },
      'a.m3u8',
    );
    assert.deepEqual(codesOf(resolved), ['symlink-escape']);
  });

  it('with a segment that another program keeps locked is refused', { skip: noLocks }, async () => {
    const { folder, remove } = layOut({ 'a.m3u8': media('s.ts'), 's.ts': 1 });
    const unlock = lock(join(folder, 's.ts'));
    const { problems } = await resolvePackage(join(folder, 'a.m3u8'), { displayPath: 'a.m3u8' });
    unlock();
    remove();
    assert.equal(problems[0]?.code, 'unreadable');
    assert.match(problems[0]?.message ?? '', /"s\.ts" \(s\.ts\) cannot be read: EBUSY/);
  });

  it('may lie below a path of more than 260 characters', async () => {
    const folder = Array.from({ length: 4 }, (_, index) => `${index}`.repeat(90)).join('/');
    const name = `${folder}/a.m3u8`;
    const resolved = await resolveTree({ [name]: media('v/s.ts'), [`${folder}/v/s.ts`]: 1 }, name);
    assert.deepEqual([codesOf(resolved), namesOf(resolved)], [[], ['v/s.ts']]);
  });

  it('warns of names on disk that no player will ask for', async () => {
    const resolved = await resolveTree(
      { 'a.m3u8': media('a%20b.ts', 'c%2B.ts'), 'a%20b.ts': 1, 'c%2B.ts': 1 },
      'a.m3u8',
    );
    assert.deepEqual(namesOf(resolved), ['a%20b.ts', 'c%2B.ts']);
    assert.deepEqual(resolved.warnings, [
      'pkg/a.m3u8, line 4: "a%20b.ts" names a file as it is on disk, but a player will ask for "a b.ts"; write "a%2520b.ts" (and 1 more).',
    ]);
  });

  it('warns of encoded slashes, and takes the file below the folder', async () => {
    const resolved = await resolveTree({ 'a.m3u8': media('v%2Fs.ts'), 'v/s.ts': 1 }, 'a.m3u8');
    assert.deepEqual([codesOf(resolved), namesOf(resolved)], [[], ['v/s.ts']]);
    assert.deepEqual(resolved.warnings, [
      'pkg/a.m3u8, line 4: "v%2Fs.ts" has an encoded slash (%2F), which is taken for one between folders; write "/".',
    ]);
  });

  it('is refused for names that no player can ask for', async (t) => {
    for (const name of ['s#1.ts', 's%2B?v=1.ts'] as const) {
      if (refusesName(name)) return t.skip(refusesName(name) || '');
      const resolved = await resolveTree({ 'a.m3u8': media(name), [name]: 1 }, 'a.m3u8');
      assert.deepEqual(codesOf(resolved), ['unplayable-name'], name);
      const written = name.split('/').map(encodeURIComponent).join('/');
      assert.ok(resolved.problems[0]?.message.endsWith(`write "${written}".`), resolved.problems[0]?.message);
    }
    const cut = await resolveTree({ 'a.m3u8': media('s.ts?v=1', 't.ts#x'), 's.ts': 1, 't.ts': 1 }, 'a.m3u8');
    assert.deepEqual([codesOf(cut), namesOf(cut), cut.warnings], [[], ['s.ts', 't.ts'], []]);
  });

  it('holds the files that it shares with another of its folder once', async () => {
    const { folder, remove } = layOut({ 'a.m3u8': media('s.ts'), 'b.m3u8': media('s.ts'), 's.ts': 1 });
    const cache = new PackageCache();
    const a = await resolvePackage(join(folder, 'a.m3u8'), { displayPath: 'a.m3u8', cache });
    const b = await resolvePackage(join(folder, 'b.m3u8'), { displayPath: 'b.m3u8', cache });
    remove();
    assert.ok(a.files[0]);
    assert.equal(a.files[0], b.files[0]);
  });

  it('is left amid a long manifest when the run is aborted', async () => {
    const comment = '-a'.repeat(400_000);
    const { folder, remove } = layOut({
      'a.mpd': `<MPD><!--${`-->${comment.slice(0, 9)}<!--`.repeat(400_000)}--></MPD>`,
      'a.m3u8': `#EXTM3U\n${'#x\n'.repeat(1_500_000)}s.ts\n`,
      's.ts': 1,
    });
    for (const name of ['a.mpd', 'a.m3u8']) {
      const reason = new Error('stop');
      const stop = new AbortController();
      const resolving = resolvePackage(join(folder, name), { displayPath: name, signal: stop.signal });
      const timer = setTimeout(() => stop.abort(reason), 1);
      await assert.rejects(resolving, reason, name);
      clearTimeout(timer);
    }
    remove();
  });

  it('takes no stream of a file for a file', {
    skip: process.platform !== 'win32' && 'a colon is a sign like others here',
  }, async () => {
    const { folder, remove } = layOut({ 'a.m3u8': media('./s.ts%3Ahidden', './s.ts::$DATA'), 's.ts': 1 });
    writeFileSync(join(folder, 's.ts:hidden'), 'x');
    const { problems } = await resolvePackage(join(folder, 'a.m3u8'), { displayPath: 'a.m3u8' });
    remove();
    assert.deepEqual(
      problems.map(({ code }) => code),
      ['missing', 'missing'],
    );
  });

  it('takes no name as it is written that leads out', async () => {
    // Windows, which knows no such folder, would drop it together with the `..` after it.
    const folder = refusesName('x?') ? {} : { 'x?/y': 1 };
    const resolved = await resolveTree(
      { 'a.m3u8': media('x?/../../s.ts', '?/../../s.ts'), '../s.ts': 1, ...folder },
      'a.m3u8',
    );
    assert.deepEqual(codesOf(resolved), ['missing', 'not-a-file']);
  });

  it('warns when a playlist refers to the manifest by the name that it will lose', async () => {
    const resolved = await resolveTree(
      { 'm.m3u8': master('v.m3u8'), 'v.m3u8': `${master('m.m3u8')}s.ts\n`, 's.ts': 1 },
      'm.m3u8',
    );
    assert.deepEqual(namesOf(resolved), ['s.ts', 'v.m3u8']);
    assert.equal(resolved.warnings.length, 1);
    assert.match(resolved.warnings[0] ?? '', /^pkg\/m\.m3u8 is referred to by its own name/);
  });

  it('is left when the run is aborted', async () => {
    const { folder, remove } = layOut({ 'a.m3u8': media('s.ts'), 's.ts': 1 });
    const reason = new Error('stop');
    const resolving = resolvePackage(join(folder, 'a.m3u8'), {
      displayPath: 'a.m3u8',
      signal: AbortSignal.abort(reason),
    });
    await assert.rejects(resolving, reason);
    remove();
  });

  it('reads each playlist of a run once', async () => {
    const { folder, remove } = layOut({
      'a.m3u8': master('v.m3u8'),
      'b.m3u8': master('v.m3u8'),
      'v.m3u8': media('s.ts'),
      's.ts': 1,
    });
    const cache = new PackageCache();
    const first = await resolvePackage(join(folder, 'a.m3u8'), { displayPath: 'a.m3u8', cache });
    writeFileSync(join(folder, 'v.m3u8'), 'changed');
    const second = await resolvePackage(join(folder, 'b.m3u8'), { displayPath: 'b.m3u8', cache });
    remove();
    assert.deepEqual([codesOf(first), codesOf(second)], [[], []]);
    assert.deepEqual(namesOf(second), namesOf(first));
  });
});

describe('the packages among matched files', () => {
  async function among(tree: Tree, only: (path: string) => boolean = () => true) {
    const { folder, remove } = layOut(tree);
    const paths = Object.keys(tree).filter(only).sort();
    const { packages, absorbed } = await resolvePackages(
      new FoundFiles(paths.map((path) => ({ path, file: join(folder, path) }))),
      new AbortController().signal,
    );
    remove();
    return {
      media: paths.filter((path) => !absorbed.has(path)),
      packages,
      codes: [...packages].map(([path, found]) => [path, codesOf(found)]),
    };
  }
  const MPD =
    '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet><Representation><BaseURL>v/s.ts</BaseURL>' +
    '</Representation></AdaptationSet></Period></MPD>';

  it('of a ladder, a DASH package over its segments and plain files are four media', async () => {
    const { media: found, packages } = await among({
      'out/master.m3u8': master('v/index.m3u8', 'w/index.m3u8'),
      'out/v/index.m3u8': media('s.ts'),
      'out/v/s.ts': 1,
      'out/w/index.m3u8': media('s.ts'),
      'out/w/s.ts': 1,
      'out/m.mpd': MPD,
      'a.mp4': 1,
      'out/b.mp4': 1,
    });
    assert.deepEqual(found, ['a.mp4', 'out/b.mp4', 'out/m.mpd', 'out/master.m3u8']);
    assert.deepEqual([...packages.keys()].sort(), ['out/m.mpd', 'out/master.m3u8']);
  });

  it('leave out what belongs to a broken package', async () => {
    const { media: found, codes } = await among({
      'm.m3u8': master('v.m3u8'),
      'v.m3u8': media('s.ts', 'gone.ts'),
      's.ts': 1,
    });
    assert.deepEqual(found, ['m.m3u8']);
    assert.deepEqual(codes, [['m.m3u8', ['missing']]]);
  });

  it('count a playlist that is named through one that was not matched, or through a variable', async () => {
    const tree = {
      'a.m3u8': media('s.ts'),
      'm.m3u8': `#EXTM3U\n#EXT-X-DEFINE:NAME="v",VALUE="a"\n#EXT-X-STREAM-INF:X=1\nx.m3u8\n`,
      's.ts': 1,
      'x.m3u8': '#EXTM3U\n#EXT-X-DEFINE:IMPORT="v"\n#EXT-X-STREAM-INF:X=1\n{$v}.m3u8\n',
    };
    for (const only of [() => true, (path: string) => path !== 'x.m3u8']) {
      const { media: found, packages } = await among(tree, only);
      assert.deepEqual([found, [...packages.keys()]], [['m.m3u8'], ['m.m3u8']]);
    }
  });

  it('resolve a playlist of its own that merely has the written name of another', async () => {
    const { media: found, packages } = await among({
      'a b.m3u8': media('s.ts'),
      'a%20b.m3u8': media('s.ts'),
      'm.m3u8': master('a%20b.m3u8'),
      's.ts': 1,
    });
    assert.deepEqual(
      [found, [...packages.keys()].sort()],
      [
        ['a%20b.m3u8', 'm.m3u8'],
        ['a%20b.m3u8', 'm.m3u8'],
      ],
    );
  });

  it('in a circle are one, the first', async () => {
    const { media: found } = await among({
      'b.m3u8': `${master('c.m3u8')}s.ts\n`,
      'c.m3u8': master('b.m3u8'),
      's.ts': 1,
    });
    assert.deepEqual(found, ['b.m3u8']);
  });

  it('with a manifest that is none are told so', async () => {
    const { codes } = await among({ 'b.mpd': 'x' });
    assert.deepEqual(codes, [['b.mpd', ['not-a-manifest']]]);
  });

  it('may have a pipe among them, and nothing waits for it', { skip: noPipes }, async () => {
    const { codes } = await among({ 'a.m3u8': { fifo: true } });
    assert.deepEqual(codes, [['a.m3u8', ['not-a-file']]]);
  });

  it('that all report on each other cost no more than their lines', async () => {
    const names = Array.from({ length: 60 }, (_, index) => `v${index}.m3u8`);
    const reports = names.map((name) => `#EXT-X-RENDITION-REPORT:URI="${name}"\n`).join('');
    const { folder, remove } = layOut({
      ...Object.fromEntries(names.map((name) => [name, `${media('s.ts')}${reports}`])),
      's.ts': 1,
    });
    mkdirSync(join(folder, 'empty'));
    const files = ['s.ts', ...names].sort().map((path) => ({ path, file: join(folder, path) }));
    const { packages } = await resolvePackages(new FoundFiles(files), new AbortController().signal);
    remove();
    assert.deepEqual([...packages.keys()], ['v0.m3u8']);
  });
});
