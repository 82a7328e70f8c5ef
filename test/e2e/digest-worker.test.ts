import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { BUNDLE, NODE } from './action.js';

/** A copy of dist/ alone, in a checkout with a name that is hard on URLs. */
function copiedDist(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'my checkout #1 %23 é+'));
  test.after(() => rmSync(folder, { recursive: true }));
  const dist = join(folder, 'dist');
  cpSync(dirname(BUNDLE), dist, { recursive: true });
  return dist;
}

describe('the worker beside the bundle', () => {
  it('digests files wherever the action is checked out, without a word', (t) => {
    const dist = copiedDist(t);
    const bytes = randomBytes(3_000_000);
    const file = join(dist, 'a.mp4');
    writeFileSync(file, bytes);
    const { size, mtimeMs } = statSync(file);
    const gone = { file: `${file}.gone`, path: 'gone.mp4', size, mtimeMs };
    const script = `
      import { Digests } from ${JSON.stringify(new URL('../../src/digest/digests.js', import.meta.url).href)};
      const digests = new Digests({
        script: new URL(${JSON.stringify(pathToFileURL(join(dist, 'digest-worker.js')).href)}),
        onFallback: (reason) => { throw new Error(reason); },
      });
      const { signal } = new AbortController();
      const found = await digests.of([${JSON.stringify({ file, path: 'a.mp4', size, mtimeMs })}], signal);
      const error = await digests.of([${JSON.stringify(gone)}], signal).catch((reason) => reason);
      process.stdout.write(JSON.stringify([found, error.code, error.message]));
    `;
    const options = ['--input-type=module', '--eval', script];
    const { status, stdout, stderr } = spawnSync(NODE, options, { encoding: 'utf8', timeout: 60_000 });
    assert.deepEqual([status, stderr], [0, '']);
    assert.deepEqual(JSON.parse(stdout), [
      [createHash('sha256').update(bytes).digest('hex')],
      'FileVanished',
      'gone.mp4 was there when the plan was made and is gone now.',
    ]);
  });
});
