import assert from 'node:assert/strict';
import { test } from 'node:test';
import { annotationsOf, unnamedFailures, writeAnnotations } from '../../src/report/annotations.js';
import { type ActionsOutput, createActionsLog } from '../../src/report/log.js';
import type { MediumReport } from '../../src/results.js';
import { published, refused, runOf } from './report-sample.js';

/** A medium that failed for a reason of its own. */
function failedWith(path: string, message: string): MediumReport {
  const { result } = refused(path);
  return { result: { ...result, error: { stage: 'upload', code: 'AccessDenied', message, requestId: '' } } };
}

test('a failed medium is an error at its file with what to do; published ones are none', () => {
  assert.deepEqual(annotationsOf(runOf([published('a.mp4'), refused('b.mp4')]), '/r.json'), [
    {
      level: 'error',
      lines: [
        'b.mp4: InvalidParameterValue.SubAppId: SubAppId is wrong.',
        'What to do: Set the input sub-app-id.',
        'RequestId: beef-01',
      ],
      options: { title: 'Apply failed', file: 'b.mp4' },
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
        'b.mp4: InvalidParameterValue.SubAppId: SubAppId is wrong.',
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

test('a message that names the medium already is not given the name again', () => {
  const [annotation] = annotationsOf(runOf([failedWith('b.mp4', 'b.mp4 is empty.')]), '/r.json');
  assert.deepEqual(annotation?.lines, ['AccessDenied: b.mp4 is empty.']);
});

test('media that failed for the same reason are one error, which names five of them', () => {
  const media = Array.from({ length: 7 }, (_, index) => refused(`${index}.mp4`));
  const run = runOf([...media, failedWith('other.mp4', 'No.')]);
  const [same, other, ...ending] = annotationsOf(run, '/r.json');
  assert.deepEqual(same, {
    level: 'error',
    lines: [
      '7 media: InvalidParameterValue.SubAppId: SubAppId is wrong.',
      'What to do: Set the input sub-app-id.',
      ...['0', '1', '2', '3', '4'].map((name) => `- ${name}.mp4 (RequestId beef-01)`),
      '- and 2 more, listed above',
    ],
    options: { title: 'Apply failed' },
  });
  assert.deepEqual(other?.lines, ['other.mp4: AccessDenied: No.']);
  assert.equal(ending.length, 1);
  assert.equal(
    unnamedFailures(run)[0],
    '✗ 0.mp4: apply failed: InvalidParameterValue.SubAppId: SubAppId is wrong. (RequestId beef-01)',
  );
  assert.equal(unnamedFailures(run).length, 8);
});

test('failures that the annotations name are listed nowhere else', () => {
  const five = Array.from({ length: 5 }, (_, index) => refused(`${index}.mp4`));
  assert.deepEqual(unnamedFailures(runOf([...five, failedWith('other.mp4', 'No.'), published('a.mp4')])), []);
});

test('nine reasons are nine errors and their sum; of ten the ninth error counts the media of the rest', () => {
  const failures = Array.from({ length: 10 }, (_, index) => failedWith(`${index}.mp4`, `Reason ${index}`));
  const fitting = runOf(failures.slice(1));
  assert.equal(annotationsOf(fitting, '/r.json')[8]?.options.file, '9.mp4');
  assert.deepEqual(unnamedFailures(fitting), []);
  const run = runOf([...failures, failedWith('same.mp4', 'Reason 9')]);
  const annotations = annotationsOf(run, '/r.json');
  assert.equal(annotations.length, 10);
  assert.deepEqual(annotations[8], {
    level: 'error',
    lines: ['3 more media failed. All failures are in the log above and in /r.json (output results-file).'],
    options: { title: '11 media failed' },
  });
  assert.deepEqual(annotations[9]?.lines, ['Nothing was published: 11 failed']);
  assert.equal(unnamedFailures(run).length, 11);
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
  writeAnnotations(
    annotationsOf(runOf([refused('b\n.mp4')], { warnings: ['w'] }), ''),
    createActionsLog(output),
  );
  assert.deepEqual(calls, [
    ['warning', 'w'],
    [
      'error',
      'b\\n.mp4: InvalidParameterValue.SubAppId: SubAppId is wrong.\nWhat to do: Set the input sub-app-id.\nRequestId: beef-01',
      { title: 'Apply failed', file: 'b\n.mp4' },
    ],
    ['error', 'Nothing was published: 1 failed', {}],
  ]);
});
