import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { UserError } from '../../src/errors.js';
import { discover, workspacePath } from '../../src/media/discover.js';
import { noSymlinks, refusesName } from '../corpus/file-system.js';
import { workspaceWith } from './workspace.js';

const pathsOf = async (globs: string, workspace: string): Promise<string[]> =>
  (await discover(globs, workspace)).files.map(({ path }) => path);

describe('the globs', () => {
  it('find files below the workspace, sorted by path, each once', async (t) => {
    const workspace = workspaceWith(t, { 'b.mp4': 1, 'a/z.mp4': 1, 'a.mp4': 1, 'a/b.mov': 1, 'Z.mp4': 1 });
    const { files, unmatched } = await discover('**/*.mp4\na.mp4\nb.mp4', workspace);
    assert.deepEqual(
      files,
      ['Z.mp4', 'a.mp4', 'a/z.mp4', 'b.mp4'].map((path) => ({ file: join(workspace, path), path })),
    );
    assert.deepEqual(unmatched, []);
  });

  it('may hold comments, blank lines and blanks around patterns', async (t) => {
    const workspace = workspaceWith(t, { 'a.mp4': 1, 'b.mov': 1 });
    assert.deepEqual(await pathsOf('\n# films\n  a.mp4  \r\n\t*.mov\n', workspace), ['a.mp4', 'b.mov']);
  });

  it('exclude by ! what patterns before it found, and include again after it', async (t) => {
    const workspace = workspaceWith(t, { 'a.mp4': 1, 'draft-a.mp4': 1, 'draft-b.mp4': 1 });
    assert.deepEqual(await pathsOf('*.mp4\n!draft-*', workspace), ['a.mp4']);
    assert.deepEqual(await pathsOf('*.mp4\n! draft-*\ndraft-b.mp4', workspace), ['a.mp4', 'draft-b.mp4']);
  });

  it('name the patterns that matched nothing', async (t) => {
    const workspace = workspaceWith(t, { 'a.mp4': 1 });
    const globs = '*.mp4\n*.mov\n!*.avi\nnone/a.mp4\na.mp4\n!a.mp4\n*.mkv';
    const { files, unmatched } = await discover(globs, workspace);
    assert.deepEqual(files, []);
    assert.deepEqual(unmatched, ['*.mp4', '*.mov', 'none/a.mp4', 'a.mp4', '*.mkv']);
    assert.deepEqual((await discover('*.mp4\n*.mov', workspace)).unmatched, ['*.mov']);
  });

  it('descend into folders, take hidden files and leave folders out', async (t) => {
    const workspace = workspaceWith(t, { 'out/a.mp4': 1, 'out/deep/.b.mp4': 1, 'out.mp4/c.mp4': 1 });
    assert.deepEqual(await pathsOf('out', workspace), ['out/a.mp4', 'out/deep/.b.mp4']);
    assert.deepEqual(await pathsOf('./out/', workspace), ['out/a.mp4', 'out/deep/.b.mp4']);
    assert.deepEqual(await pathsOf('*.mp4', workspace), ['out.mp4/c.mp4']);
    assert.equal((await pathsOf('.', workspace)).length, 3);
  });

  it('reach a workspace whose own name looks like a pattern', async (t) => {
    const name = refusesName('a [b] *?') ? 'a [b]' : 'a [b] *?';
    const workspace = join(workspaceWith(t, { [`${name}/x/a.mp4`]: 1, 'a b/x/b.mp4': 1 }), name);
    assert.deepEqual(await pathsOf('**/*.mp4', workspace), ['x/a.mp4']);
    assert.deepEqual(await pathsOf('x/*\n!x/a.mp4', workspace), []);
  });

  it('take absolute patterns, and names with blanks, quotes and other scripts', async (t) => {
    const workspace = workspaceWith(t, { "b/it's “片” 1.mp4": 1 });
    assert.deepEqual(await pathsOf(join(workspace, 'b', '*.mp4'), workspace), ["b/it's “片” 1.mp4"]);
    assert.deepEqual(await pathsOf("b/it's “片” 1.mp4", workspace), ["b/it's “片” 1.mp4"]);
  });

  it('may be written as Windows writes paths', {
    skip: process.platform !== 'win32' && 'a backslash is a sign like others here',
  }, async (t) => {
    const workspace = workspaceWith(t, { 'out/a.mp4': 1, 'out/B.MP4': 1, 'c.mov': 1 });
    assert.deepEqual(await pathsOf('out\\*.mp4', workspace), ['out/B.MP4', 'out/a.mp4']);
    assert.deepEqual(await pathsOf('.\\out\\**\n!OUT\\b.*', workspace), ['out/a.mp4']);
    const drive = workspace.slice(0, 1);
    const other = drive === drive.toLowerCase() ? drive.toUpperCase() : drive.toLowerCase();
    const absolute = `${workspace}\\*.mov\n${other}${workspace.slice(1)}\\*.mov`;
    assert.deepEqual(await pathsOf(absolute, workspace), ['c.mov']);
  });

  it('find files below a path of more than 260 characters', async (t) => {
    const folder = Array.from({ length: 4 }, (_, index) => `${index}`.repeat(90)).join('/');
    const workspace = workspaceWith(t, { [`${folder}/a.mp4`]: 1 });
    assert.deepEqual(await pathsOf('**/*.mp4', workspace), [`${folder}/a.mp4`]);
  });

  it('find matched links that lead nowhere, so that they can be told, and pass over others', {
    skip: noSymlinks,
  }, async (t) => {
    const workspace = workspaceWith(t, {
      'a.mp4': 1,
      'b.mp4': { symlink: 'gone.mp4' },
      'c.mp4': { symlink: 'a.mp4' },
      'd.txt': { symlink: 'gone.txt' },
    });
    assert.deepEqual(await pathsOf('*.mp4', workspace), ['a.mp4', 'b.mp4', 'c.mp4']);
    assert.deepEqual(await pathsOf('*.mp4\n!b.mp4', workspace), ['a.mp4', 'c.mp4']);
  });

  it('refuse a pattern that leaves its folder, and name it', async (t) => {
    const workspace = workspaceWith(t, { 'a.mp4': 1 });
    await assert.rejects(discover('*.mp4\nvideos/../*.mp4', workspace), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /^files: the pattern "videos\/\.\.\/\*\.mp4" could not be searched: /);
      return true;
    });
  });

  it('give paths relative to the workspace', () => {
    assert.equal(workspacePath(join('/w', 'a', 'b.mp4'), '/w'), 'a/b.mp4');
    assert.equal(workspacePath('/other/b.mp4', '/w'), '../other/b.mp4');
  });
});
