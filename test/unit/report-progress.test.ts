import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import {
  finishedLine,
  Progress,
  type ProgressFigures,
  progressLine,
  startTicking,
} from '../../src/report/progress.js';
import type { MediumReport } from '../../src/results.js';
import { published, refused, undone } from './report-sample.js';

const FIGURES: ProgressFigures = {
  media: 12,
  finished: 3,
  failed: 0,
  objects: 12,
  objectsDone: 3,
  totalBytes: 21_000_000_000,
  sentBytes: 8_820_000_000,
  startedAt: 0,
  samples: [
    { at: 0, bytes: 0 },
    { at: 80_000, bytes: 7_820_000_000 },
  ],
};

describe('the line of progress', () => {
  test('has bytes, percent, recent speed and the time left', () => {
    assert.equal(
      progressLine(FIGURES, 90_000),
      '42% · 8.8 GB of 21.0 GB · 100.0 MB/s · 2 min 02 s left · 3 of 12 media done',
    );
  });

  const cases: [string, Partial<ProgressFigures>, number, string | undefined][] = [
    ['is not due within ten seconds of the last', {}, 89_999, undefined],
    ['is due ever more rarely in a long run', { startedAt: -420_000 }, 129_999, undefined],
    ['is not due when all media have ended', { finished: 12 }, 90_000, undefined],
    [
      'tells of failures and of the files of packages',
      { failed: 1, objects: 3010, objectsDone: 1204 },
      90_000,
      '42% · 8.8 GB of 21.0 GB · 100.0 MB/s · 2 min 02 s left · 3 of 12 media done (1 failed) · 1,204 of 3,010 files',
    ],
    [
      'knows no time left when nothing moves',
      { sentBytes: 7_820_000_000 },
      90_000,
      '37% · 7.8 GB of 21.0 GB · 0 B/s · time left unknown · 3 of 12 media done',
    ],
    [
      'shows no negative speed when bytes must be sent again',
      { sentBytes: 7_000_000_000 },
      90_000,
      '33% · 7.0 GB of 21.0 GB · 0 B/s · time left unknown · 3 of 12 media done',
    ],
    [
      'says what it waits for when all bytes are sent',
      { sentBytes: 21_000_000_000 },
      90_000,
      '100% · 21.0 GB of 21.0 GB · all bytes sent, waiting for the service · 3 of 12 media done',
    ],
    [
      'takes the speed since the last line when that is long ago',
      { sentBytes: 13_820_000_000 },
      140_000,
      '65% · 13.8 GB of 21.0 GB · 100.0 MB/s · 1 min 12 s left · 3 of 12 media done',
    ],
  ];
  for (const [name, changes, now, expected] of cases) {
    test(name, () => assert.equal(progressLine({ ...FIGURES, ...changes }, now), expected));
  }
});

describe('the line of a medium that has ended', () => {
  const withoutRequest = refused('videos/e.mp4');
  const cases: [MediumReport, string][] = [
    [
      published('videos/a.mp4'),
      '✓ videos/a.mp4 → FileId 5285890784246869930 (21.0 MB in 3.1 s, 6.8 MB/s) https://1500000000.vod2.myqcloud.com/5285/a.mp4',
    ],
    [refused('videos/b.mp4'), '✗ videos/b.mp4: apply failed: InvalidParameterValue.SubAppId'],
    [
      {
        ...withoutRequest,
        result: {
          ...withoutRequest.result,
          error: { stage: 'upload', code: 'changed', message: 'The file changed.', requestId: '' },
        },
      },
      '✗ videos/e.mp4: upload failed: changed',
    ],
    [undone('videos/c.mp4', 'cancelled'), '■ videos/c.mp4: cancelled'],
    [undone('videos/d.mp4', 'skipped'), '■ videos/d.mp4: skipped, because something else failed'],
  ];
  for (const [{ result }, expected] of cases) {
    test(`${result.status}: ${result.path}`, () => assert.equal(finishedLine(result), expected));
  }
});

/** A run of media of 100 MB with a clock that the test moves. */
function follow(...paths: string[]) {
  const lines: string[] = [];
  const clock = { now: 5_000 };
  const expected = paths.map((path) => ({ path, bytes: 100_000_000, objects: 1 }));
  const progress = new Progress(expected, { info: (line) => lines.push(line) }, () => clock.now);
  const media = expected.map((medium) => progress.medium(medium));
  const medium = (index: number) => media[index] ?? assert.fail('no such medium');
  const tickAt = (now: number) => {
    clock.now = now;
    progress.tick();
    return lines.splice(0);
  };
  return { lines, progress, medium, tickAt };
}

