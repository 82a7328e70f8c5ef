import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, it } from 'node:test';
import { Document } from './markdown.js';

/** What each folder of src may import from; files beside the folders are free to be used by all. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  media: [],
  network: [],
  api: ['network'],
  credentials: ['api', 'network'],
  vod: ['api', 'credentials', 'network'],
  storage: ['network'],
  report: ['media', 'network'],
  publish: ['media', 'network', 'report', 'storage', 'vod'],
  types: [],
};

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path, text: readFileSync(join('src', path), 'utf8') }));

describe('the map of ARCHITECTURE', () => {
  it('has the directions of the imports', () => {
    for (const { path, text } of sources) {
      const folder = posix.dirname(path);
      if (folder === '.') continue;
      const allowed = MAY_IMPORT[folder];
      assert.ok(allowed, `src/${folder} is on no map`);
      const imported = [...text.matchAll(/from '\.\.\/([a-z-]+)\//g)].map(([, name = '']) => name);
      assert.deepEqual(
        imported.filter((name) => !allowed.includes(name)),
        [],
        path,
      );
    }
  });

  it('has no circles between files', () => {
    const imports = new Map(
      sources.map(({ path, text }) => {
        const from = [...text.matchAll(/from '(\.[^']+)\.js'/g)].map(([, name = '']) => name);
        return [path, from.map((name) => posix.join(posix.dirname(path), `${name}.ts`))] as const;
      }),
    );
    const done = new Set<string>();
    const visit = (path: string, way: readonly string[]): void => {
      assert.ok(!way.includes(path), `a circle: ${[...way, path].join(' → ')}`);
      if (done.has(path)) return;
      for (const next of imports.get(path) ?? []) visit(next, [...way, path]);
      done.add(path);
    };
    for (const path of imports.keys()) visit(path, []);
    assert.equal(done.size, sources.length, 'every import names a file of src');
  });

  it('has one place for the environment and one for the toolkit', () => {
    const using = (pattern: RegExp) =>
      sources.filter(({ text }) => pattern.test(text)).map(({ path }) => path);
    assert.deepEqual(using(/process\.env/), ['index.ts']);
    assert.deepEqual(using(/from '@actions\/core'/), ['index.ts']);
  });

  it('names files that are in the folders where it says', () => {
    const rows = new Document('ARCHITECTURE.md').tableAfter('## The map');
    assert.ok(rows.length >= 6, `${rows.length} folders`);
    for (const [folder = '', content = ''] of rows) {
      const path = folder.replaceAll('`', '');
      const files = existsSync(path) ? readdirSync(path) : [];
      for (const [, name = ''] of content.matchAll(/`([\w*-]+\.ts)`/g)) {
        const pattern = new RegExp(`^${name.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
        assert.ok(
          files.some((file) => pattern.test(file)),
          `${path}${name}`,
        );
      }
    }
  });
});
