import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isExternal, isRefused, resolveReference } from '../../src/media/package/relative-uri.js';

const TOP = { path: '', raw: '' };

describe('a relative reference', () => {
  const names: [text: string, path: string, raw?: string, uncut?: string][] = [
    ['s.ts', 's.ts'],
    ['./a/./s.ts', 'a/s.ts'],
    ['  s.ts\t', 's.ts'],
    ['my seg.ts', 'my seg.ts'],
    ['....ts', '....ts'],
    ['.hidden.ts', '.hidden.ts'],
    ['1/.mp4', '1/.mp4'],
    ['a/b..c/d..', 'a/b..c/d..'],
    ['12:30.ts', '12:30.ts'],
    ['s.ts?token=a/b', 's.ts', 's.ts', 's.ts?token=a/b'],
    ['s.ts#t=1', 's.ts', 's.ts', 's.ts#t=1'],
    ['s.ts?x=..%2f\\', 's.ts'],
    ['s.ts?a/../b', 's.ts'],
    ['a%20b.ts', 'a b.ts', 'a%20b.ts'],
    ['a%20b#c.ts', 'a b', 'a%20b', 'a%20b#c.ts'],
    ['a%2520b.ts', 'a%20b.ts', 'a%2520b.ts'],
    ['a%2Fb%2fs.ts', 'a/b/s.ts', 'a%2Fb%2fs.ts'],
    ['%E7%89%87.ts', '片.ts', '%E7%89%87.ts'],
    ['a%3Fb%23.ts', 'a?b#.ts', 'a%3Fb%23.ts'],
    ['dir/', 'dir/'],
    ['dir/.', 'dir/'],
    ['50% off.ts', '50% off.ts'],
    ['%20/50%.ts', ' /50%.ts', '%20/50%.ts'],
    ['%ff.ts', '%ff.ts'],
    ['a//b.ts', 'a/b.ts'],
  ];
  for (const [text, path, raw = path, uncut] of names) {
    it(`${JSON.stringify(text)} names ${JSON.stringify(path)}`, () => {
      const result = resolveReference(text, TOP);
      assert.ok(!isRefused(result), JSON.stringify(result));
      assert.deepEqual([result.path, result.raw, result.uncut], [path, raw, uncut]);
    });
  }

  it('is odd where a player asks for another name than the file has', () => {
    const oddities = ['50% off.ts', '%ff.ts', 'a//b.ts', 'a%2Fb.ts', 's.ts', 'a%20b.ts'].map((text) => {
      const result = resolveReference(text, TOP);
      return !isRefused(result) && result.nameWarning !== undefined;
    });
    assert.deepEqual(oddities, [true, true, true, true, false, false]);
  });

  const merged: [base: string, text: string, path: string][] = [
    ['a/', 's.ts', 'a/s.ts'],
    ['a/b', 's.ts', 'a/s.ts'],
    ['v.mp4', 's.ts', 's.ts'],
    ['a/v.mp4', '', 'a/v.mp4'],
    ['a/v.mp4', '?x', 'a/v.mp4'],
    ['a/', './', 'a/'],
  ];
  for (const [base, text, path] of merged) {
    it(`${JSON.stringify(text)} against ${base} names ${path}`, () => {
      const result = resolveReference(text, { path: base, raw: base });
      assert.equal(!isRefused(result) && result.path, path);
    });
  }
});

describe('a reference against one with an encoded slash', () => {
  const merged: [base: string, text: string, path: string][] = [
    ['a%2Fb', 's.ts', 's.ts'],
    ['a%2Fb/', 's.ts', 'a/b/s.ts'],
    ['c/a%2Fb', 's.ts', 'c/s.ts'],
    ['a%2Fb', '?x', 'a/b'],
  ];
  for (const [base, text, path] of merged) {
    it(`${JSON.stringify(text)} against ${base} names ${path}, as a player merges them`, () => {
      const folder = resolveReference(base, TOP);
      assert.ok(!isRefused(folder));
      const result = resolveReference(text, folder);
      assert.equal(!isRefused(result) && result.path, path);
    });
  }
});

describe('a reference that may not be followed', () => {
  const refused: Record<string, string[]> = {
    'absolute-url': [
      'http://a.example/s.ts',
      'HTTPS://a.example/s.ts',
      'data:video/mp2t;base64,RwAA',
      'skd://key',
      'x-y+z.1:s.ts',
      '//a.example/s.ts',
      '\\\\host\\share\\s.ts',
      '/\\a.example/s.ts',
      ' https://a.example/s.ts',
    ],
    'absolute-path': [
      '/etc/passwd',
      'file:///etc/passwd',
      'FILE:/etc/passwd',
      'C:/s.ts',
      'C:\\s.ts',
      'c:s.ts',
      'C%3A/s.ts',
      './C:/s.ts',
      '/a\\b',
      '%2Fetc%2Fpasswd',
    ],
    traversal: [
      '../s.ts',
      'a/../s.ts',
      '..',
      'a/..',
      '%2e%2e/s.ts',
      '.%2E/s.ts',
      'a/%2e./s.ts',
      '%2e%2e/%zz',
      '..?x',
      '..%2fs.ts',
      'a%2F..%2Fs.ts',
    ],
    'hidden-file': [
      '.git/config',
      'a/.git/s.ts',
      '.git%2Fconfig',
      '%2Egit/config',
      '.env',
      'v/.env?x.ts',
      '.private.key',
      '...',
      'a/..b/c.ts',
      '.cache/',
    ],
    backslash: ['a\\s.ts', '..\\s.ts', '\\s.ts', 'a%5Cs.ts', '..%5cs.ts'],
    'invalid-uri': ['s%00.ts', 's%0a.ts', 's\u0000.ts', 's%7F.ts', 's%C2%85.ts', 'a\tb.ts'],
  };
  for (const [code, texts] of Object.entries(refused)) {
    for (const text of texts) {
      it(`${JSON.stringify(text)} is refused as ${code}`, () => {
        const result = resolveReference(text, { path: 'a/b/', raw: 'a/b/' });
        assert.equal(isRefused(result) && result.code, code);
      });
    }
  }
});

describe('an external reference', () => {
  const texts: [text: string, external: boolean][] = [
    ['https://a.example/k', true],
    ['skd://asset', true],
    ['data:text/plain;base64,AA', true],
    ['//a.example/k', true],
    [' https://a.example/k', true],
    ['file:///k', false],
    ['File:k', false],
    ['C:/k', false],
    ['C:\\k', false],
    ['/k', false],
    ['k/a.key', false],
    ['a.key?u=https://a.example', false],
  ];
  for (const [text, external] of texts) {
    it(`${JSON.stringify(text)} is ${external ? 'left to the player' : 'looked for here'}`, () => {
      assert.equal(isExternal(text), external);
    });
  }
});
