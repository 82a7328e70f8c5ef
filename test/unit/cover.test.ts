import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { absorbedCovers, findCover } from '../../src/media/cover.js';
import { Disk } from '../../src/media/files/disk.js';
import { FoundFiles } from '../../src/media/files/found-files.js';
import { problemOf } from '../../src/media/files/problem.js';
import { parseTemplate } from '../../src/media/template.js';
import { noSymlinks } from '../corpus/file-system.js';
import type { TreeEntry } from '../corpus/lay-out.js';
import { workspaceWith } from './workspace.js';

const within = (workspace: string) => ({ workspace, found: new FoundFiles(), disk: new Disk() });
const templates = (...sources: string[]) => sources.map(parseTemplate);

describe('the cover of a medium', () => {
  it('is the first candidate that exists', async (t) => {
    const workspace = workspaceWith(t, { 'v/a.mp4': 1, 'v/a.png': 5, 'art/a.jpg': 6 });
    const candidates = templates('{dir}/{name}.jpg', '{dir}/{name}.png', 'art/{name}.jpg');
    const found = await findCover(candidates, 'v/a.mp4', within(workspace));
    assert.equal(found.path, 'v/a.png');
    assert.equal(found.file, join(workspace, 'v/a.png'));
    assert.ok(found.stat?.kind === 'file');
    assert.equal(found.stat.size, 5);
    assert.deepEqual(found.tried, ['v/a.jpg']);
  });

  it('is never the file itself', async (t) => {
    const workspace = workspaceWith(t, { 'a.jpg': 1 });
    assert.deepEqual(await findCover(templates('{dir}/{name}.jpg'), 'a.jpg', within(workspace)), {
      tried: [],
    });
  });

  it('is neither a folder nor something below a file', async (t) => {
    const workspace = workspaceWith(t, { 'a.mp4': 1, 'cover.jpg/x': 1 });
    const found = await findCover(
      templates('cover.jpg', '{path}/cover.jpg', 'no.jpg'),
      'a.mp4',
      within(workspace),
    );
    assert.deepEqual(found, { tried: ['cover.jpg', 'a.mp4/cover.jpg', 'no.jpg'] });
  });

  const broken: [what: string, cover: TreeEntry, code: string, skip: string | false][] = [
    ['an empty file', '', 'empty', false],
    ['a link that leads nowhere', { symlink: 'gone' }, 'broken-link', noSymlinks],
  ];
  for (const [what, cover, code, skip] of broken) {
    it(`may be ${what}, which is told and not passed over`, { skip }, async (t) => {
      const workspace = workspaceWith(t, { 'first.jpg': cover, 'b.jpg': 1 });
      const { path, stat } = await findCover(templates('first.jpg', 'b.jpg'), 'a.mp4', within(workspace));
      assert.equal(path, 'first.jpg');
      assert.equal(stat && problemOf(stat, path)?.code, code);
    });
  }

  it('is nothing in .git', { skip: noSymlinks }, async (t) => {
    const workspace = workspaceWith(t, { '.git/a.jpg': 1, 'b.jpg': { symlink: '.git/a.jpg' }, 'c.jpg': 1 });
    const found = await findCover(templates('.git/a.jpg', 'b.jpg', 'c.jpg'), 'a.mp4', within(workspace));
    assert.equal(found.path, 'c.jpg');
    assert.match(found.tried.join(), /^\.git\/a\.jpg \(in \.git, .*\),b\.jpg \(in \.git, /);
  });

  it('may be written as Windows writes paths', {
    skip: process.platform !== 'win32' && 'a backslash is a sign like others here',
  }, async (t) => {
    const workspace = workspaceWith(t, { 'v/a.mp4': 1, 'art/a.jpg': 1 });
    const found = await findCover(templates('art\\{name}.jpg'), 'v/a.mp4', within(workspace));
    assert.deepEqual([found.path, found.file], ['art/a.jpg', join(workspace, 'art', 'a.jpg')]);
  });

  it('may lie outside the workspace', async (t) => {
    const workspace = workspaceWith(t, { '../shared.jpg': 3, 'a.mp4': 1 });
    assert.equal(
      (await findCover(templates('../shared.jpg'), 'a.mp4', within(workspace))).path,
      '../shared.jpg',
    );
  });
});

describe('covers that the globs match, too', () => {
  const stories: [what: string, covers: Record<string, string>, paths: string[], absorbed: string[]][] = [
    ['belong to their medium', { 'a.mp4': 'a.jpg' }, ['a.jpg', 'a.mp4'], ['a.jpg']],
    ['stay out of it when they are not matched', { 'a.mp4': 'a.jpg' }, ['a.mp4'], []],
    [
      'may belong to several media',
      { 'a.mp4': 'c.jpg', 'b.mp4': 'c.jpg' },
      ['a.mp4', 'b.mp4', 'c.jpg'],
      ['c.jpg'],
    ],
    ['have no covers of their own', { 'a.mp4': 'b', b: 'c', c: 'd' }, ['a.mp4', 'b', 'c', 'd'], ['b', 'd']],
    [
      'keep another medium’s cover from it only while they are media',
      { m: 'a', a: 'c', n: 'c' },
      ['a', 'c', 'm', 'n'],
      ['a', 'c'],
    ],
    ['leave the first of a circle of two', { a: 'b', b: 'a' }, ['a', 'b'], ['b']],
    ['lose none of a circle of three', { a: 'b', b: 'c', c: 'a' }, ['a', 'b', 'c'], ['b']],
    [
      'leave of a circle what another medium does not wear',
      { a: 'b', b: 'a', m: 'a' },
      ['a', 'b', 'm'],
      ['a'],
    ],
    ['do not count for covers of files that were not matched', { x: 'a' }, ['a'], []],
    ['do not count for themselves', { a: 'a' }, ['a'], []],
  ];
  for (const [what, covers, paths, absorbed] of stories) {
    it(what, () => {
      assert.deepEqual([...absorbedCovers(new Map(Object.entries(covers)), paths)].sort(), absorbed);
    });
  }

  it('are absorbed by rule for any covers', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const anyCovers = fc.dictionary(fc.constantFrom(...names), fc.constantFrom(...names), { maxKeys: 6 });
    fc.assert(
      fc.property(anyCovers, fc.subarray(names), (worn, matched) => {
        const covers = new Map(Object.entries(worn).filter(([path, cover]) => path !== cover));
        const absorbed = absorbedCovers(covers, matched);
        const wearersOf = (cover: string) => matched.filter((path) => covers.get(path) === cover);
        for (const path of matched) {
          const wearers = wearersOf(path);
          const worn = wearers.some((wearer) => !absorbed.has(wearer));
          // Nothing is lost: what is no medium of its own is the cover of one that is published.
          if (absorbed.has(path)) assert.ok(worn, `${path} is lost`);
          // And only in a circle may a medium be another one's cover as well.
          else if (worn) assert.ok(isInCircle(path, covers, matched), `${path} is published twice`);
        }
        for (const path of absorbed) assert.ok(matched.includes(path));
      }),
      { seed: 31, numRuns: 2000 },
    );
  });

  it('handle chains of 50,000 without nesting calls', () => {
    const paths = Array.from({ length: 50_000 }, (_, index) => String(index).padStart(5, '0'));
    const covers = new Map(paths.slice(1).map((path, index) => [path, paths[index] as string]));
    assert.equal(absorbedCovers(covers, paths).size, 25_000);
  });
});

function isInCircle(path: string, covers: ReadonlyMap<string, string>, matched: readonly string[]): boolean {
  let next = covers.get(path);
  for (let steps = 0; next !== undefined && matched.includes(next) && steps < matched.length; steps++) {
    if (next === path) return true;
    next = covers.get(next);
  }
  return false;
}
