import assert from 'node:assert/strict';
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { inspectFile } from '../../src/media/local-file.js';
import { workspaceWith } from './workspace.js';

describe('a local file', () => {
  it('is told by its size and time, also behind a link', async (t) => {
    const workspace = workspaceWith(t, { 'a.mp4': 12, 'link.mp4': { symlink: 'a.mp4' } });
    utimesSync(join(workspace, 'a.mp4'), 1_700_000_000, 1_700_000_000.25);
    const facts = { size: 12, mtimeMs: 1_700_000_000_250 };
    assert.deepEqual(await inspectFile(join(workspace, 'a.mp4'), 'a.mp4'), facts);
    assert.deepEqual(await inspectFile(join(workspace, 'link.mp4'), 'link.mp4'), facts);
  });

  it('is a problem where it can not be published', async (t) => {
    const workspace = workspaceWith(t, {
      'empty.mp4': '',
      'folder/a.mp4': 1,
      pipe: { fifo: true },
      'broken.mp4': { symlink: 'gone.mp4' },
      'circle.mp4': { symlink: 'circle.mp4' },
    });
    const long = `${'n'.repeat(300)}.mp4`;
    const cases: [path: string, code: string, message: RegExp][] = [
      ['empty.mp4', 'empty', /^empty\.mp4 is empty/],
      ['folder', 'not-a-file', /^folder is a folder, not a regular file\.$/],
      ['pipe', 'not-a-file', /^pipe is a named pipe/],
      ['broken.mp4', 'broken-link', /^broken\.mp4 is a symbolic link that leads nowhere\.$/],
      ['circle.mp4', 'broken-link', /leads nowhere/],
      ['gone.mp4', 'missing', /^gone\.mp4 can.t be found under that name/],
      ['folder/a.mp4/b.mp4', 'missing', /it is gone/],
      [long, 'unreadable', /can't be read: ENAMETOOLONG/],
    ];
    for (const [path, code, message] of cases) {
      const found = await inspectFile(join(workspace, path), path);
      assert.ok('code' in found, path);
      assert.equal(found.code, code);
      assert.match(found.message, message);
    }
  });
});
