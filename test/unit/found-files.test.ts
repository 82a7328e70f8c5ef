import assert from 'node:assert/strict';
import { existsSync, linkSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { discover } from '../../src/media/discover.js';
import { FoundFiles } from '../../src/media/files/found-files.js';
import { makePlan, type Plan } from '../../src/media/plan.js';
import { parseTemplate } from '../../src/media/template.js';
import { caseCounts } from '../corpus/file-system.js';
import type { Tree } from '../corpus/lay-out.js';
import { workspaceWith } from './workspace.js';

/**
 * Lays out a tree whose files have second names, too. Where the file system does not take them for the same anyway,
 * a symbolic link makes them lead to the same file.
 */
function workspaceOf(test: TestContext, tree: Tree, secondNames: Record<string, string>): string {
  const workspace = workspaceWith(test, tree);
  for (const [path, other] of Object.entries(secondNames)) {
    if (!existsSync(join(workspace, other))) symlinkSync(basename(path), join(workspace, other));
  }
  return workspace;
}

async function plan(workspace: string, globs: string, cover: string[] = []): Promise<Plan> {
  const { files } = await discover(globs, workspace);
  const settings = {
    workspace,
    mediaName: parseTemplate('{name}'),
    cover: cover.map(parseTemplate),
    ifNoCoverFound: 'error' as const,
  };
  return makePlan(files, settings, new AbortController().signal);
}

/** Paths of the media with the keys of what is sent for them. */
const sentFor = ({ media }: Plan) =>
  media.map(({ path, objects }) => [
    path,
    ...objects.slice(1).map((object) => (object.role === 'cover' ? `cover ${object.path}` : object.relative)),
  ]);

const media = (...segments: string[]) =>
  `#EXTM3U\n#EXT-X-TARGETDURATION:4\n${segments.map((name) => `#EXTINF:4,\n${name}\n`).join('')}`;

describe('a file with names that differ in case or accents only', () => {
  it('is found once, by its own name', async (t) => {
    const workspace = workspaceOf(t, { 'Film.mp4': 1 }, { 'Film.mp4': 'FILM.mp4' });
    const { files, unmatched } = await discover('FILM.mp4\nF*.mp4\nFilm.mp4', workspace);
    assert.deepEqual(
      [...files].map(({ path }) => path),
      [caseCounts ? 'Film.mp4' : 'FILM.mp4'],
    );
    assert.deepEqual(unmatched, []);
  });

  it('belongs to the package that names it in its own way, and has the name of the manifest there', async (t) => {
    const workspace = workspaceOf(
      t,
      {
        'out/a.m3u8': media('Seg-1.ts', 'seg-1.ts', 'caf\u00e9.ts'),
        'out/seg-1.ts': 1,
        'out/cafe\u0301.ts': 1,
      },
      { 'out/seg-1.ts': 'out/Seg-1.ts', 'out/cafe\u0301.ts': 'out/caf\u00e9.ts' },
    );
    const planned = await plan(workspace, 'out/*.m3u8\nout/seg*.ts\nout/cafe*.ts');
    assert.deepEqual(planned.refused, []);
    assert.deepEqual(sentFor(planned), [['out/a.m3u8', 'Seg-1.ts', 'caf\u00e9.ts', 'seg-1.ts']]);
  });

  it('may be a playlist, which is no medium of its own then', async (t) => {
    const master = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nVideo/Index.m3u8\n';
    const workspace = workspaceOf(
      t,
      { 'm.m3u8': master, 'Video/index.m3u8': media('s.ts'), 'Video/s.ts': 1 },
      { 'Video/index.m3u8': 'Video/Index.m3u8' },
    );
    const planned = await plan(workspace, 'm.m3u8\nVideo/index.m3u8\nVideo/s.ts');
    assert.deepEqual(sentFor(planned), [['m.m3u8', 'Video/Index.m3u8', 'Video/s.ts']]);
  });

  it('is a cover that the globs match, and never its own', async (t) => {
    const workspace = workspaceOf(t, { 'a.jpg': 1, 'a.mp4': 1 }, { 'a.jpg': 'a.JPG' });
    assert.deepEqual(sentFor(await plan(workspace, 'a.jpg\na.mp4', ['{name}.JPG'])), [
      ['a.mp4', 'cover a.jpg'],
    ]);
    const { refused } = await plan(workspace, 'a.jpg', ['{name}.JPG']);
    assert.deepEqual(
      refused.map(({ problems }) => problems.map(({ code }) => code)),
      [['no-cover']],
    );
  });
});

describe('files with names that differ in case only', {
  skip: !caseCounts && 'no two files can have them',
}, () => {
  it('are files of their own', async (t) => {
    const workspace = workspaceWith(t, {
      'a.mp4': 1,
      'A.mp4': 1,
      'out/a.m3u8': media('S.ts'),
      'out/S.ts': 1,
    });
    writeFileSync(join(workspace, 'out/s.ts'), 'another');
    assert.deepEqual(sentFor(await plan(workspace, '**')), [
      ['A.mp4'],
      ['a.mp4'],
      ['out/a.m3u8', 'S.ts'],
      ['out/s.ts'],
    ]);
  });
});

describe('files that are hard links of each other', {
  skip: !caseCounts && 'no two files can have such names',
}, () => {
  it('are media of their own, also where their names differ in case only', async (t) => {
    const workspace = workspaceWith(t, { 'Film.mp4': 1 });
    for (const other of ['FILM.mp4', 'copy.mp4'])
      linkSync(join(workspace, 'Film.mp4'), join(workspace, other));
    assert.deepEqual(sentFor(await plan(workspace, '**')), [['FILM.mp4'], ['Film.mp4'], ['copy.mp4']]);
  });
});

describe('a name that no file can have', () => {
  it('leads to none of the files that were found', (t) => {
    const name = '\u00e9'.repeat(120);
    const workspace = workspaceWith(t, { [name]: 1 });
    const found = new FoundFiles([{ path: name, file: join(workspace, name) }]);
    const long = name.normalize('NFD');
    assert.equal(found.at(long, join(workspace, `${long}/x`)), undefined);
    assert.equal(found.at(name, join(workspace, name))?.path, name);
  });
});
