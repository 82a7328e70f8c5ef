import assert from 'node:assert/strict';
import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve, sep } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { create } from '@actions/glob';
import fc from 'fast-check';
import { minimatch } from 'minimatch';
import { discover } from '../../src/media/discover.js';
import { workspacePath } from '../../src/media/files/workspace-path.js';
import { noSymlinks } from '../corpus/file-system.js';
import { layOut, type Tree } from '../corpus/lay-out.js';

/**
 * What `@actions/glob` finds when each including pattern is searched on its own, with the exclusions after it; without
 * the hidden files that its minimatch would not take with `dot: false`.
 */
async function searchOneByOne(lines: readonly string[], workspace: string) {
  const paths = new Set<string>();
  const unmatched: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.startsWith('!') || line.startsWith('#')) continue;
    const exclusions = lines.slice(index + 1).filter((other) => other.startsWith('!'));
    const [rooted = '', ...others] = [line, ...exclusions].map((pattern) => rootPattern(pattern, workspace));
    const globber = await create([rooted, ...others].join('\n'), { matchDirectories: false });
    // The toolkit fails for a pattern that is a path below a file, which matches nothing.
    const all = await globber
      .glob()
      .catch((error) => (error.code === 'ENOTDIR' ? [] : Promise.reject(error)));
    const files = all.filter((file) => isTaken(file, rooted.replace(/^~/, homedir())));
    if (files.length === 0) unmatched.push(line);
    for (const file of files) paths.add(workspacePath(file, workspace));
  }
  return { paths: [...paths].sort(), unmatched };
}

/** True where minimatch takes a file with `dot: false`: the file itself, or for being below a folder. */
function isTaken(file: string, rooted: string): boolean {
  const options = { nobrace: true, nocomment: true, noext: true, nonegate: true };
  const plain = rooted.replace(/\/+$/, '');
  const itself = plain.endsWith('/**') ? `${file}/` : file;
  return (plain === rooted && minimatch(itself, plain, options)) || minimatch(file, `${plain}/**`, options);
}

function rootPattern(pattern: string, workspace: string): string {
  if (pattern.startsWith('!')) return `!${rootPattern(pattern.slice(1).trim(), workspace)}`;
  if (isAbsolute(pattern) || pattern.startsWith('~')) return pattern;
  const plain = pattern.replace(/^(\.[/\\])+/, '');
  const root = resolve(workspace);
  return plain === '.' || plain === '' ? root : `${root}${sep}${plain}`;
}

const NAMES = ['a', 'b', 'ab', '.h', '.a.mp4', 'a.mp4', 'b.mp4', 'c.ts', 'A', '#n', '!x', 'a b', '[a]', 'ü'];
const PARTS = [
  ...NAMES,
  '*',
  '**',
  '?',
  '*.mp4',
  'a*',
  '.*',
  '[ab]',
  '[!a]',
  '[[]a]',
  '?.mp4',
  '***',
  '*b*',
  '\\#n',
];

const anyPath = fc
  .array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 4 })
  .map((names) => names.join('/'));
const anyTree = fc.record({
  files: fc.array(anyPath, { maxLength: 12 }),
  links: fc.array(fc.record({ at: anyPath, to: anyPath }), { maxLength: noSymlinks ? 0 : 2 }),
});
/** No pattern begins with `!` or `#` itself: those have lines of their own. */
const anyPattern = fc
  .record({
    prefix: fc.constantFrom('', '', '', './', './/', 'WORKSPACE/', '~/', '/'),
    parts: fc.array(fc.constantFrom(...PARTS), { minLength: 1, maxLength: 4 }),
    slash: fc.constantFrom('', '', '', '/'),
  })
  .map(({ prefix, parts, slash }) => prefix + parts.join('/') + slash)
  .filter((pattern) => !/^[#!]/.test(pattern));
const anyLine = fc.oneof(
  { weight: 5, arbitrary: anyPattern },
  { weight: 2, arbitrary: anyPattern.map((pattern) => `!${pattern}`) },
  { weight: 1, arbitrary: fc.constantFrom('# *', '.', './', '!.h', '! **/*.mp4', '**', '*') },
);

/** A tree of files, in which no path is below another one; links lead to folders and files, and never back up. */
function treeOf({ files, links }: { files: string[]; links: { at: string; to: string }[] }): Tree {
  const tree: Record<string, Tree[string]> = {};
  const isFree = (path: string) =>
    Object.keys(tree).every(
      (other) => !`${other}/`.startsWith(`${path}/`) && !`${path}/`.startsWith(`${other}/`),
    );
  for (const path of files) if (isFree(path)) tree[path] = 1;
  const folders = new Set(
    Object.keys(tree).flatMap((path) =>
      path.split('/').map((_, index, names) => names.slice(0, index).join('/')),
    ),
  );
  for (const { at, to } of links) {
    const leads = (to in tree || folders.has(to)) && !`${at}/`.startsWith(`${to}/`);
    if (leads && isFree(at) && !folders.has(at))
      tree[at] = { symlink: '../'.repeat(at.split('/').length - 1) + to };
  }
  return tree;
}

describe('one search for all patterns', () => {
  const home = process.env.HOME;
  let folder: { folder: string; remove(): void };

  before(() => {
    folder = layOut({ 'home/a.mp4': 1, 'home/a/b.mp4': 1, 'home/.h/c.ts': 1 });
    process.env.HOME = join(folder.folder, 'home');
    assert.equal(homedir(), process.env.HOME);
  });
  after(() => {
    if (home === undefined) delete process.env.HOME;
    else process.env.HOME = home;
    folder.remove();
  });

  it('finds what searching them one by one finds', { skip: process.platform === 'win32' }, async (t) => {
    const write = process.stdout.write.bind(process.stdout);
    // The toolkit tells every option of a search in the debug log.
    t.mock.method(process.stdout, 'write', (text: string | Uint8Array) =>
      typeof text === 'string' && text.startsWith('::debug::') ? true : write(text),
    );
    let found = 0;
    await fc.assert(
      fc.asyncProperty(anyTree, fc.array(anyLine, { minLength: 1, maxLength: 5 }), async (shape, written) => {
        const { folder: workspace, remove } = layOut(treeOf(shape));
        const lines = written.map((line) =>
          line.replace('WORKSPACE', workspace).replace(/^(!?)\/(?!tmp|var|private)/, `$1${workspace}/`),
        );
        try {
          const expected = await searchOneByOne(lines, workspace);
          const { files, unmatched } = await discover(lines.join('\n'), workspace);
          const realOf = (path: string) => realpathSync(join(workspace, path));
          const paths = [...files].map(({ path }) => path);
          assert.deepEqual(
            paths.filter((path) => !expected.paths.includes(path)),
            [],
          );
          assert.equal(new Set(paths.map(realOf)).size, paths.length, 'each file once');
          assert.deepEqual(paths.map(realOf).sort(), [...new Set(expected.paths.map(realOf))].sort());
          assert.deepEqual(
            unmatched.map(({ text }) => text),
            expected.unmatched,
          );
          found += files.size;
        } finally {
          remove();
        }
      }),
      { seed: 7, numRuns: 250 },
    );
    assert.ok(found > 150, `${found} files were found in all`);
  });
});
