import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type ActionsOutput, type AnnotationOptions, createActionsLog } from '../../src/report/log.js';
import { hostileText } from './report-sample.js';

/** Records what reaches `@actions/core`. */
function record(debug = false) {
  const calls: [string, string, AnnotationOptions?][] = [];
  const keep =
    (name: string) =>
    (message: string, options?: AnnotationOptions): void => {
      calls.push(options === undefined ? [name, message] : [name, message, options]);
    };
  const output: ActionsOutput = {
    info: keep('info'),
    debug: keep('debug'),
    notice: keep('notice'),
    warning: keep('warning'),
    error: keep('error'),
    startGroup: keep('startGroup'),
    endGroup: () => calls.push(['endGroup', '']),
    isDebug: () => debug,
  };
  return { calls, log: createActionsLog(output) };
}

/** Whether the runner takes a line of stdout for a command; comparing by culture, it passes over ignorable characters. */
function isCommand(line: string): boolean {
  const seen = line.replace(/\p{Default_Ignorable_Code_Point}/gu, '');
  return seen.trimStart().startsWith('::') || seen.includes('##[');
}

describe('a line of the log', () => {
  const cases: [string, string, string][] = [
    ['plain text stays', 'videos/a.mp4: 100% :: ok #1 [x]', 'videos/a.mp4: 100% :: ok #1 [x]'],
    ['letters of any script stay', '影片/कख\u200dग/👩‍👧.mp4', '影片/कख\u200dग/👩‍👧.mp4'],
    ['a line break cannot begin another line', 'a\r\n::error::b\nc', 'a\\r\\n::error::b\\nc'],
    [
      'separators of lines that are no line breaks',
      'a\u0085b\u2028c\u2029d',
      'a\\u{85}b\\u{2028}c\\u{2029}d',
    ],
    ['colours of a terminal', '\u001b[31mred', '\\u{1b}[31mred'],
    ['text that runs backwards', 'a\u202e4pm.exe\u2066', 'a\\u{202e}4pm.exe\\u{2066}'],
    ['half a character', 'a\ud800b', 'a\\u{d800}b'],
    ['a command', '::add-mask::a', '\\u{3a}:add-mask::a'],
    ['a command after white space', ' \u3000::stop-commands::a', ' \u3000\\u{3a}:stop-commands::a'],
    [
      'a command with a character that the runner does not see',
      '\u034f:\u200d:x::',
      '\u034f\\u{3a}\u200d:x::',
    ],
    [
      'a command of the old form, anywhere',
      'a ##[error]b ###[group]c',
      'a ##\\u{5b}error]b ###\\u{5b}group]c',
    ],
    [
      'the old form with a character that the runner does not see',
      '#\u200d#[error]',
      '#\u200d#\\u{5b}error]',
    ],
  ];
  for (const [name, line, expected] of cases) {
    test(name, () => {
      const { calls, log } = record();
      log.info(line);
      assert.deepEqual(calls, [['info', expected]]);
    });
  }

  test('is one line and no command, whatever is in it', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const { calls, log } = record(true);
        log.info(text);
        log.group(text, [text]);
        log.debug(text);
        log.error(text, { title: text });
        for (const [, message, options] of calls) {
          assert.doesNotMatch(message, /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
          assert.ok(!isCommand(message), message);
          assert.doesNotMatch(options?.title ?? '', /[\n\r]/);
        }
      }),
    );
  });
});

test('a group has its lines between its title and its end', () => {
  const { calls, log } = record();
  log.group('Plan\n', ['a', '::endgroup::', 'b']);
  assert.deepEqual(calls, [
    ['startGroup', 'Plan\\n'],
    ['info', 'a'],
    ['info', '\\u{3a}:endgroup::'],
    ['info', 'b'],
    ['endGroup', ''],
  ]);
});

test('debug lines are printed with step debug logging only', () => {
  const quiet = record(false);
  quiet.log.debug('GET /');
  assert.deepEqual([quiet.log.isDebug, quiet.calls], [false, []]);
  const loud = record(true);
  loud.log.debug('GET /');
  assert.deepEqual([loud.log.isDebug, loud.calls], [true, [['debug', 'GET /']]]);
});

describe('annotations', () => {
  test('carry a title, a file and lines', () => {
    const { calls, log } = record();
    log.error(['first', 'second\nhalf'], { title: 'a: failed', file: 'videos/a.mp4' });
    log.warning('careful');
    assert.deepEqual(calls, [
      ['error', 'first\nsecond\\nhalf', { title: 'a: failed', file: 'videos/a.mp4' }],
      ['warning', 'careful', {}],
    ]);
  });

  test('from the eleventh of a type on are plain lines, and it is said once', () => {
    const { calls, log } = record();
    for (let number = 1; number <= 12; number += 1) {
      log.error([`error ${number}`, 'more'], number === 12 ? { title: '::x' } : {});
    }
    log.warning('another type');
    assert.equal(calls.filter(([name]) => name === 'error').length, 10);
    assert.deepEqual(calls.slice(10), [
      ['info', 'GitHub keeps 10 annotations of a type for a step; further errors are plain lines.'],
      ['info', 'Error: error 11'],
      ['info', '  more'],
      ['info', 'Error: \\u{3a}:x: error 12'],
      ['info', '  more'],
      ['warning', 'another type', {}],
    ]);
  });

  test('are cut to what the platform keeps, between two characters', () => {
    const { calls, log } = record();
    log.error('a'.repeat(4096), { title: 't'.repeat(256) });
    log.error('a'.repeat(4097));
    log.error(`${'a'.repeat(4094)}😀b`);
    const messages = calls.map(([, message]) => message);
    assert.deepEqual(messages, ['a'.repeat(4096), `${'a'.repeat(4095)}…`, `${'a'.repeat(4094)}…`]);
    assert.equal(calls[0]?.[2]?.title, `${'t'.repeat(254)}…`);
  });
});

test('the runner reads the commands that are meant and no others', () => {
  const script = `
    import * as core from '@actions/core';
    import { createActionsLog } from ${JSON.stringify(new URL('../../src/report/log.js', import.meta.url).href)};
    const log = createActionsLog(core);
    log.group('Plan', ['::error::forged', 'a\\n::error::forged']);
    log.error(['100%0A', 'b'], { title: 'a, b: c', file: 'a%2C,b:c.mp4' });
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  assert.equal(stderr, '');
  assert.deepEqual(stdout.trimEnd().split(/\r?\n/), [
    '::group::Plan',
    '\\u{3a}:error::forged',
    'a\\n::error::forged',
    '::endgroup::',
    '::error title=a%2C b%3A c,file=a%252C%2Cb%3Ac.mp4::100%250A%0Ab',
  ]);
});