describe('progress of a run', () => {
  test('prints a line every ten seconds however often it looks', () => {
    const { medium, tickAt } = follow('a.mp4', 'b.mp4');
    medium(0).sent(20_000_000);
    assert.deepEqual(tickAt(14_000), []);
    assert.deepEqual(tickAt(15_000), [
      '10% · 20.0 MB of 200.0 MB · 2.0 MB/s · 1 min 30 s left · 0 of 2 media done',
    ]);
    medium(1).sent(60_000_000);
    assert.deepEqual(tickAt(16_000), []);
    assert.deepEqual(tickAt(25_000), [
      '40% · 80.0 MB of 200.0 MB · 4.0 MB/s · 30.0 s left · 0 of 2 media done',
    ]);
  });

  test('forgets the speed of more than half a minute ago', () => {
    const { medium, tickAt } = follow('a.mp4');
    medium(0).sent(50_000_000);
    for (const now of [15_000, 25_000, 35_000]) tickAt(now);
    assert.deepEqual(tickAt(45_000), [
      '50% · 50.0 MB of 100.0 MB · 0 B/s · time left unknown · 0 of 1 medium done',
    ]);
  });

  test('takes back bytes that must be sent again', () => {
    const { medium, tickAt } = follow('a.mp4');
    medium(0).sent(50_000_000);
    medium(0).unsent(30_000_000);
    assert.deepEqual(tickAt(15_000), [
      '20% · 20.0 MB of 100.0 MB · 2.0 MB/s · 40.0 s left · 0 of 1 medium done',
    ]);
  });

  test('expects no more of a medium that failed or never started', () => {
    const { lines, medium, tickAt } = follow('a.mp4', 'b.mp4', 'c.mp4');
    medium(0).sent(50_000_000);
    medium(0).finished(refused('a.mp4').result);
    medium(1).finished(undone('b.mp4', 'skipped').result);
    assert.equal(lines.splice(0).length, 2);
    assert.deepEqual(tickAt(15_000), [
      '33% · 50.0 MB of 150.0 MB · 5.0 MB/s · 20.0 s left · 2 of 3 media done (1 failed)',
    ]);
  });

  test('counts nothing of a medium that has ended', () => {
    const { lines, medium, tickAt } = follow('a.mp4', 'b.mp4');
    medium(0).sent(100_000_000);
    medium(0).objectDone();
    medium(0).finished(published('a.mp4').result);
    medium(0).sent(7_000_000);
    medium(0).objectDone();
    medium(0).finished(refused('a.mp4').result);
    assert.deepEqual(lines.splice(0), [
      '✓ a.mp4 → FileId 5285890784246869930 (21.0 MB in 3.1 s, 6.8 MB/s) https://1500000000.vod2.myqcloud.com/5285/a.mp4',
    ]);
    assert.deepEqual(tickAt(15_000), [
      '50% · 100.0 MB of 200.0 MB · 10.0 MB/s · 10.0 s left · 1 of 2 media done',
    ]);
  });

  test('is silent after the last medium', () => {
    const { lines, medium, tickAt } = follow('a.mp4');
    medium(0).finished(published('a.mp4').result);
    assert.equal(lines.splice(0).length, 1);
    assert.deepEqual(tickAt(60_000), []);
  });

  test('looks once a second until it is stopped', (context) => {
    const timer = { unref: () => undefined };
    const every = context.mock.method(globalThis, 'setInterval', (_run: () => void, _delay: number) => timer);
    const clear = context.mock.method(globalThis, 'clearInterval', (_timer: unknown) => undefined);
    const { progress } = follow('a.mp4');
    const tick = context.mock.method(progress, 'tick', () => undefined);
    const stop = startTicking(progress);
    const [run, delay] = every.mock.calls[0]?.arguments ?? [];
    assert.equal(delay, 1000);
    run?.();
    run?.();
    assert.equal(tick.mock.callCount(), 2);
    assert.equal(clear.mock.callCount(), 0);
    stop();
    assert.deepEqual(
      clear.mock.calls.map((call) => call.arguments),
      [[timer]],
    );
  });

  test('does not keep the process alive', () => {
    const script = `
      import { startTicking } from ${JSON.stringify(new URL('../../src/report/progress.js', import.meta.url).href)};
      startTicking({ tick() {} });
    `;
    const { status } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      timeout: 20_000,
    });
    assert.equal(status, 0);
  });
});
