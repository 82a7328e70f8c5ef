import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { it } from 'node:test';
import { PRODUCT } from '../../src/version.js';

it('the services see the name and version of package.json', () => {
  const { name, version } = JSON.parse(readFileSync(resolve('package.json'), 'utf8')) as {
    name: string;
    version: string;
  };
  assert.equal(PRODUCT, `${name}/${version}`);
});
