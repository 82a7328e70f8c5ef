import assert from 'node:assert/strict';
import { test } from 'node:test';
import { annotationsOf, publishAnnotations } from '../../src/report/annotations.js';
import { type ActionsOutput, createActionsLog } from '../../src/report/log.js';
import { published, refused, runOf } from './report-sample.js';

test('a failed medium is an error at its file with what to do; published ones are none', () => {
  assert.deepEqual(annotationsOf(runOf([published('a.mp4'), refused('b.mp4')]), '/r.json'), [
    {
      level: 'error',
      lines: [
        'InvalidParameterValue.SubAppId: SubAppId is wrong.',
        'What to do: Set the input sub-app-id.',
        'RequestId: beef-01',
      ],
      options: { title: 'b.mp4: apply failed', file: 'b.mp4' },
    },
    {
      level: 'error',
      lines: ['Published 1 of 2 media (21.0 MB in 10.0 s, 2.1 MB/s): 1 failed'],
      options: {},
    },
  ]);
});

test('a run that succeeded has no errors', () => {
  assert.deepEqual(annotationsOf(runOf([published('a.mp4')]), '/r.json'), []);
});

test('warnings come first, then the media, and last what stopped the run and what that means', () => {
  const run = runOf([refused('b.mp4')], { fatal: 'Input a: bad.\nInput b: bad.', warnings: ['careful'] });
  assert.deepEqual(
    annotationsOf(run, '/r.json').map(({ level, lines }) => [level, ...lines.slice(0, 2)]),
    [
      ['warning', 'careful'],
      [
        'error',
        'InvalidParameterValue.SubAppId: SubAppId is wrong.',
        'What to do: Set the input sub-app-id.',
      ],
      ['error', 'Input a: bad.', 'Input b: bad.'],
      ['error', 'Nothing was published: 1 failed'],
    ],
  );
});

test('bad input is the only error of a run that came to no media', () => {
  const run = runOf([], { fatal: 'Invalid input: files: it is required.' });
  assert.deepEqual(
    annotationsOf(run, '/r.json').map(({ lines }) => lines),
    [['Invalid input: files: it is required.']],
  );
});

test('nine failures are nine errors and their sum; of ten the ninth error counts the rest', () => {
  const failures = Array.from({ length: 10 }, (_, index) => refused(`${index}.mp4`));
  assert.equal(annotationsOf(runOf(failures.slice(1)), '/r.json')[8]?.options.file, '9.mp4');
  const annotations = annotationsOf(runOf(failures), '/r.json');
  assert.equal(annotations.length, 10);
  assert.deepEqual(annotations[8], {
    level: 'error',
    lines: ['2 more media failed. All errors are in /r.json (output results-file).'],
    options: { title: '10 media failed' },
  });
  assert.deepEqual(annotations[9]?.lines, ['Nothing was published: 10 failed']);
});

test('annotations reach the log with their level, title and file', () => {
  const calls: unknown[] = [];
  const nothing = () => undefined;
  const output: ActionsOutput = {
    info: nothing,
    debug: nothing,
    notice: nothing,
    warning: (message) => calls.push(['warning', message]),
    error: (message, options) => calls.push(['error', message, options]),
    startGroup: nothing,
    endGroup: nothing,
    isDebug: () => false,
  };
  publishAnnotations(
    annotationsOf(runOf([refused('b\n.mp4')], { warnings: ['w'] }), ''),
    createActionsLog(output),
  );
  assert.deepEqual(calls, [
    ['warning', 'w'],
    [
      'error',
      'InvalidParameterValue.SubAppId: SubAppId is wrong.\nWhat to do: Set the input sub-app-id.\nRequestId: beef-01',
      { title: 'b\\n.mp4: apply failed', file: 'b\n.mp4' },
    ],
    ['error', 'Nothing was published: 1 failed', {}],
  ]);
});
