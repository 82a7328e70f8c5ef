import assert from 'node:assert/strict';
import { test } from 'node:test';
import { straySegments } from '../../src/media/stray-segments.js';

test('segments beside and below a broken manifest are its own, media of other types are not', () => {
  const files = ['a/clip.mp4', 'a/hi/1.m4s', 'a/seg0.ts', 'b/show.ts', 'top.ts'];
  assert.deepEqual(
    [...straySegments(files, ['a/master.m3u8'])],
    [['a/master.m3u8', ['a/hi/1.m4s', 'a/seg0.ts']]],
  );
});

test('the nearest broken manifest is to blame, and one at the root counts for everything below', () => {
  const files = ['a/x.ts', 'b/y.ts', 'z.ts'];
  assert.deepEqual(
    [...straySegments(files, ['a/m.m3u8', 'top.mpd'])],
    [
      ['a/m.m3u8', ['a/x.ts']],
      ['top.mpd', ['b/y.ts', 'z.ts']],
    ],
  );
});

test('nothing is stray where no manifest is broken', () => {
  assert.equal(straySegments(['a/x.ts', 'y.m4s'], []).size, 0);
});
