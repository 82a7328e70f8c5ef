import assert from 'node:assert/strict';
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { inspectFile } from '../../src/media/files/local-file.js';
import { lock, noLocks, noPipes, noSymlinks } from '../corpus/file-system.js';
import type { TreeEntry } from '../corpus/lay-out.js';
import { workspaceWith } from './workspace.js';

describe('a local file', () => {
  const FACTS = { size: 12, mtimeMs: 1_700_000_000_250 };
  const touch = (file: string) => utimesSync(file, 1_700_000_000, 1_700_000_000.25);

  it('is told by its size and time', async (t) => {
    const workspace = workspaceWith(t, { 'a.mp4': 12 });
    touch(join(workspace, 'a.mp4'));
    assert.deepEqual(await inspectFile(join(workspace, 'a.mp4'), 'a.mp4'), FACTS);
  });

  it('behind a link is told as it is itself', { skip: noSymlinks }, async (t) => {
    const workspace = workspaceWith(t, { 'a.mp4': 12, 'link.mp4': { symlink: 'a.mp4' } });
    touch(join(workspace, 'a.mp4'));
    assert.deepEqual(await inspectFile(join(workspace, 'link.mp4'), 'link.mp4'), FACTS);
  });

  it('is a problem while another program keeps it locked', { skip: noLocks }, async (t) => {
    const workspace = workspaceWith(t, { 'a.mp4': 1 });
    const unlock = lock(join(workspace, 'a.mp4'));
    const found = await inspectFile(join(workspace, 'a.mp4'), 'a.mp4');
    unlock();
    assert.ok('code' in found);
    assert.equal(found.code, 'unreadable');
    assert.match(found.message, /^a\.mp4 can't be read: EBUSY/);
  });

  const long = `${'n'.repeat(300)}.mp4`;
  // Windows does not tell a name that is too long from one that nothing has.
  const [longCode, longMessage] =
    process.platform === 'win32'
      ? (['missing', /it is gone/] as const)
      : (['unreadable', /ENAMETOOLONG/] as const);
  const problems: [path: string, code: string, message: RegExp, skip?: string | false][] = [
    ['empty.mp4', 'empty', /^empty\.mp4 is empty/],
    ['folder', 'not-a-file', /^folder is a folder, not a regular file\.$/],
    ['pipe', 'not-a-file', /^pipe is a named pipe/, noPipes],
    ['broken.mp4', 'broken-link', /^broken\.mp4 is a symbolic link that leads nowhere\.$/, noSymlinks],
    ['circle.mp4', 'broken-link', /leads nowhere/, noSymlinks],
    ['gone.mp4', 'missing', /^gone\.mp4 can.t be found under that name/],
    ['folder/a.mp4/b.mp4', 'missing', /it is gone/],
    [long, longCode, longMessage],
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
      const found = await inspectFile(join(workspace, path), path);
      assert.ok('code' in found, path);
      assert.equal(found.code, code);
      assert.match(found.message, message);
    });
  }
});
