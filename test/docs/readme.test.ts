import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readAction } from './action-metadata.js';
import { Document } from './markdown.js';

const readme = new Document('README.md');
const action = readAction();

describe('README and action.yml say the same', () => {
  it('of every input: name, default and description', () => {
    const expected = Object.entries(action.inputs).map(([name, input]) => [
      `\`${name}\``,
      input.required ? '**required**' : input.default ? `\`${input.default}\`` : '',
      input.description,
    ]);
    assert.deepEqual(readme.tableAfter('<!-- inputs -->'), expected, 'run npm run readme');
  });

  it('of every output', () => {
    const expected = Object.entries(action.outputs).map(([name, output]) => [
      `\`${name}\``,
      output.description,
    ]);
    assert.deepEqual(readme.tableAfter('<!-- outputs -->'), expected, 'run npm run readme');
  });
});

it('README explains only codes that exist', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(join('src', path), 'utf8'))
    .join('\n');
  const sections = ['### Login', '### VOD', '### Storage and network', '### The plan'];
  const codes = sections
    .flatMap((heading) => readme.tableAfter(heading))
    .flatMap(([cell = '']) => [...cell.matchAll(/`([A-Za-z][\w.-]+)`/g)].map(([, code = '']) => code));
  assert.ok(codes.length > 30, `${codes.length} codes`);
  const isKnown = (code: string): boolean =>
    new RegExp(`['.]${code.replaceAll('.', '\\.')}['.:]|\\b${code}:`).test(sources);
  assert.deepEqual(
    codes.filter((code) => !isKnown(code)),
    [],
  );
});
