import assert from 'node:assert/strict';
import { statSync, truncateSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { FileDigester } from '../../src/digest/file-digester.js';
import { workspaceWith } from './workspace.js';

/** Takes more than one slice to digest, and no room on most file systems. */
const LARGE = 256 * 1024 * 1024;
const never = new AbortController().signal;

describe('a large file that is being digested', () => {
  const changes: [what: string, change: (file: string) => void, message: RegExp][] = [
    ['is written again', (file) => utimesSync(file, 1, 1), /it was written again/],
    ['is cut', (file) => truncateSync(file, 7), /it had 268435456 bytes and has \d+ now/],
    ['grows', (file) => truncateSync(file, LARGE + 1), /it had 268435456 bytes and has 268435457 now/],
  ];
  for (const [what, change, message] of changes) {
    it(`lets others work, and has no digest when it ${what}`, async (t) => {
      const file = join(workspaceWith(t, { 'a.mp4': '' }), 'a.mp4');
      truncateSync(file, LARGE);
      const { size, mtimeMs } = statSync(file);
      const digester = new FileDigester();
      const outcome = digester.digest({ file, path: 'a.mp4', size, mtimeMs }, never);
      const settled = Promise.allSettled([outcome]);
      await setImmediate();
      change(file);
      await settled;
      await assert.rejects(outcome, { code: 'FileChanged', message });
      assert.equal(digester.isBusy, false);
    });
  }

  it('is left alone when nobody wants its digest any more', async (t) => {
    const file = join(workspaceWith(t, { 'a.mp4': '' }), 'a.mp4');
    truncateSync(file, LARGE);
    const { size, mtimeMs } = statSync(file);
    const stop = new AbortController();
    const digester = new FileDigester();
    const outcome = digester.digest({ file, path: 'a.mp4', size, mtimeMs }, stop.signal);
    const next = digester.digest({ file, path: 'a.mp4', size: 1, mtimeMs }, never);
    const settled = Promise.allSettled([outcome, next]);
    await setImmediate();
    stop.abort(new Error('enough'));
    await settled;
    await assert.rejects(outcome, { message: 'enough' });
    await assert.rejects(next, { code: 'FileChanged' });
  });
});
