import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { describe, it } from 'node:test';
import { FoundFiles } from '../../src/media/files/found-files.js';
import { resolvePackages } from '../../src/media/packages.js';
import { resolvePackage } from '../../src/media/resolve-package.js';
import { codesOf, namesOf } from '../corpus/resolve-tree.js';

const SAMPLES = resolve('test/media');

function filesBelow(folder: string): string[] {
  return readdirSync(join(SAMPLES, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(SAMPLES, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

describe('the sample packages', () => {
  const samples: [manifest: string, counts: Record<string, number>, foreign?: RegExp][] = [
    ['hls-ladder/master.m3u8', { playlist: 3, segment: 13 }],
    ['hls-encrypted/film.m3u8', { key: 1, segment: 3 }],
    ['dash-timeline/film.mpd', { segment: 9 }],
    ['dash-duration/film.mpd', { segment: 4 }],
    ['dash-and-hls/film.mpd', { segment: 9 }, /\.m3u8$/],
    ['dash-and-hls/master.m3u8', { playlist: 2, segment: 9 }, /\.mpd$/],
  ];
  for (const [manifest, counts, foreign] of samples) {
    it(`${manifest} is all that is in its folder${foreign ? ' but the other manifest' : ''}`, async () => {
      const [folder = ''] = manifest.split('/');
      const resolved = await resolvePackage(join(SAMPLES, manifest), { displayPath: manifest });
      assert.deepEqual(codesOf(resolved), []);
      assert.deepEqual(resolved.warnings, []);
      assert.deepEqual(
        namesOf(resolved).map((name) => `${folder}/${name}`),
        filesBelow(folder).filter((path) => path !== manifest && !foreign?.test(path)),
      );
      const found: Record<string, number> = {};
      for (const { role } of resolved.files) found[role] = (found[role] ?? 0) + 1;
      assert.deepEqual(found, counts);
    });
  }

  it('matched whole are one medium for each manifest that nothing references', async () => {
    const paths = [...new Set(samples.map(([manifest]) => manifest.split('/')[0] as string))]
      .flatMap(filesBelow)
      .sort();
    const { packages, absorbed } = await resolvePackages(
      new FoundFiles(paths.map((path) => ({ path, file: join(SAMPLES, path) }))),
      new AbortController().signal,
    );
    assert.deepEqual(
      paths.filter((path) => !absorbed.has(path)),
      samples.map(([manifest]) => manifest).sort(),
    );
    assert.deepEqual([...packages.keys()].sort(), samples.map(([manifest]) => manifest).sort());
  });
});
