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
  ]);
});

test('what stopped the run comes first, warnings last', () => {
  const run = runOf([refused('b.mp4')], { fatal: 'Input a: bad.\nInput b: bad.', warnings: ['careful'] });
  const annotations = annotationsOf(run, '/r.json');
  assert.deepEqual(
    annotations.map(({ level, lines }) => [level, lines[0]]),
    [
      ['error', 'Input a: bad.'],
      ['error', 'InvalidParameterValue.SubAppId: SubAppId is wrong.'],
      ['warning', 'careful'],
    ],
  );
  assert.deepEqual(annotations[0]?.lines, ['Input a: bad.', 'Input b: bad.']);
});

test('ten failures are ten errors; of eleven the tenth error counts the rest', () => {
  const failures = Array.from({ length: 11 }, (_, index) => refused(`${index}.mp4`));
  assert.equal(annotationsOf(runOf(failures.slice(1)), '/r.json')[9]?.options.file, '10.mp4');
  const annotations = annotationsOf(runOf(failures), '/r.json');
  assert.equal(annotations.length, 10);
  assert.deepEqual(annotations[9], {
    level: 'error',
    lines: ['2 more media failed. All errors are in /r.json (output results-file).'],
    options: { title: '11 media failed' },
  });
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
    [
      'error',
      'InvalidParameterValue.SubAppId: SubAppId is wrong.\nWhat to do: Set the input sub-app-id.\nRequestId: beef-01',
      { title: 'b\\n.mp4: apply failed', file: 'b\n.mp4' },
    ],
    ['warning', 'w'],
  ]);
});
