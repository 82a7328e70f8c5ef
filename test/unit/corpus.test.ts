import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ResolvedPackage } from '../../src/media/resolve-package.js';
import { refusesTree } from '../corpus/file-system.js';
import {
  type CorpusPackage,
  corpusPackages,
  type EdgeCase,
  type Expectation,
  edgeCases,
} from '../corpus/lay-out.js';
import { namesOf, resolveTree } from '../corpus/resolve-tree.js';

/** `CORPUS_HEAVY=1` runs the cases with 100,000 files, too. */
const { CORPUS_HEAVY } = process.env;
const HEAVY = CORPUS_HEAVY === '1';

describe('the cases by hand', () => {
  const cases = edgeCases().filter(
    ({ heavy, platform }) => (HEAVY || !heavy) && (platform === undefined || platform === process.platform),
  );
  for (const edgeCase of cases) {
    it(`${edgeCase.id}: ${edgeCase.why}`, { skip: refusesTree(edgeCase.tree) }, async () => {
      const before = Object.getOwnPropertyNames(Object.prototype);
      const resolved = await resolveTree(edgeCase.tree, edgeCase.manifest);
      const wanted = 'anyOf' in edgeCase.expect ? edgeCase.expect.anyOf : [edgeCase.expect];
      const differences = wanted.map((expectation) => difference(edgeCase, expectation, resolved));
      assert.ok(differences.includes(''), differences.join('\nor: '));
      if (edgeCase.strictNoWarnings) assert.deepEqual(resolved.warnings, []);
      assert.deepEqual(Object.getOwnPropertyNames(Object.prototype), before);
    });
  }
});

describe('packages of real tools', () => {
  for (const [name, { expected, tree }] of corpusPackages()) {
    const outcome = expected.outcome === 'ok' ? 'published whole' : `refused: ${expected.reason}`;
    it(`${name} is ${outcome}`, { skip: refusesTree(tree) }, async () => {
      const resolved = await resolveTree(tree, expected.manifest);
      if (expected.outcome === 'reject') return assertRefused(expected, resolved);
      assert.deepEqual(resolved.problems, []);
      const optional = new Set(expected.optional);
      const names = [expected.manifest, ...namesOf(resolved)].filter((file) => !optional.has(file));
      assert.deepEqual(names.sort(), [...expected.files].sort());
      assert.deepEqual(
        namesOf(resolved).filter((file) => !(file in tree)),
        [],
        'only files of the package',
      );
    });
  }
});

/** Empty where the package is as expected. */
function difference(edgeCase: EdgeCase, expected: Expectation, resolved: ResolvedPackage): string {
  const [first] = resolved.problems;
  if (!expected.ok) {
    if (first?.code !== expected.code)
      return `wanted ${expected.code}, got ${first?.code}: ${first?.message}`;
    const named = expected.at === undefined || first?.message.includes(`"${expected.at}"`);
    return named ? '' : `wanted a message about ${expected.at}, got ${first?.message}`;
  }
  if (first !== undefined) return `wanted a package, got ${first.code}: ${first.message}`;
  const names = [edgeCase.manifest, ...namesOf(resolved)].sort();
  if (expected.count !== undefined) {
    return names.length === expected.count ? '' : `wanted ${expected.count} files, got ${names.length}`;
  }
  const optional = new Set(edgeCase.optional);
  const wanted = [...(expected.files ?? [])].sort();
  const got = names.filter((name) => wanted.includes(name) || !optional.has(name));
  return JSON.stringify(got) === JSON.stringify(wanted) ? '' : `wanted ${wanted}, got ${got}`;
}

function assertRefused({ reason = '' }: CorpusPackage['expected'], resolved: ResolvedPackage): void {
  const [, code = 'invalid-xml', named = ''] = /^(missing|unplayable-name)(?:: (\S+))?/.exec(reason) ?? [];
  const codes = resolved.problems.map((problem) => problem.code);
  assert.deepEqual([...new Set(codes)], [code]);
  assert.ok(resolved.problems[0]?.message.includes(code === 'invalid-xml' ? '&amp;' : named));
}
