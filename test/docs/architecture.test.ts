import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, it } from 'node:test';
import { Document } from './markdown.js';

/**
 * What each part of src may import from besides itself. A part is a folder, nested ones apart from the folder they
 * are in, or a file that stands in src itself.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'index.ts': ['connect.ts', 'credentials', 'inputs', 'ledger.ts', 'media', 'report', 'run.ts'],
  'run.ts': [
    'advice.ts',
    'connect.ts',
    'inputs',
    'ledger.ts',
    'media',
    'media/files',
    'network',
    'publish',
    'report',
  ],
  'connect.ts': ['credentials', 'inputs', 'network', 'report', 'storage', 'vod'],
  inputs: ['media', 'network'],
  publish: [
    'advice.ts',
    'inputs',
    'media',
    'network',
    'report',
    'report/text',
    'results.ts',
    'storage',
    'storage/crc64',
    'vod',
  ],
  'ledger.ts': ['results.ts'],
  report: ['media', 'network', 'report/summary', 'report/text', 'results.ts'],
  'report/summary': ['report/text', 'results.ts'],
  'report/text': ['results.ts'],
  vod: ['api', 'credentials', 'network'],
  credentials: ['api', 'inputs', 'network'],
  api: ['network'],
  storage: ['for-each-of.ts', 'network', 'storage/crc64'],
  'storage/crc64': [],
  network: [],
  'network/health': ['network'],
  media: [
    'for-each-of.ts',
    'inputs',
    'media/dash',
    'media/files',
    'media/hls',
    'media/package',
    'results.ts',
  ],
  'media/dash': ['media/files', 'media/package'],
  'media/hls': ['media/files', 'media/package'],
  'media/package': ['media/files'],
  'media/files': [],
  types: [],
  'advice.ts': [],
  'for-each-of.ts': [],
  'results.ts': [],
};

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path, text: readFileSync(join('src', path), 'utf8') }));

/** The part of src that a file belongs to. */
function partOf(path: string): string {
  const folder = posix.dirname(path);
  return folder === '.' ? path : folder;
}

/** The files of src that a file imports, by their paths. */
function importsOf({ path, text }: { path: string; text: string }): string[] {
  return [...text.matchAll(/from '(\.[^']+)\.js'/g)].map(([, name = '']) =>
    posix.join(posix.dirname(path), `${name}.ts`),
  );
}

describe('the map of ARCHITECTURE', () => {
  it('has the directions of the imports', () => {
    for (const source of sources) {
      const part = partOf(source.path);
      const allowed = MAY_IMPORT[part];
      assert.ok(allowed, `src/${part} is not on the map`);
      const imported = importsOf(source).map(partOf);
      assert.deepEqual(
        imported.filter((name) => name !== part && !allowed.includes(name)),
        [],
        source.path,
      );
    }
  });

  it('has no circles between files', () => {
    const imports = new Map(sources.map((source) => [source.path, importsOf(source)]));
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
