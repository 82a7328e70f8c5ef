import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { timelineOf } from '../../src/report/summary/timeline.js';
import type { MediumReport } from '../../src/results.js';
import { hostileText, published, refused, runOf, undone } from './report-sample.js';

const START = 1_700_000_000_000;

function during(report: MediumReport, from: number, to: number): MediumReport {
  return { ...report, startedAt: START + from, endedAt: START + to };
}

describe('the timeline', () => {
  test('has a bar for each medium that started, in the order of starting', () => {
    const { endedAt: _, ...running } = during(undone('c.mp4', 'cancelled'), 2000, 2000);
    const timeline = timelineOf(
      runOf([
        during(published('out/master.m3u8'), 1500, 62_250),
        during(refused('b.mp4'), 1000, 1000),
        running,
        undone('d.mp4', 'skipped'),
      ]),
    );
    assert.deepEqual(
      { ...timeline, mermaid: timeline.mermaid.split('\n') },
      {
        mermaid: [
          'gantt',
          '    dateFormat YYYY-MM-DD HH:mm:ss.SSS',
          '    axisFormat %M:%S',
          '    todayMarker off',
          '    ✗ b.mp4 :crit, m0, 2000-01-01 00:00:01.000, 2000-01-01 00:00:01.001',
          '    ✓ out/master.m3u8 :m1, 2000-01-01 00:00:01.500, 2000-01-01 00:01:02.250',
          '    ■ c.mp4 :done, m2, 2000-01-01 00:00:02.000, 2000-01-01 00:00:10.000',
        ],
        bars: 3,
        leftOut: 0,
      },
    );
  });

  test('is empty when nothing started', () => {
    assert.deepEqual(timelineOf(runOf([undone('a.mp4', 'planned')])), { mermaid: '', bars: 0, leftOut: 0 });
  });

  test('of many media keeps those that failed and those that took longest', () => {
    const media = Array.from({ length: 50 }, (_, index) =>
      during(published(`${index}.mp4`), 0, 1000 + index),
    );
    media.push(during(refused('bad.mp4'), 0, 1));
    const { mermaid, bars, leftOut } = timelineOf(runOf(media));
    assert.deepEqual([bars, leftOut], [40, 11]);
    const names = [...mermaid.matchAll(/ (\S+\.mp4) :/g)].map(([, name]) => name);
    assert.deepEqual(names, ['bad.mp4', ...Array.from({ length: 39 }, (_, index) => `${index + 11}.mp4`)]);
  });

  const axes: [number, string][] = [
    [9_999, '%-S.%L s'],
    [10_000, '%M:%S'],
    [3_599_999, '%M:%S'],
    [3_600_000, '%H:%M:%S'],
  ];
  for (const [end, format] of axes) {
    test(`has the axis ${format} for ${end} ms`, () => {
      const { mermaid } = timelineOf(runOf([during(published('a.mp4'), 0, end)]));
      assert.equal(mermaid.split('\n')[2], `    axisFormat ${format}`);
    });
  }

  test('keeps the end of a long name', () => {
    const { mermaid } = timelineOf(runOf([published(`${'a'.repeat(100)}/影片.mp4`)]));
    assert.match(mermaid, / ✓ …a{40}\/影片\.mp4 :m0,/);
  });

  test('has one line of Mermaid for each medium, whatever its name', () => {
    fc.assert(
      fc.property(hostileText, (name) => {
        const lines = timelineOf(runOf([published(name), published('b.mp4')])).mermaid.split('\n');
        assert.equal(lines.length, 6);
        assert.match(lines[4] ?? '', /^ {4}✓ [\p{L}\p{M}\p{N} ._/…-]* :m0, [-0-9 :.]+, [-0-9 :.]+$/u);
      }),
    );
  });
});
