import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, it } from 'node:test';
import * as limits from '../../src/media/package/limits.js';
import { Document } from './markdown.js';

/**
 * What each part of src may import from besides itself. A part is a folder, nested ones apart from the folder they
 * are in, or a file that stands in src itself.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'index.ts': ['lifecycle.ts', 'run.ts'],
  'run.ts': [
    ...['advice.ts', 'connect.ts', 'digest', 'errors.ts', 'inputs', 'ledger.ts', 'lifecycle.ts', 'media'],
    ...['media/files', 'network', 'publish', 'report', 'results.ts'],
  ],
  'lifecycle.ts': ['errors.ts', 'inputs', 'ledger.ts', 'redaction.ts', 'report'],
  inputs: ['connect.ts', 'credentials', 'errors.ts', 'keys.ts', 'media', 'network', 'publish'],
  'connect.ts': ['credentials', 'errors.ts', 'network', 'network/health', 'storage', 'vod'],
  'ledger.ts': ['results.ts'],
  report: [
    ...['advice.ts', 'media', 'media/package', 'network', 'network/health'],
    ...['report/summary', 'report/text', 'results.ts'],
  ],
  'report/summary': ['report/text', 'results.ts'],
  'report/text': ['results.ts'],
  publish: ['advice.ts', 'errors.ts', 'media', 'network', 'results.ts', 'storage', 'vod'],
  vod: ['api', 'credentials', 'keys.ts', 'network', 'network/health'],
  credentials: ['api', 'errors.ts', 'keys.ts', 'network', 'network/health'],
  api: ['keys.ts', 'network'],
  storage: [
    ...['errors.ts', 'expected-file.ts', 'for-each-of.ts', 'keys.ts', 'network', 'network/health'],
    'storage/crc64',
  ],
  digest: ['errors.ts', 'expected-file.ts'],
  'storage/crc64': [],
  'network/health': ['network'],
  network: ['errors.ts'],
  media: [
    ...['errors.ts', 'results.ts'],
    ...['media/dash', 'media/files', 'media/glob', 'media/hls', 'media/package'],
  ],
  'media/dash': ['media/package'],
  'media/hls': ['media/package'],
  'media/package': ['media/files'],
  'media/files': ['expected-file.ts'],
  'media/glob': ['errors.ts', 'media/files'],
  types: [],
  'advice.ts': [],
  'errors.ts': [],
  'expected-file.ts': ['errors.ts'],
  'for-each-of.ts': [],
  'keys.ts': [],
  'redaction.ts': [],
  'results.ts': [],
};

/** Files of a folder; with more it is hard to see what is in it. */
const MOST_FILES = 15;

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

/** A number as the documents write it. */
function written(value: number): string {
  const mib = value / (1024 * 1024);
  return Number.isInteger(mib) ? `${mib} MiB` : value.toLocaleString('en-US');
}

describe('the limits in ARCHITECTURE', () => {
  const document = new Document('ARCHITECTURE.md');

  it('are those of packages and of the run', () => {
    assert.deepEqual(
      document.tableAfter('## Limits of packages'),
      Object.values(limits.LIMITS).map(({ unit, ofPackage, ordinary, ofRun }) => [
        unit,
        ...[ofPackage, ordinary, ofRun].map(written),
      ]),
    );
  });

  it('are those of a single manifest, and of what is kept', () => {
    const rows = document.tableAfter(
      'What packages of one folder share counts once for the run. Limits of a single manifest:',
    );
    const { MAX_MESSAGES, MAX_RUN_MESSAGES, MAX_CACHED_CHARACTERS, ...ofManifest } = limits;
    const entries = Object.entries(ofManifest).filter((entry): entry is [string, number] =>
      entry[0].startsWith('MAX_'),
    );
    assert.deepEqual(
      new Map(rows.map(([name = '', value = '']) => [name, value])),
      new Map(entries.map(([name, value]) => [`\`${name}\``, written(value)])),
    );
    assert.match(document.text, new RegExp(`${written(MAX_MESSAGES)} are kept \\(\`MAX_MESSAGES\``));
    assert.match(
      document.text,
      new RegExp(`keeps ${written(MAX_RUN_MESSAGES)}\\nof them \\(\`MAX_RUN_MESSAGES\``),
    );
    assert.match(
      document.text,
      new RegExp(`up to ${written(MAX_CACHED_CHARACTERS)}\\n\\(\`MAX_CACHED_CHARACTERS\``),
    );
  });
});

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

  it('has no direction that leads back up', () => {
    const visit = (part: string, way: readonly string[]): void => {
      assert.ok(!way.includes(part), `a circle: ${[...way, part].join(' → ')}`);
      for (const next of MAY_IMPORT[part] ?? assert.fail(`${part} is not on the map`))
        visit(next, [...way, part]);
    };
    for (const part of Object.keys(MAY_IMPORT)) visit(part, []);
  });

  it('has no direction that nobody takes, and no folder of more files than one can look over', () => {
    const taken = new Map(Object.keys(MAY_IMPORT).map((part) => [part, new Set<string>()]));
    const files = new Map<string, number>();
    for (const source of sources) {
      const part = partOf(source.path);
      for (const imported of importsOf(source).map(partOf)) taken.get(part)?.add(imported);
      files.set(posix.dirname(source.path), (files.get(posix.dirname(source.path)) ?? 0) + 1);
    }
    for (const [part, allowed] of Object.entries(MAY_IMPORT)) {
      assert.deepEqual(
        allowed.filter((name) => !taken.get(part)?.has(name)),
        [],
        `src/${part}`,
      );
    }
    for (const [folder, count] of files) assert.ok(count <= MOST_FILES, `src/${folder} has ${count} files`);
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
    assert.deepEqual(using(/process\.env/), ['lifecycle.ts']);
    assert.deepEqual(using(/from '@actions\/core'/), ['lifecycle.ts']);
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
