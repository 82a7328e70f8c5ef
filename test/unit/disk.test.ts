import assert from 'node:assert/strict';
import { statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { identityOf } from '../../src/expected-file.js';
import { Disk } from '../../src/media/files/disk.js';
import { problemOf } from '../../src/media/files/problem.js';
import { lock, noLocks, noPipes, noSymlinks } from '../corpus/file-system.js';
import type { TreeEntry } from '../corpus/lay-out.js';
import { workspaceWith } from './workspace.js';

describe('a local file', () => {
  const FACTS = { kind: 'file', size: 12, mtimeMs: 1_700_000_000_250 };
  const touch = (file: string) => utimesSync(file, 1_700_000_000, 1_700_000_000.25);

  it('is told by its size and time', async (t) => {
    const workspace = workspaceWith(t, { 'a.mp4': 12 });
    touch(join(workspace, 'a.mp4'));
    const identity = identityOf(statSync(join(workspace, 'a.mp4')));
    assert.deepEqual(await new Disk().stat(join(workspace, 'a.mp4')), { ...FACTS, identity });
  });

  it('behind a link is told as it is itself', { skip: noSymlinks }, async (t) => {
    const workspace = workspaceWith(t, { 'a.mp4': 12, 'link.mp4': { symlink: 'a.mp4' } });
    touch(join(workspace, 'a.mp4'));
    const identity = identityOf(statSync(join(workspace, 'a.mp4')));
    assert.deepEqual(await new Disk().stat(join(workspace, 'link.mp4')), { ...FACTS, identity });
  });

  it('is a problem while another program keeps it locked', { skip: noLocks }, async (t) => {
    const workspace = workspaceWith(t, { 'a.mp4': 1 });
    const unlock = lock(join(workspace, 'a.mp4'));
    const found = await new Disk().stat(join(workspace, 'a.mp4'));
    unlock();
    const problem = problemOf(found, 'a.mp4');
    assert.equal(problem?.code, 'unreadable');
    assert.match(problem.message, /^a\.mp4 can't be read: EBUSY/);
  });

  const long = `${'n'.repeat(300)}.mp4`;
  const problems: [path: string, code: string, message: RegExp, skip?: string | false][] = [
    ['empty.mp4', 'empty', /^empty\.mp4 is empty/],
    ['folder', 'not-a-file', /^folder is a folder, not a regular file\.$/],
    ['pipe', 'not-a-file', /^pipe is a named pipe/, noPipes],
    ['broken.mp4', 'broken-link', /^broken\.mp4 is a symbolic link that leads nowhere\.$/, noSymlinks],
    ['circle.mp4', 'broken-link', /leads nowhere/, noSymlinks],
    ['gone.mp4', 'missing', /^gone\.mp4 can.t be found under that name/],
    ['folder/a.mp4/b.mp4', 'missing', /it is gone/],
    [long, 'missing', /it is gone/],
  ];
  const special: Record<string, TreeEntry> = {
    pipe: { fifo: true },
    'broken.mp4': { symlink: 'gone.mp4' },
    'circle.mp4': { symlink: 'circle.mp4' },
  };
  for (const [path, code, message, skip = false] of problems) {
    it(`is a problem where it can not be published: ${path.slice(0, 20)}`, { skip }, async (t) => {
      const entry = special[path];
      const workspace = workspaceWith(t, {
        'empty.mp4': '',
        'folder/a.mp4': 1,
        ...(entry === undefined ? {} : { [path]: entry }),
      });
      const problem = problemOf(await new Disk().stat(join(workspace, path)), path);
      assert.equal(problem?.code, code);
      assert.match(problem.message, message);
    });
  }
});

describe('a Git LFS pointer', () => {
  const LINE = 'version https://git-lfs.github.com/spec/v1';
  const pointer = `${LINE}\noid sha256:${'0'.repeat(64)}\nsize 123456789\n`;
  const stories: [what: string, content: string, is: boolean][] = [
    ['as Git LFS writes it', pointer, true],
    ['of 1,024 bytes', pointer.padEnd(1024, 'x'), true],
    ['with line ends of Windows', pointer.replaceAll('\n', '\r\n'), true],
    ['of its first line', LINE, true],
    ['is not larger', pointer.padEnd(1025, 'x'), false],
    ['does not begin with something else', `\n${pointer}`, false],
    ['is not of a later version', pointer.replace('v1', 'v12'), false],
    ['is not a playlist of that size', '#EXTM3U\n'.padEnd(130, 'x'), false],
  ];
  for (const [what, content, is] of stories) {
    it(what, async (t) => {
      const workspace = workspaceWith(t, { 'a.mp4': content });
      const stat = await new Disk().stat(join(workspace, 'a.mp4'));
      assert.equal(stat.kind, is ? 'lfs-pointer' : 'file');
      const message = problemOf(stat, 'a.mp4')?.message;
      if (is)
        assert.match(message ?? '', /^a\.mp4 is a Git LFS pointer, .* set "lfs: true" on actions\/checkout/);
      else assert.equal(message, undefined);
    });
  }
});
