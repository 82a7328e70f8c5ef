import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { MediumResult } from '../../src/results.js';
import { type Emulator, startEmulator } from '../emulator/emulator.js';
import { runInProcess } from '../flow/in-process.js';
import { Document } from './markdown.js';

const validate = new Ajv2020({ allErrors: true }).compile(
  JSON.parse(readFileSync('results.schema.json', 'utf8')) as object,
);

function assertFits(results: unknown): void {
  assert.ok(validate(results), JSON.stringify(validate.errors, null, 2));
}

describe('results.schema.json takes what the action hands out', () => {
  let emulator: Emulator;
  let workspace: string;

  before(async () => {
    emulator = await startEmulator();
    workspace = realpathSync(mkdtempSync(join(tmpdir(), 'vod-schema-')));
    for (const name of ['a', 'b', 'c']) writeFileSync(join(workspace, `${name}.mp4`), `pictures of ${name}`);
    writeFileSync(join(workspace, 'empty.mp4'), '');
  });

  beforeEach(() => emulator.reset());

  after(async () => {
    await emulator.close();
    rmSync(workspace, { recursive: true, force: true });
  });

  async function results(
    inputs: Record<string, string>,
    options: { workspace?: string; signal?: AbortSignal } = {},
  ): Promise<MediumResult[]> {
    const { outputs } = await runInProcess({ workspace, emulator, inputs, ...options });
    const parsed = JSON.parse(outputs.results) as MediumResult[];
    assertFits(parsed);
    return parsed;
  }

  const statuses = (all: MediumResult[]) => new Set(all.map(({ status }) => status));

  it('of published files, covers and packages', async () => {
    const all = await results(
      { files: '**\n!*.md\n!*.sh', cover: '{dir}/{name}.jpg', 'if-no-cover-found': 'ignore' },
      { workspace: resolve('test/media') },
    );
    assert.deepEqual(statuses(all), new Set(['uploaded']));
    assert.deepEqual(new Set(all.map(({ kind }) => kind)), new Set(['file', 'hls', 'dash']));
  });

  it('of failures at every stage', async () => {
    const once = { times: 1, effect: { kind: 'error', code: 'UnauthorizedOperation' } } as const;
    emulator.fault({ service: 'vod', action: 'ApplyUpload', ...once });
    emulator.fault({ service: 'vod', action: 'CommitUpload', ...once });
    emulator.fault({ service: 'cos', times: 1, effect: { kind: 'error', code: 'AccessDenied' } });
    const all = await results({ files: '*.mp4' });
    assert.deepEqual(all.map(({ error }) => error?.stage).sort(), ['apply', 'commit', 'plan', 'upload']);
  });

  it('of media that never started, were stopped, or would be published', async () => {
    emulator.fault({
      service: 'vod',
      effect: { kind: 'error', code: 'UnauthorizedOperation' },
      times: 'always',
    });
    const failed = await results({ files: '[abc].mp4', 'fail-fast': 'true', concurrency: '1' });
    assert.deepEqual(statuses(failed), new Set(['failed', 'skipped']));
    const stopped = await results({ files: '[abc].mp4' }, { signal: AbortSignal.abort() });
    assert.deepEqual(statuses(stopped), new Set(['cancelled']));
    const planned = await results({ files: '[abc].mp4', 'dry-run': 'true' });
    assert.deepEqual(statuses(planned), new Set(['planned']));
  });

  it('and the example of README', () => {
    const examples = new Document('README.md')
      .codeBlocks()
      .filter(({ language, text }) => language === 'json' && text.startsWith('['));
    assert.equal(examples.length, 1);
    for (const { text } of examples) assertFits(JSON.parse(text));
  });
});

it('results.schema.json refuses what the action never hands out', () => {
  const published = {
    path: 'a.mp4',
    kind: 'file',
    status: 'uploaded',
    mediaName: 'a',
    objects: 1,
    bytes: 1,
    seconds: 0.1,
    fileId: '1',
    mediaUrl: '',
    coverUrl: '',
    requestId: '',
  };
  const { fileId: _, ...nameless } = published;
  const wrong: Record<string, unknown> = {
    'a published medium without its FileId': nameless,
    'a FileId that is a number': { ...published, fileId: 1 },
    'a failure without an error': { ...published, status: 'failed' },
    'a success with an error': {
      ...published,
      error: { stage: 'plan', code: 'empty', message: 'It is empty.', requestId: '' },
    },
    'an unknown field': { ...published, url: '' },
    'an unknown status': { ...published, status: 'done' },
  };
  assertFits([published]);
  for (const [what, medium] of Object.entries(wrong)) assert.ok(!validate([medium]), what);
});
