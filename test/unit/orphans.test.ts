import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findOrphans } from '../../src/media/orphans.js';

test('segments beside and below a broken manifest are its own, media of other types are not', () => {
  const files = ['a/clip.mp4', 'a/hi/1.m4s', 'a/seg0.ts', 'b/show.ts', 'top.ts'];
  assert.deepEqual(
    [...findOrphans(files, [{ path: 'a/master.m3u8', unread: false }])],
    [['a/master.m3u8', ['a/hi/1.m4s', 'a/seg0.ts']]],
  );
});

test('the nearest broken manifest is to blame, and one at the root counts for everything below', () => {
  const files = ['a/x.ts', 'b/y.ts', 'z.ts'];
  assert.deepEqual(
    [
      ...findOrphans(files, [
        { path: 'a/m.m3u8', unread: false },
        { path: 'top.mpd', unread: true },
      ]),
    ],
    [
      ['a/m.m3u8', ['a/x.ts']],
      ['top.mpd', ['b/y.ts', 'z.ts']],
    ],
  );
});

test('nothing is stray where no manifest is broken', () => {
  assert.equal(findOrphans(['a/x.ts', 'y.m4s'], []).size, 0);
});

test('playlists below a manifest that could not be read are its own; those beside it may be packages', () => {
  const files = ['a/hi/index.m3u8', 'a/other.m3u8', 'b/show.m3u8', 'top.m3u8'];
  assert.deepEqual(
    [...findOrphans(files, [{ path: 'a/master.m3u8', unread: true }])],
    [['a/master.m3u8', ['a/hi/index.m3u8']]],
  );
  assert.equal(findOrphans(files, [{ path: 'a/master.m3u8', unread: false }]).size, 0);
});
