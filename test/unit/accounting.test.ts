import assert from 'node:assert/strict';
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { minimatch } from 'minimatch';
import { discover } from '../../src/media/discover.js';
import { makePlan, type Plan } from '../../src/media/plan.js';
import { parseTemplate } from '../../src/media/template.js';
import { layOut, type Tree, type TreeEntry } from '../corpus/lay-out.js';

const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12345\n`;
const PLAYLIST = '#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n0.ts\n#EXTINF:4,\ninit.mp4\n';
const PACKAGE: Tree = { 'pack/i.m3u8': PLAYLIST, 'pack/0.ts': 3, 'pack/init.mp4': 4 };

const FOLDERS = ['a', 'b', 'ö', '.h', '.git', 'x y', '[c]', 'pack'];
const FILES = [
  'a.mp4',
  'b.mp4',
  'a.jpg',
  '.a.mp4',
  '._b.mp4',
  '.git',
  'ä.mp4',
  "it's {1,2} #3!.mp4",
  'raw',
  'A.MP4',
];
const PARTS = [
  '*',
  '**',
  '**',
  '*.mp4',
  '?',
  'a',
  '[ab]',
  '.*',
  '.h',
  'pack',
  '*.*',
  'b.mp4',
  '[^.]*',
  '.git',
  'x*',
];

const anyPath = fc
  .tuple(fc.array(fc.constantFrom(...FOLDERS), { maxLength: 3 }), fc.constantFrom(...FILES))
  .map(([folders, name]) => [...folders, name].join('/'));
const anyEntry = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 9 }) },
  { weight: 1, arbitrary: fc.constant('') },
  { weight: 2, arbitrary: fc.constant(POINTER) },
);
const anyTarget = fc.oneof(anyPath, fc.constantFrom(...FOLDERS, '.', 'gone'));
const anyShape = fc.record({
  files: fc.array(fc.tuple(anyPath, anyEntry), { minLength: 2, maxLength: 8 }),
  links: fc.array(fc.tuple(anyPath, anyTarget), { maxLength: 4 }),
  locked: fc.option(fc.nat()),
  hasPackage: fc.boolean(),
});
const anyLines = fc
  .array(
    fc.tuple(
      fc.constantFrom('', '', '!'),
      fc.array(fc.constantFrom(...PARTS), { minLength: 1, maxLength: 3 }),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((lines) => lines.map(([sign, parts], index) => (index === 0 ? '' : sign) + parts.join('/')));

interface Shape {
  files: [string, TreeEntry][];
  links: [string, string][];
  hasPackage: boolean;
}

/** A tree in which no file is where another one needs a folder. */
function treeOf({ files, links, hasPackage }: Shape): Tree {
  const tree: Record<string, TreeEntry> = hasPackage ? { ...PACKAGE } : {};
  const isFree = (path: string) =>
    Object.keys(tree).every(
      (other) => !`${other}/`.startsWith(`${path}/`) && !`${path}/`.startsWith(`${other}/`),
    );
  for (const [path, entry] of files) if (isFree(path)) tree[path] = entry;
  for (const [path, to] of links) {
    if (isFree(path)) tree[path] = { symlink: '../'.repeat(path.split('/').length - 1) + to };
  }
  return tree;
}

/** The files below a folder as paths, links followed to a depth that shows what they lead to. */
function filesBelow(folder: string, path = '', depth = 0): string[] {
  if (depth > 4) return [];
  return readdirSync(join(folder, path)).flatMap((name) => {
    const below = path === '' ? name : `${path}/${name}`;
    const isFolder = existsSync(join(folder, below)) && statSync(join(folder, below)).isDirectory();
    return isFolder ? filesBelow(folder, below, depth + 1) : [below];
  });
}

/** What makes a path the same file as another one. */
function realOf(workspace: string, path: string): string {
  const file = join(workspace, path);
  if (existsSync(file)) return realpathSync(file);
  return existsSync(dirname(file)) ? join(realpathSync(dirname(file)), basename(file)) : file;
}

function isMatched(path: string, lines: readonly string[]): boolean {
  const takes = (line: string): boolean => {
    const pattern = line.replace(/^!/, '');
    const options = { dot: line !== pattern, nobrace: true, nocomment: true, noext: true, nonegate: true };
    const itself = pattern.endsWith('**') ? `${path}/` : path;
    return minimatch(itself, pattern, options) || minimatch(path, `${pattern}/**`, options);
  };
  const last = lines.findLastIndex((line) => takes(line));
  return (
    last !== -1 &&
    lines.some(
      (line, index) =>
        !line.startsWith('!') &&
        takes(line) &&
        !lines.slice(index).some((other) => other.startsWith('!') && takes(other)),
    )
  );
}

const isInGit = (path: string) => /(?:^|\/)\.git(?:\/|$)/.test(path);

/** The real paths of everything that a plan and the warnings before it say something about. */
function accountOf({ media, refused, warnings }: Plan, searched: readonly string[], workspace: string) {
  const covers = refused.flatMap(({ path }) => {
    const cover = join(dirname(path), `${basename(path).replace(/\.[^.]*$/, '')}.jpg`);
    return lstatSync(join(workspace, cover), { throwIfNoEntry: false }) ? [cover] : [];
  });
  const files = [
    ...media.flatMap(({ objects }) => objects.map(({ path }) => path)),
    ...refused.map(({ path }) => path),
    ...covers,
  ];
  const folders = [...warnings, ...searched].flatMap((warning) => {
    const names = /^Could not search (.*): permission denied\./.exec(warning)?.[1];
    return names === undefined ? [] : names.split(', ');
  });
  return {
    files: new Set(files.map((path) => realOf(workspace, path))),
    folders: [...folders, ...refused.map(({ path }) => path)].map((path) => realOf(workspace, path)),
  };
}

