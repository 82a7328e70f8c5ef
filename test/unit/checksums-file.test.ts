import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type Checksum, checksumsText, writeChecksumsFile } from '../../src/report/checksums-file.js';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);

function temporaryFolder(test: TestContext): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'checksums-')));
  test.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Writes files that each contain their own path, and returns their digests. */
function lay(folder: string, paths: readonly string[]): Checksum[] {
  return paths.map((path) => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, path);
    return { path, sha256: createHash('sha256').update(path).digest('hex') };
  });
}

/** Major version of GNU sha256sum; before 9 it does not read escaped carriage returns. */
function coreutils(): number {
  const { stdout } = spawnSync('sha256sum', ['--version'], { encoding: 'utf8' });
  return Number(/coreutils\) (\d+)\./.exec(stdout ?? '')?.[1] ?? 0);
}

describe('the checksums file', () => {
  it('has a line for each path, in path order, however often and in whatever order they come', () => {
    const checksums = [
      { path: 'b/2.mp4', sha256: B },
      { path: 'a.mp4', sha256: A },
      { path: 'B.mp4', sha256: A },
      { path: 'b/2.mp4', sha256: B },
      { path: 'b/10.mp4', sha256: A },
    ];
    assert.equal(checksumsText(checksums), `${A}  B.mp4\n${A}  a.mp4\n${A}  b/10.mp4\n${B}  b/2.mp4\n`);
    assert.equal(checksumsText([]), '');
  });

  it('escapes names as sha256sum does', () => {
    const lines: [path: string, line: string][] = [
      ['new\nline', `\\${A}  new\\nline\n`],
      ['back\\slash', `\\${A}  back\\\\slash\n`],
      ['carriage\rreturn', `\\${A}  carriage\\rreturn\n`],
      ['\\n\n\\\r', `\\${A}  \\\\n\\n\\\\\\r\n`],
      [' two  spaces *', `${A}   two  spaces *\n`],
      ['花絮\t\u2028.webm', `${A}  花絮\t\u2028.webm\n`],
      ['-', `${A}  ./-\n`],
      ['-/-', `${A}  -/-\n`],
    ];
    for (const [path, line] of lines) assert.equal(checksumsText([{ path, sha256: A }]), line);
  });

  it('is there as a whole, in place of an older one, and nothing else is', (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, 'deep', 'SHA256SUMS');
    writeChecksumsFile(file, [{ path: 'a.mp4', sha256: A }]);
    writeChecksumsFile(file, [{ path: 'b.mp4', sha256: B }]);
    assert.equal(readFileSync(file, 'utf8'), `${B}  b.mp4\n`);
    assert.deepEqual(readdirSync(dirname(file)), ['SHA256SUMS']);
    assert.throws(() => writeChecksumsFile(dirname(file), []), /a device or a folder of this name/);
  });

  const version = coreutils();
  const skip = (version < 9 || process.platform === 'win32') && 'there is no sha256sum of GNU coreutils 9';
  it('is what sha256sum writes and takes', { skip }, (t) => {
    const workspace = temporaryFolder(t);
    const paths = [
      'new\nline',
      'back\\slash',
      'cr\r\n',
      '\\',
      ' * ',
      'b/花絮.webm',
      'z',
      '-',
      '-c',
      '#',
      'a  b',
    ];
    const checksums = lay(workspace, paths);
    const list = join(temporaryFolder(t), 'SHA256SUMS');
    writeChecksumsFile(list, checksums);

    const check = (): string[] => {
      const { stdout, status } = spawnSync('sha256sum', ['--check', '--strict', list], {
        cwd: workspace,
        encoding: 'utf8',
        env: { PATH: process.env.PATH, LC_ALL: 'C' },
        input: 'not what a file has in it',
      });
      return [String(status), ...stdout.split('\n').filter((line) => / FAILED/.test(line))];
    };
    assert.deepEqual(check(), ['0']);

    const names = [...paths].sort().map((path) => (path === '-' ? './-' : path));
    const { stdout } = spawnSync('sha256sum', ['--', ...names], { cwd: workspace, encoding: 'utf8' });
    assert.equal(readFileSync(list, 'utf8'), stdout);

    writeFileSync(join(workspace, 'z'), 'changed');
    assert.deepEqual(check(), ['1', 'z: FAILED']);
  });
});
