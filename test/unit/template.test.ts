import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ValueError } from '../../src/errors.js';
import { expand, isConstant, parseTemplate } from '../../src/media/template.js';

const fill = (template: string, path: string): string => expand(parseTemplate(template), path);

describe('a template', () => {
  const cases: [template: string, path: string, text: string][] = [
    ['{name}', 'videos/part.1.mp4', 'part.1'],
    ['{base}', 'videos/part.1.mp4', 'part.1.mp4'],
    ['{ext}', 'videos/part.1.mp4', '.mp4'],
    ['{dir}', 'videos/a/part.1.mp4', 'videos/a'],
    ['{path}', 'videos/part.1.mp4', 'videos/part.1.mp4'],
    ['{dir}', 'a.mp4', '.'],
    ['{folder}', 'videos/season 1/pilot.mp4', 'season 1'],
    ['{folder}', 'hls.out/index.m3u8', 'hls.out'],
    ['{folder}', 'a.mp4', ''],
    ['{ext}', 'README', ''],
    ['{name}', '.hidden', '.hidden'],
    ['{dir}/covers/{name}.jpg', 'a/b.mp4', 'a/covers/b.jpg'],
    ['{name}{name}', 'a.mp4', 'aa'],
    ['{{{name}', 'a.mp4', '{a'],
    ['{name}}}', 'a.mp4', 'a}'],
    ['{{{name}}}', 'a.mp4', '{a}'],
    ['{{{{name}}}}', 'a.mp4', '{{name}}'],
    ['{{nmae}}', 'a.mp4', '{nmae}'],
    ['{{{{', 'a.mp4', '{{'],
    ['}}{name}}}', 'a.mp4', '}a}'],
    ['{{"name":"{name}"}}', 'a.mp4', '{"name":"a"}'],
    ['{{"of":{{"name":"{name}"}}}}', 'a.mp4', '{"of":{"name":"a"}}'],
    ['影片 {name} 👩‍👩‍👧', '片.mp4', '影片 片 👩‍👩‍👧'],
    ['$& $1 {name}', 'a$&b.mp4', '$& $1 a$&b'],
    ['{path}', 'a{name}.mp4', 'a{name}.mp4'],
    ['', 'a.mp4', ''],
  ];
  for (const [template, path, text] of cases) {
    it(`${JSON.stringify(template)} gives ${JSON.stringify(text)} for ${path}`, () => {
      assert.equal(fill(template, path), text);
    });
  }

  const refused: [template: string, message: RegExp][] = [
    [
      '{nmae}',
      /unknown field \{nmae\}; the fields are \{dir\} \{folder\} \{base\} \{name\} \{ext\} \{path\}, and \{\{ and \}\}/,
    ],
    ['{Name}', /unknown field \{Name\}/],
    ['{ name }', /unknown field/],
    ['{}', /unknown field \{\}/],
    ['{constructor}', /unknown field/],
    ['ab{name', /the brace at character 3 is not closed/],
    ['{name}{', /the brace at character 7 is not closed/],
    ['{{{', /the brace at character 3 is not closed/],
    ['a}', /the brace at character 2 closes nothing; \}\} is a literal brace$/],
    ['{name}}', /the brace at character 7 closes nothing/],
    ['{{name}', /the brace at character 7 closes nothing/],
    ['{{name}}', /a field has single braces: write \{name\} instead of \{\{name\}\}/],
    ['Trailer {{folder}} {name}', /write \{folder\} instead of \{\{folder\}\}/],
    ['{"name":"{name}"}', /; as JSON write \{\{"name":"\{name\}"\}\}$/],
    [' {"a":{"b":{}}}', /; as JSON write \{\{"a":\{\{"b":\{\{\}\}\}\}\}\}$/],
    ['[{"a":1}]', /; as JSON write \[\{\{"a":1\}\}\]$/],
    ['{{"name":"{name}"}', /; as JSON write \{\{"name":"\{name\}"\}\}$/],
  ];
  for (const [template, message] of refused) {
    it(`refuses ${template}`, () => {
      assert.throws(
        () => parseTemplate(template),
        (error) => error instanceof ValueError && message.test(error.message),
      );
    });
  }

  it('is constant where it has no field', () => {
    const constant = ['', 'Launch video', '{{nmae}}', '}}'].map((source) =>
      isConstant(parseTemplate(source)),
    );
    assert.deepEqual(constant, [true, true, true, true]);
    assert.equal(isConstant(parseTemplate('Launch {ext}')), false);
  });

  const anyText = fc
    .array(
      fc.constantFrom('{', '}', '{{', 'title', '{title}', '$&', '\\', '\n', 'é', '片', '👩‍👩‍👧', '\ud83d'),
    )
    .map((pieces) => pieces.join(''));
  it('gives any text back whose braces are doubled', () => {
    fc.assert(
      fc.property(anyText, fc.string({ minLength: 1 }), (text, path) => {
        const template = parseTemplate(text.replace(/[{}]/g, '$&$&'));
        assert.equal(expand(template, path), text);
        assert.ok(isConstant(template));
      }),
      { seed: 11, numRuns: 200 },
    );
  });

  it('puts a path together again from its fields', () => {
    const name = fc.stringMatching(/^[a-zé片. {}-]{1,8}$/).filter((text) => !/^\.*$/.test(text));
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), (names) => {
        const path = names.join('/');
        const plain = path.includes('/') ? path : `./${path}`;
        assert.equal(fill('{dir}/{base}', path), plain);
        assert.equal(fill('{dir}/{name}{ext}', path), plain);
      }),
      { seed: 12, numRuns: 300 },
    );
  });
});