describe('every file that a pattern matches', {
  skip: process.platform === 'win32' && 'links need rights here',
}, () => {
  it('is in the plan, or refused, or below a folder that is named; and nothing hidden or from LFS is planned', async () => {
    let planned = 0;
    await fc.assert(
      fc.asyncProperty(anyShape, anyLines, async ({ locked, ...shape }, lines) => {
        const { folder: workspace, remove } = layOut(treeOf(shape));
        const folders = [...new Set(filesBelow(workspace).map(dirname))].filter((path) => path !== '.');
        const lock = locked === null ? undefined : folders[locked % folders.length];
        const paths = filesBelow(workspace);
        const reals = new Map(paths.map((path) => [path, realOf(workspace, path)]));
        chmodSync(dirname(workspace), 0o755);
        if (lock !== undefined) chmodSync(join(workspace, lock), 0o000);
        // The superuser may look at everything.
        const isRoot = process.getuid?.() === 0;
        if (isRoot) process.seteuid?.(65534);
        let plan: Plan;
        let warnings: string[];
        try {
          const found = await discover(lines.join('\n'), workspace);
          warnings = found.warnings;
          plan = await makePlan(
            found.files,
            {
              workspace,
              mediaName: parseTemplate('{name}'),
              cover: [parseTemplate('{dir}/{name}.jpg')],
              ifNoCoverFound: 'ignore',
            },
            new AbortController().signal,
          );
        } finally {
          if (isRoot) process.seteuid?.(0);
          if (lock !== undefined) chmodSync(join(workspace, lock), 0o755);
        }
        try {
          const account = accountOf(plan, warnings, workspace);
          for (const path of paths) {
            const real = reals.get(path) ?? '';
            if (!isMatched(path, lines) || isInGit(path) || isInGit(real.slice(workspace.length))) continue;
            const places = [real, realOf(workspace, dirname(path))].map((place) => `${place}/`);
            const isNamed = account.folders.some((folder) =>
              places.some((place) => place.startsWith(`${folder}/`)),
            );
            assert.ok(account.files.has(real) || isNamed, `${path} is lost: ${lines.join(', ')}`);
          }
          for (const { path, file } of plan.media.flatMap(({ objects }) => objects)) {
            planned += 1;
            const hidden = path.split('/').filter((name) => name.startsWith('.'));
            assert.ok(
              hidden.length === 0 || lines.some((line) => /(?:^|\/)\./.test(line)),
              `${path} is hidden`,
            );
            assert.ok(
              !isInGit(path) && !isInGit(realpathSync(file).slice(workspace.length)),
              `${path} is in .git`,
            );
            assert.notEqual(readFileSync(file, 'latin1'), POINTER, path);
          }
          const sent = plan.media.map(({ path }) => realOf(workspace, path));
          assert.equal(new Set(sent).size, sent.length, 'no file is two media');
        } finally {
          remove();
        }
      }),
      { seed: 11, numRuns: 1000 },
    );
    assert.ok(planned > 400, `${planned} files were planned in all`);
  });
});
