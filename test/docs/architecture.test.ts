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
