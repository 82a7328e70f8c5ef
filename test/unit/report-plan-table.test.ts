import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ObjectRole, PlannedMedium, PlannedObject } from '../../src/media/medium.js';
import { planTable } from '../../src/report/plan-table.js';

function object(path: string, role: ObjectRole): PlannedObject {
  return { file: `/w/${path}`, path, relative: '', role, size: 1000, mtimeMs: 0, contentType: 'video/mp4' };
}

function medium(path: string, changes: Partial<PlannedMedium> = {}): PlannedMedium {
  return {
    path,
    kind: 'file',
    mediaName: path,
    mediaType: 'mp4',
    objects: [object(path, 'media')],
    bytes: 1000,
    ...changes,
  };
}

test('the plan is a table with what packages are made of', () => {
  const roles: ObjectRole[] = [
    'manifest',
    'playlist',
    'playlist',
    'segment',
    'segment',
    'segment',
    'key',
    'other',
  ];
  const lines = planTable(
    [
      medium('out/hls/master.m3u8', {
        kind: 'hls',
        mediaName: 'Master',
        objects: roles.map((role, index) => object(`out/hls/${index}`, role)),
        bytes: 21_000_000,
        cover: object('out/hls/master.jpg', 'cover'),
      }),
      medium('out/影片.mp4'),
    ],
    [],
  );
  assert.deepEqual(lines, [
    'File                 Kind  Size     Files                                                    Cover               MediaName',
    'out/hls/master.m3u8  HLS   21.0 MB  8 (1 manifest, 2 playlists, 3 segments, 1 key, 1 other)  out/hls/master.jpg  Master',
    'out/影片.mp4         file  1.0 kB   1                                                        –                   out/影片.mp4',
    '2 media, 10 files, 21.0 MB',
  ]);
});

test('problems stand below the table, twenty of a medium and then a count', () => {
  const problems = Array.from({ length: 22 }, (_, index) => ({
    code: 'missing',
    message: `No file ${index}.ts.`,
  }));
  const lines = planTable(
    [],
    [
      { path: 'a\n.m3u8', problems },
      { path: 'b.mp4', problems: [{ code: 'empty', message: 'b.mp4 is empty.' }] },
    ],
  );
  assert.deepEqual(lines.slice(0, 2), ['✗ a\\n.m3u8: 22 problems', '    missing: No file 0.ts.']);
  assert.deepEqual(lines.slice(20), [
    '    missing: No file 19.ts.',
    '    and 2 more problems',
    '✗ b.mp4: 1 problem',
    '    empty: b.mp4 is empty.',
  ]);
});

test('one long name does not push the other rows apart', () => {
  const [header] = planTable([medium('a.mp4'), medium(`${'long/'.repeat(40)}b.mp4`)], []);
  assert.equal(header, 'File   Kind  Size    Files  Cover  MediaName');
});

test('many media are no burden', () => {
  const lines = planTable(
    Array.from({ length: 150_000 }, (_, index) => medium(`${index}.mp4`)),
    [],
  );
  assert.equal(lines.length, 150_002);
});
