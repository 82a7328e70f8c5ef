import assert from 'node:assert/strict';
import { statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { DigestThread, WORKER_SCRIPT } from '../../src/digest/digest-thread.js';
import type { ExpectedFile } from '../../src/expected-file.js';
import { atEnd, workspaceWith } from './workspace.js';

const MIB = 1024 * 1024;
const never = new AbortController().signal;

function threadFor(test: TestContext): DigestThread {
  const thread = new DigestThread(WORKER_SCRIPT);
  atEnd(test, () => thread.end());
  return thread;
}

/** A file of zeros that takes no room on most file systems. */
function zeros(test: TestContext, size: number): ExpectedFile {
  const file = join(workspaceWith(test, { 'a.ts': '' }), 'a.ts');
  truncateSync(file, size);
  return { file, path: 'a.ts', size, mtimeMs: statSync(file).mtimeMs };
}

describe('a thread that digests files', () => {
  it('goes through them in their order, and says when it has room for more', async (t) => {
    const thread = threadFor(t);
    const ended: number[] = [];
    const sizes = [64 * MIB, 1, 2 * MIB];
    const all = sizes.map(async (size) => {
      await thread.digest(zeros(t, size), never);
      ended.push(size);
    });
    assert.equal(thread.hasRoom, false);
    await Promise.all(all);
    assert.deepEqual(ended, sizes);
    assert.equal(thread.hasRoom, true);
  });

  it('has room as long as there is little in front of it, many files included', async (t) => {
    const thread = threadFor(t);
    const small = zeros(t, 1);
    let files = 0;
    const asked: Promise<string>[] = [];
    for (; thread.hasRoom; files++) asked.push(thread.digest(small, new AbortController().signal));
    assert.equal(files, 64);
    thread.end();
    await Promise.all(asked.map((outcome) => assert.rejects(outcome, /was ended/)));
  });

  it('stops what is not wanted any more, under way or not begun', async (t) => {
    const thread = threadFor(t);
    const stop = new AbortController();
    const large = zeros(t, 512 * MIB);
    const asked = [thread.digest(large, stop.signal), thread.digest(large, stop.signal)];
    const next = thread.digest(zeros(t, 1), never);
    const reason = new Error('enough');
    stop.abort(reason);
    for (const outcome of asked) await assert.rejects(outcome, reason);
    assert.equal((await next).length, 64);
    assert.equal(thread.hasRoom, true);
    await assert.rejects(thread.digest(large, stop.signal), reason);
  });
});
