import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileRole } from '../../src/media/package/reference.js';
import type { PlannedMedium, PlannedObject } from '../../src/media/planned-medium.js';
import { planTable, planTitle } from '../../src/report/plan-table.js';

function object(path: string, role: FileRole): PlannedObject {
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
  const roles: FileRole[] = [
    'manifest',
    'playlist',
    'playlist',
    'segment',
    'segment',
    'segment',
    'key',
    'other',
    'cover',
  ];
  const media = [
    medium('out/hls/master.m3u8', {
      kind: 'hls',
      mediaName: 'Master',
      objects: roles.map((role) => object(`out/hls/${role}`, role)),
      bytes: 21_000_000,
    }),
    medium('out/影片.mp4'),
  ];
  assert.equal(planTitle(media, []), 'Plan: 2 media, 10 files, 21.0 MB');
  assert.deepEqual(planTable(media, []), [
    'File                 Kind     Size  Files  Cover          MediaName',
    'out/hls/master.m3u8  HLS   21.0 MB      9  out/hls/cover  Master',
    '  └ 1 manifest, 2 playlists, 3 segments, 1 key, 1 other, 1 cover',
    'out/影片.mp4         file   1.0 kB      1  –              out/影片.mp4',
  ]);
});

test('media that cannot be published stand below the table, and in its title', () => {
  const problems = Array.from({ length: 22 }, (_, index) => ({
    code: index === 0 ? 'traversal' : 'missing',
    message: `No file ${index}.ts.`,
  }));
  const refused = [
    { path: 'a\n.m3u8', problems },
    { path: 'b.mp4', problems: [{ code: 'empty', message: 'b.mp4 is empty.' }] },
  ];
  assert.deepEqual(planTable([], refused), [
    '✗ a\\n.m3u8: 22 problems (traversal, missing)',
    '✗ b.mp4: 1 problem (empty)',
  ]);
  assert.equal(
    planTitle([medium('c.mp4')], refused),
    'Plan: 1 of 3 media, 1 file, 1.0 kB; 2 cannot be published',
  );
});

test('one long name does not push the other rows apart', () => {
  const [header] = planTable([medium('a.mp4'), medium(`${'long/'.repeat(40)}b.mp4`)], []);
  assert.equal(header, 'File   Kind    Size  Files  MediaName');
});

test('names that the log escapes leave the columns straight, and a long MediaName is cut', () => {
  assert.deepEqual(
    planTable([medium('::error::a.mp4', { mediaName: 'x'.repeat(100) }), medium('b ##[c].mp4')], []),
    [
      'File                 Kind    Size  Files  MediaName',
      `\\u{3a}:error::a.mp4  file  1.0 kB      1  ${'x'.repeat(59)}…`,
      'b ##\\u{5b}c].mp4     file  1.0 kB      1  b ##[c].mp4',
    ],
  );
});

test('many media are no burden', () => {
  const lines = planTable(
    Array.from({ length: 150_000 }, (_, index) => medium(`${index}.mp4`)),
    [],
  );
  assert.equal(lines.length, 150_001);
});
