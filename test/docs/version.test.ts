import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { PRODUCT } from '../../src/connect.js';

it('the version is the same in package.json, in the User-Agent and at the top of the changelog', () => {
  const { name, version } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, string>;
  assert.equal(PRODUCT, `${name}/${version}`);
  const [, newest] = /^## (\d.*)$/m.exec(readFileSync('CHANGELOG.md', 'utf8')) ?? [];
  assert.equal(newest, version);
});
