import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type LogLine, RunnerLog } from '../demo/runner-log.js';
import { logHtml } from '../render/log-html.js';

function read(lines: readonly string[], debug = false): LogLine[] {
  const log = new RunnerLog(debug);
  return lines.flatMap((line) => log.read(line) ?? []);
}

describe('the log of a runner', () => {
  it('carries out commands and shows what they print', () => {
    assert.deepEqual(
      read([
        '::group::Plan',
        'a.mp4',
        '::endgroup::',
        '::error title=a.mp4%3A failed,file=a.mp4::first%0Asecond 100%25',
        '  ::Warning::careful',
        'before ##[notice]after',
        '::debug::hidden',
      ]),
      [
        { kind: 'group', text: 'Plan' },
        { kind: 'text', text: 'a.mp4' },
        { kind: 'endgroup', text: '' },
        { kind: 'error', text: 'first\nsecond 100%' },
        { kind: 'warning', text: 'careful' },
        { kind: 'notice', text: 'after' },
      ],
    );
  });

  it('has debug lines with debug logging on only', () => {
    assert.deepEqual(read(['::debug::GET /'], true), [{ kind: 'debug', text: 'GET /' }]);
  });

  it('hides masked values from then on, the longer first, and those of several lines', () => {
    const masks = [
      '::add-mask::key',
      '::add-mask::key and more',
      '::add-mask::line one%0Aline two',
      '::add-mask::',
    ];
    assert.deepEqual(
      read([...masks, 'a key', 'key and more', '::error::line two']).map(({ text }) => text),
      ['a ***', '***', '***'],
    );
  });

  it('takes commands for text until it is told to go on', () => {
    assert.deepEqual(
      read(['::stop-commands::Token', '::error::quoted', '::token::', '::error::real']).map(
        ({ kind, text }) => `${kind} ${text}`,
      ),
      ['text ::stop-commands::Token', 'text ::error::quoted', 'text ::token::', 'error real'],
    );
  });

  it('leaves text alone that is no command', () => {
    for (const line of ['a ::error::b', '::error', ':: error::b', '::unknown::b', '##[']) {
      assert.deepEqual(read([line]), [{ kind: 'text', text: line }], line);
    }
  });
});

describe('the log as HTML', () => {
  const lines: LogLine[] = [
    { kind: 'group', text: 'Plan <1>' },
    { kind: 'text', text: 'a & b' },
    { kind: 'endgroup', text: '' },
    { kind: 'error', text: 'first\nsecond' },
  ];
  const row = (classes: string, number: number, text: string) =>
    `<div class="${classes}"><span class="number">${number}</span><span>${text}</span></div>`;

  it('folds the lines of a group away and counts them', () => {
    assert.equal(
      logHtml(lines, () => false),
      [
        row('group', 1, '▶ Plan &#60;1&#62;'),
        row('error', 3, '<b>Error: </b>first'),
        row('text', 4, 'second'),
      ].join('\n'),
    );
  });

  it('shows them indented when the group is open', () => {
    const [title, inside] = logHtml(lines, (name) => name.startsWith('Plan')).split('\n');
    assert.deepEqual(
      [title, inside],
      [row('group', 1, '▼ Plan &#60;1&#62;'), row('text inside', 2, 'a &#38; b')],
    );
  });
});
