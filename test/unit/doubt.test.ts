import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { describe, it } from 'node:test';
import { doubtOf } from '../../src/media/glob/doubt.js';

const OPEN = '${';
const ENV = `${OPEN}{ env.VAR }}`;
const SHELL = 'has a variable of a shell, which is not expanded here; write';
const OR = ', each on a line of its own';

describe('a sign that means something elsewhere', () => {
  const stories: [pattern: string, doubt: string][] = [
    ['*.{mp4,mov}', `has braces, which are not alternatives here; write *.mp4 and *.mov${OR}`],
    [
      '{a,b}/{c,d}.mp4',
      `has braces, which are not alternatives here; write a/c.mp4, a/d.mp4, b/c.mp4 and b/d.mp4${OR}`,
    ],
    [
      '{1..9}.mp4',
      `has braces, which are not alternatives here; write 1.mp4, 2.mp4, 3.mp4, 4.mp4 and so on${OR}`,
    ],
    ['a.mp4, b.mp4', `has a comma, which does not separate patterns here; write a.mp4 and b.mp4${OR}`],
    ['a.mp4,b.mp4,', `has a comma, which does not separate patterns here; write a.mp4 and b.mp4${OR}`],
    ['"a.mp4", "b.mp4"', `has a comma, which does not separate patterns here; write a.mp4 and b.mp4${OR}`],
    ['a; b', `has a semicolon, which does not separate patterns here; write a and b${OR}`],
    ['*.mp4|*.mov', `has a bar, which does not separate patterns here; write *.mp4 and *.mov${OR}`],
    ['*.mp4 *.mov', `has a blank, which does not separate patterns here; write *.mp4 and *.mov${OR}`],
    ['["a.mp4"]', 'looks like a list in JSON or YAML; write a.mp4'],
    ["['a.mp4', 'b/*.mp4']", `looks like a list in JSON or YAML; write a.mp4 and b/*.mp4${OR}`],
    ['[a.mp4, b.mp4]', `looks like a list in JSON or YAML; write a.mp4 and b.mp4${OR}`],
    ['"a.mp4"', 'has quotes, which are part of the pattern here; write a.mp4'],
    ["'*.mp4'", 'has quotes, which are part of the pattern here; write *.mp4'],
    ['`a.mp4`', 'has quotes, which are part of the pattern here; write a.mp4'],
    ['- a.mp4', 'begins with a dash like a list in YAML, but files is a text; write a.mp4'],
    ['- "a.mp4"', 'begins with a dash like a list in YAML, but files is a text; write a.mp4'],
    ['$VAR/x', `${SHELL} ${ENV}/x`],
    [`a/${OPEN}VAR}`, `${SHELL} a/${ENV}`],
    ['$env:VAR/x', `${SHELL} ${ENV}/x`],
    ['%VAR%/x', `${SHELL} ${ENV}/x`],
    ['@(a|b)', `has @(…), which is not an alternative here; write a and b${OR}`],
    ['x/+(a|b).mp4', `has +(…), which is not an alternative here; write x/a.mp4 and x/b.mp4${OR}`],
    [
      '!(a).mp4',
      'has !(…), which is not an alternative here; write * and exclude files by a line that begins with !',
    ],
    ['https://x.test/a.mp4', 'is a URL, but files takes paths and patterns of local files'],
    ['~/x', `begins at the home folder, ${homedir()}; in the workspace, write x`],
    [
      '/no such folder/*.mp4',
      'begins at the root of the machine; in the workspace, write no such folder/*.mp4',
    ],
    ['videos/**.mp4', 'has ** beside other signs, where it spans no folders; write videos/**/*.mp4'],
  ];
  for (const [pattern, doubt] of stories) {
    it(`is told: ${pattern}`, () => assert.equal(doubtOf(pattern, '/w'), doubt));
  }

  it('is told of backslashes and regular expressions where they mean nothing', {
    skip: process.platform === 'win32' && 'a backslash separates folders here',
  }, () => {
    assert.equal(
      doubtOf('videos\\*.mp4', '/w'),
      'has a backslash, which does not separate folders here; write videos/*.mp4',
    );
    assert.match(doubtOf('^.*\\.mp4$', '/w') ?? '', /^looks like a regular expression/);
  });

  for (const pattern of [
    'a.mp4',
    '**/*.mp4',
    'my film.mp4',
    'a (1).mp4',
    '[ab]?.mp4',
    '/w/a.mp4',
    '/',
    'a$.mp4',
    'a-b',
    'x~',
    '100%.mp4',
  ]) {
    it(`is not told of ${pattern}`, () => assert.equal(doubtOf(pattern, '/w'), undefined));
  }
});
