import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { MAX_OUTPUT_BYTES, outputsOf, writeOutputs } from '../../src/report/outputs.js';
import { published, refused, runOf, undone } from './report-sample.js';

function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'report-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function recordOutputs() {
  const outputs: Record<string, string> = {};
  const setOutput = (name: string, value: string) => {
    outputs[name] = value;
  };
  return { outputs, sink: { setOutput } };
}

/** Bytes of the outputs as the platform counts them. */
function utf16Size(outputs: Record<string, string>): number {
  return 2 * Object.entries(outputs).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
}

test('outputs that cannot be set are an error that names the results file', (t) => {
  const path = join(temporaryFolder(t), 'r.json');
  const sink = {
    setOutput: () => {
      throw new Error('no space left on device');
    },
  };
  const { error } = writeOutputs(runOf([published('a.mp4')]), path, sink);
  assert.equal(
    error?.message,
    `The outputs cannot be set: no space left on device. All results are in ${path}.`,
  );
  assert.equal(JSON.parse(readFileSync(path, 'utf8')).length, 1);
});

describe('the outputs', () => {
  test('list the uploaded media in order, one entry each, and all media in results', () => {
    const media = [
      refused('a.mp4'),
      published('b.mp4', {
        fileId: '9007199254740993',
        mediaUrl: 'https://m/b',
        coverUrl: 'https://m/b.jpg',
      }),
      undone('c.mp4', 'skipped'),
      published('d.mp4', { fileId: '2', mediaUrl: 'https://m/d' }),
    ];
    const { outputs, warnings } = outputsOf(runOf(media), '/tmp/results.json');
    const { results, ...others } = outputs;
    assert.deepEqual(others, {
      'file-id': '9007199254740993',
      'media-url': 'https://m/b',
      'cover-url': 'https://m/b.jpg',
      'file-ids': '["9007199254740993","2"]',
      'media-urls': '["https://m/b","https://m/d"]',
      'cover-urls': '["https://m/b.jpg",""]',
      'results-file': '/tmp/results.json',
      'uploaded-count': '2',
      'failed-count': '1',
      'uploaded-bytes': '42000000',
    });
    assert.deepEqual(
      JSON.parse(results),
      media.map(({ result }) => result),
    );
    assert.deepEqual(warnings, []);
  });

  test('are empty lists and zeros when nothing was uploaded', () => {
    const { outputs } = outputsOf(runOf([undone('a.mp4', 'planned')], { dryRun: true }), '/r.json');
    const { results, ...others } = outputs;
    assert.deepEqual(others, {
      'file-id': '',
      'media-url': '',
      'cover-url': '',
      'file-ids': '[]',
      'media-urls': '[]',
      'cover-urls': '[]',
      'results-file': '/r.json',
      'uploaded-count': '0',
      'failed-count': '0',
      'uploaded-bytes': '0',
    });
    assert.equal(JSON.parse(results)[0].status, 'planned');
  });

  test('fill the limit of the platform to the last byte, and leave results empty one character later', () => {
    const withName = (length: number) =>
      outputsOf(runOf([published('a.mp4', { mediaName: 'n'.repeat(length) })]), '/r.json');
    const room = (MAX_OUTPUT_BYTES - utf16Size(withName(0).outputs)) / 2;
    const full = withName(room);
    assert.equal(utf16Size(full.outputs), 1_000_000);
    assert.deepEqual(full.warnings, []);

    const over = withName(room + 1);
    assert.equal(over.outputs.results, '');
    assert.equal(over.outputs['file-ids'], '["5285890784246869930"]');
    assert.deepEqual(over.warnings, [
      'The output results is empty: with its 999.5 kB the outputs would exceed 1 MB. Read /r.json (output results-file).',
    ]);
  });

  test('keep their lists even when those alone exceed the limit, with a warning', () => {
    const media = Array.from({ length: 6000 }, (_, index) =>
      published(`${index}.mp4`, { mediaUrl: `https://m/${'x'.repeat(80)}` }),
    );
    const { outputs, warnings } = outputsOf(runOf(media), '/r.json');
    assert.equal(outputs.results, '');
    assert.equal(JSON.parse(outputs['media-urls']).length, 6000);
    assert.equal(warnings.length, 2);
    assert.match(warnings[1] ?? '', /a job's outputs cannot hold them\. Read \/r\.json/);
  });
});

describe('publishing the outputs', () => {
  test('writes the same results to the file and the output, and makes the folders', (context) => {
    const folder = temporaryFolder(context);
    const file = join(folder, 'deep', 'er', 'results.json');
    const { outputs, sink } = recordOutputs();
    const returned = writeOutputs(runOf([refused('a.mp4'), published('b.mp4')]), file, sink);
    assert.deepEqual(returned, { warnings: [] });
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), JSON.parse(outputs.results ?? ''));
    assert.equal(outputs['results-file'], file);
    assert.equal(Object.keys(outputs).length, 11);
  });

  test('replaces an older file and leaves nothing else behind', (context) => {
    const folder = temporaryFolder(context);
    const file = join(folder, 'results.json');
    writeFileSync(file, 'old, and longer than the empty list');
    writeOutputs(runOf([]), file, recordOutputs().sink);
    assert.equal(readFileSync(file, 'utf8'), '[]\n');
    assert.deepEqual(readdirSync(folder), ['results.json']);
  });

  test('leaves nothing behind where the file cannot take its name', (context) => {
    const folder = temporaryFolder(context);
    const long = `${'n'.repeat(250)}.json`;
    const { error } = writeOutputs(runOf([]), join(folder, long), recordOutputs().sink);
    assert.match(error?.message ?? '', /cannot be written: E/);
    assert.deepEqual(readdirSync(folder), []);
  });

  test('replaces no device', (context) => {
    const name = process.platform === 'win32' ? join(temporaryFolder(context), 'nul.json') : '/dev/null';
    const { error } = writeOutputs(runOf([]), name, recordOutputs().sink);
    assert.match(error?.message ?? '', /cannot be written: there is a device or a folder of this name/);
    assert.equal(existsSync(name) && statSync(name).isFile(), false);
  });

  test('sets the outputs even when the file cannot be written', (context) => {
    const folder = temporaryFolder(context);
    const file = join(folder, 'taken');
    mkdirSync(file);
    const { outputs, sink } = recordOutputs();
    const { error } = writeOutputs(runOf([published('a.mp4')]), file, sink);
    assert.match(
      error?.message ?? '',
      /^The results file .*taken cannot be written: there is a device or a folder of this name/,
    );
    assert.equal(outputs['results-file'], '');
    assert.equal(outputs['file-id'], '5285890784246869930');
    assert.deepEqual(readdirSync(folder), ['taken']);
  });
});
