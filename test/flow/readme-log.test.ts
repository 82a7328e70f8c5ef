import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { headline } from '../../src/report/text/totals.js';
import { startEmulator } from '../emulator/emulator.js';
import { runInProcess } from './in-process.js';

/** Sample media and where the run of README has them. */
const FILES = {
  'behind the scenes.mov': 'videos/behind the scenes.mov',
  'hls-ladder': 'videos/feature',
  'trailer.jpg': 'videos/trailer.jpg',
  'trailer.mp4': 'videos/trailer.mp4',
};

/** Lines without what differs from run to run: FileIds, times, speeds, and the order in which media end. */
function comparable(lines: readonly string[]): string[] {
  const plain = lines.map((line) =>
    line
      .replace(/\d{19}/, '<FileId>')
      .replace(/ in [^,]+, [^)]+\)/, ' in <time>, <speed>)')
      .replace(/(http:\/\/[^/]+)\/\S+\/\w+\./, '$1/…/<name>.')
      .trimEnd(),
  );
  const ends = plain.filter((line) => line.startsWith('✓'));
  const others = plain.filter((line) => !line.startsWith('✓'));
  return [...others.slice(0, -1), ...ends.sort(), ...others.slice(-1)];
}

it('README shows the log of a run as it is', async (t) => {
  const workspace = realpathSync(mkdtempSync(join(tmpdir(), 'vod-readme-')));
  t.after(() => rmSync(workspace, { recursive: true, force: true }));
  for (const [from, to] of Object.entries(FILES)) {
    cpSync(join('test', 'media', from), join(workspace, to), { recursive: true });
  }
  const emulator = await startEmulator();
  t.after(() => emulator.close());
  const { log, report } = await runInProcess({
    workspace,
    emulator,
    inputs: {
      files: 'videos/**/*.mp4\nvideos/**/*.mov\nvideos/**/*.m3u8',
      'sub-app-id': '1500000001',
      cover: '{dir}/{name}.jpg',
      'if-no-cover-found': 'ignore',
    },
  });

  const [, sample = ''] =
    /^ {2}```text\n( {2}Plan: [\s\S]*?)^ {2}```$/m.exec(readFileSync('README.md', 'utf8')) ?? [];
  const shown = sample
    .trimEnd()
    .split('\n')
    .map((line) => line.slice(2));
  assert.deepEqual(comparable(shown), comparable([...log, headline(report)]));
});
