import assert from 'node:assert/strict';
import type { EmulatedMedium, Emulator } from '../emulator/emulator.js';
import { COVER, type Fixture } from './fixture.js';
import type { FlowRun } from './in-process.js';

/** What a fault may leave behind that a run can't know or mend. */
export interface Excuses {
  /** A medium whose commit may have taken effect although it is told as failed, by path. */
  uncertain?: string;
  /** The service refused every abort. */
  openMultiparts?: boolean;
}

/**
 * Checks what must be true after every run, whatever went wrong: what is told is what the service holds, byte
 * by byte, every medium is told once, none is published twice, and nothing is left open.
 */
export function assertSound(run: FlowRun, fixture: Fixture, emulator: Emulator, excuses: Excuses = {}): void {
  const { report, outputs } = run;
  const published = emulator.media;
  assert.equal(report.fatal, '');
  assert.deepEqual(
    report.media.map(({ result }) => result.path),
    [...fixture.media.keys()].sort(),
    'every medium is told, once',
  );
  const uploaded = report.media.filter(({ result }) => result.status === 'uploaded');
  for (const { result } of uploaded) {
    const medium = published.find(({ fileId }) => fileId === result.fileId);
    assert.ok(medium, `${result.path} is told as published and is not`);
    assert.equal(result.mediaUrl, medium.mediaUrl);
    assert.equal(result.coverUrl, medium.coverUrl);
    const bytes = medium.objects.reduce((sum, { size }) => sum + size, 0);
    assert.deepEqual([result.bytes, result.objects], [bytes, medium.objects.length], 'each byte counts once');
    assertHolds(medium, result.path, fixture, emulator);
  }
  const known = new Set(uploaded.map(({ result }) => result.fileId));
  const unknown = published.filter(({ fileId }) => !known.has(fileId));
  const uncertain = unknown.map(({ request }) => request.MediaName);
  const name = excuses.uncertain?.replace(/\.[^.]*$/, '');
  assert.deepEqual(
    uncertain.filter((one) => one !== name),
    [],
    'what is published is told',
  );
  const names = published.map(({ request }) => request.MediaName);
  assert.equal(new Set(names).size, names.length, 'nothing is published twice');
  assert.deepEqual(
    JSON.parse(outputs['file-ids']),
    uploaded.map(({ result }) => result.fileId),
  );
  assert.equal(outputs['uploaded-count'], String(uploaded.length));
  if (!excuses.openMultiparts) {
    assert.deepEqual(
      emulator.openMultiparts.map(({ key }) => key),
      [],
      'no multipart upload is left open',
    );
  }
}

function assertHolds(medium: EmulatedMedium, path: string, fixture: Fixture, emulator: Emulator): void {
  const expected = fixture.media.get(path) ?? new Map<string, Buffer>();
  assert.equal(medium.objects.length, expected.size, `${path} has all of its objects and no others`);
  for (const [relative, content] of expected) {
    const key =
      relative === '' ? medium.mediaKey : relative === COVER ? medium.coverKey : medium.folder + relative;
    const stored = emulator.objects.get(key);
    assert.ok(stored?.body?.equals(content), `${path} ${relative}: the bytes are those of the file`);
  }
}
