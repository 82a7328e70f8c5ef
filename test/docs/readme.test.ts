import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readAction } from './action-metadata.js';
import { Document } from './markdown.js';

const readme = new Document('README.md');
const action = readAction();

it('the description of the action is short enough for the Marketplace', () => {
  assert.ok(action.description.length < 125, `${action.description.length} characters`);
});

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

describe('README explains the codes of errors', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(join('src', path), 'utf8'))
    .join('\n');
  const sections = ['### Login', '### VOD', '### Storage and network', '### The plan'];
  const explained = sections
    .flatMap((heading) => readme.tableAfter(heading))
    .flatMap(([cell = '']) => [...cell.matchAll(/`([A-Za-z][\w.-]+)`/g)].map(([, code = '']) => code));

  it('that exist, and no others', () => {
    assert.ok(explained.length > 60, `${explained.length} codes`);
    const isKnown = (code: string): boolean =>
      /^HTTP\d+$/.test(code) ||
      new RegExp(`['.\`]${code.replaceAll('.', '\\.')}['.:]|\\b${code}:`).test(sources) ||
      (code.endsWith('-too-long') && sources.includes('-too-long`'));
    assert.deepEqual(
      explained.filter((code) => !isKnown(code)),
      [],
    );
  });

  it('all of those that the action gives itself, or has advice for', () => {
    const patterns = [
      /\bcode: '([A-Za-z][\w.-]+)'/g,
      /\b(?:ManifestError|problem)\(\s*'([\w-]+)'/g,
      /'(Proxy[A-Z]\w+)',/g,
    ];
    const given = patterns.flatMap((pattern) => [...sources.matchAll(pattern)].map(([, code = '']) => code));
    // The codes of the login have the service before them there.
    const advice = readFileSync(join('src', 'advice.ts'), 'utf8');
    const advised = [...advice.matchAll(/^ {2}'?(?:(?:STS|OIDC)\.)?([A-Z]\w+(?:\.\w+)*)'?:/gm)];
    const own = [...given, ...advised.map(([, code = '']) => code)];
    assert.ok(new Set(own).size > 60, `${new Set(own).size} codes`);
    // These stand for a stopped run, for whole services, and for what can't be.
    const unexplained = new Set(['Cancelled', 'STS', 'OIDC', 'unknown']);
    assert.deepEqual(
      [...new Set(own)].filter((code) => !explained.includes(code) && !unexplained.has(code)),
      [],
    );
  });
});
