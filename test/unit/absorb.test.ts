import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { absorb } from '../../src/media/absorb.js';

describe('absorption', () => {
  const stories: [what: string, matched: string[], packages: Record<string, string[]>, media: string[]][] = [
    ['leaves files alone that nothing references', ['a.mp4', 'b.mp4'], {}, ['a.mp4', 'b.mp4']],
    [
      'leaves one medium of a ladder',
      ['m.m3u8', 's.ts', 'v.m3u8'],
      { 'm.m3u8': ['v.m3u8'], 'v.m3u8': ['s.ts'] },
      ['m.m3u8'],
    ],
    [
      'finds a master that comes last',
      ['a.m3u8', 's.ts', 'z.m3u8'],
      { 'a.m3u8': ['s.ts'], 'z.m3u8': ['a.m3u8', 's.ts'] },
      ['z.m3u8'],
    ],
    [
      'leaves HLS and DASH over the same segments',
      ['m.m3u8', 'm.mpd', 's.m4s'],
      { 'm.m3u8': ['s.m4s'], 'm.mpd': ['s.m4s'] },
      ['m.m3u8', 'm.mpd'],
    ],
    [
      'leaves the first of a circle',
      ['a.m3u8', 'b.m3u8', 'c.m3u8'],
      { 'a.m3u8': ['b.m3u8'], 'b.m3u8': ['c.m3u8'], 'c.m3u8': ['a.m3u8'] },
      ['a.m3u8'],
    ],
    [
      'leaves what names a circle',
      ['a.m3u8', 'b.m3u8', 'm.m3u8'],
      { 'a.m3u8': ['b.m3u8'], 'b.m3u8': ['a.m3u8'], 'm.m3u8': ['b.m3u8'] },
      ['m.m3u8'],
    ],
    ['leaves a manifest that names itself', ['a.m3u8', 's.ts'], { 'a.m3u8': ['a.m3u8', 's.ts'] }, ['a.m3u8']],
    [
      'follows manifests that were not matched',
      ['a.m3u8', 's.ts'],
      { 'a.m3u8': ['x.m3u8'], 'x.m3u8': ['s.ts'] },
      ['a.m3u8'],
    ],
    ['counts matched manifests only', ['s.ts'], { 'x.m3u8': ['s.ts'] }, ['s.ts']],
    [
      'of a circle with one that was not matched leaves the matched one',
      ['b.m3u8'],
      { 'a.m3u8': ['b.m3u8'], 'b.m3u8': ['a.m3u8'] },
      ['b.m3u8'],
    ],
    [
      'leaves two masters of one variant',
      ['a.m3u8', 'b.m3u8', 'v.m3u8'],
      { 'a.m3u8': ['v.m3u8'], 'b.m3u8': ['v.m3u8'], 'v.m3u8': [] },
      ['a.m3u8', 'b.m3u8'],
    ],
  ];
  for (const [what, matched, packages, media] of stories) {
    it(what, () => {
      assert.deepEqual(absorb(matched, new Map(Object.entries(packages))), media);
    });
  }

  it('is what its definition says, for any graph', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const graph = fc.dictionary(fc.constantFrom(...names), fc.subarray(names), { maxKeys: 7 });
    fc.assert(
      fc.property(fc.subarray(names), graph, (matched, edges) => {
        const packages = new Map(Object.entries(edges));
        assert.deepEqual(absorb(matched, packages), defined(matched, packages));
      }),
      { seed: 5, numRuns: 2000 },
    );
  });

  it('handles 50,000 files and references without nesting calls', () => {
    const chain = Array.from({ length: 50_000 }, (_, index) => `${String(index).padStart(5, '0')}.m3u8`);
    const packages = new Map(chain.map((path, index) => [path, chain.slice(index + 1, index + 2)]));
    assert.deepEqual(absorb(chain, packages), ['00000.m3u8']);
    const backwards = new Map(chain.map((path, index) => [path, chain.slice(index - 1, index)]));
    assert.deepEqual(absorb(chain, backwards), ['49999.m3u8']);
  });
});

/** Design rule by rule, in quadratic time: who reaches whom decides. */
function defined(matched: string[], packages: ReadonlyMap<string, string[]>): string[] {
  const reach = new Map([...packages.keys()].map((path) => [path, reachable(path, packages)]));
  const manifests = matched.filter((path) => packages.has(path));
  return matched.filter((path) => {
    const above = manifests.filter((other) => other !== path && reach.get(other)?.has(path));
    // Only what is in a circle with all that reach it, and is the first of them, stays.
    return above.every((other) => reach.get(path)?.has(other) && path < other);
  });
}

function reachable(from: string, packages: ReadonlyMap<string, string[]>): Set<string> {
  const found = new Set<string>();
  const visit = (path: string): void => {
    for (const next of packages.get(path) ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      visit(next);
    }
  };
  visit(from);
  return found;
}
