import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { renderSummary, writeSummary } from '../../src/report/summary/summary.js';
import type { MediumReport, RunReport } from '../../src/results.js';
import { hostileText, published, refused, runOf, undone } from './report-sample.js';

/** The rows of the table under a heading, without its head. */
function rowsUnder(heading: string, summary: string): string[] {
  const lines = summary.split('\n');
  const start = lines.indexOf(heading);
  if (start < 0) return [];
  const table = lines.slice(lines.findIndex((line, index) => index > start && line.startsWith('|')));
  const end = table.findIndex((line) => !line.startsWith('|'));
  return table.slice(2, end);
}

/** How each line begins: as a heading, an item, a row, or otherwise. */
function outlineOf(summary: string): string[] {
  return summary.split('\n').map((line) => /^(?:#+ |- |\||<|```|)/.exec(line)?.[0] ?? '');
}

/** The same run with other names; what failed for the same reason still does. */
function harmless(run: RunReport): RunReport {
  const codes = run.media.map(({ result }) => result.error?.code);
  const media = run.media.map((report): MediumReport => {
    const { status, kind, error } = report.result;
    if (error !== undefined && status === 'failed') {
      const { result } = refused('a.mp4');
      const code = `a${codes.indexOf(error.code)}`;
      return {
        ...refused('a.mp4'),
        advice: 'a',
        result: { ...result, error: { ...error, code, message: 'a' } },
      };
    }
    return published('a.mp4', { kind, mediaName: 'a', coverUrl: 'https://a.example' });
  });
  return { ...run, media, fatal: 'a', warnings: ['a'], settings: { a: 'a' } };
}

describe('the summary of a run', () => {
  test('tells of failures first, then figures, media, timeline and details', () => {
    const run = runOf(
      [
        published('videos/a.mp4', {
          coverUrl: 'https://m.example/a.jpg',
          mediaUrl: 'https://m.example/a.mp4',
        }),
        refused('videos/b.mp4'),
        published('out/master.m3u8', { kind: 'hls', objects: 1204, mediaUrl: 'https://m.example/m.m3u8' }),
      ],
      {
        warnings: ['The pattern *.mkv matched nothing.'],
        settings: { region: 'ap-guangzhou', procedure: '' },
        statistics: {
          storageRequests: 1210,
          apiRequests: 5,
          retries: 2,
          bytesSent: 43e6,
          peakConcurrency: 32,
        },
      },
    );
    assert.equal(
      renderSummary(run, { resultsFile: '/tmp/results.json' }),
      `## ❌ Published 2 of 3 media: 1 failed

### 1 medium failed

- ❌ <code>videos/b.mp4</code> failed in stage **apply** with <code>InvalidParameterValue.SubAppId</code><br><code>SubAppId is wrong.</code><br>**What to do:** Set the input sub-app-id.<br>RequestId <code>beef-01</code>

| Published | Failed | Bytes | Time | Mean speed |
| ---: | ---: | ---: | ---: | ---: |
| 2 | 1 | 42.0 MB | 10.0 s | 4.2 MB/s |

<details open>
<summary>⚠️ 1 warning</summary>

- <code>The pattern *.mkv matched nothing.</code>

</details>

### Media

| Cover | File | FileId | Size | Time | Links |
| :--- | :--- | :--- | ---: | ---: | :--- |
| <img src="https://m.example/a.jpg" width="120" alt=""> | ✅ <code>videos/a.mp4</code> | <code>5285890784246869930</code> | 21.0 MB | 3.1 s | <a href="https://m.example/a.mp4">Play</a> · <a href="https://m.example/a.jpg">Cover</a> |
|  | ❌ <code>videos/b.mp4</code> | failed |  | 0.2 s |  |
|  | ✅ <code>out/master.m3u8</code><br><sub>HLS, 1,204 files</sub> | <code>5285890784246869930</code> | 21.0 MB | 3.1 s | <a href="https://m.example/m.m3u8">Play</a> |

### Timeline

\`\`\`mermaid
gantt
    dateFormat YYYY-MM-DD HH:mm:ss.SSS
    axisFormat %-S.%L s
    todayMarker off
    ✗ videos/b.mp4 :crit, m0, 2000-01-01 00:00:01.000, 2000-01-01 00:00:01.200
    ✓ videos/a.mp4 :m1, 2000-01-01 00:00:01.000, 2000-01-01 00:00:04.100
    ✓ out/master.m3u8 :m2, 2000-01-01 00:00:01.000, 2000-01-01 00:00:04.100
\`\`\`

<details>
<summary>Settings</summary>

| Input | Value |
| --- | --- |
| <code>region</code> | <code>ap-guangzhou</code> |
| <code>procedure</code> |  |

</details>

<details>
<summary>Statistics</summary>

| Figure | Value |
| --- | ---: |
| Storage requests | 1,210 |
| VOD API requests | 5 |
| Retries | 2 |
| Bytes sent, repeated ones included | 43.0 MB |
| Most storage requests at once | 32 |
| Time of the run | 10.0 s |

</details>
`.replace('*.mkv', '&#42;.mkv'),
    );
  });

  test('of a dry run is the plan', () => {
    const plan = undone('a.mp4', 'planned');
    const run = runOf([plan, refused('b.mp4')], { dryRun: true });
    assert.equal(
      renderSummary(run),
      `## ❌ Dry run: 1 medium would be published, 1 medium cannot

### 1 medium failed

- ❌ <code>b.mp4</code> failed in stage **apply** with <code>InvalidParameterValue.SubAppId</code><br><code>SubAppId is wrong.</code><br>**What to do:** Set the input sub-app-id.<br>RequestId <code>beef-01</code>

| Planned | Failed | Bytes |
| ---: | ---: | ---: |
| 1 | 1 | 21.0 MB |

### Plan

| File | Kind | Files | Size | MediaName |
| :--- | :--- | ---: | ---: | :--- |
| 📋 <code>a.mp4</code> | file | 1 | 21.0 MB | <code>a.mp4</code> |
| ❌ <code>b.mp4</code> | file | 1 |  | <code>b.mp4</code> |
`,
    );
  });

  const heads: [string, RunReport, string][] = [
    ['all published', runOf([published('a.mp4')]), '## ✅ Published 1 medium'],
    [
      'cancelled',
      runOf([published('a.mp4'), undone('b.mp4', 'cancelled'), undone('c.mp4', 'skipped')], {
        cancelled: true,
      }),
      '## ❌ Cancelled: 1 of 3 media published, 1 cancelled, 1 skipped',
    ],
    ['all failed', runOf([refused('a.mp4')]), '## ❌ Nothing was published: 1 failed'],
    ['no media', runOf([]), '## ⚠️ Nothing was published'],
    ['a dry run without media', runOf([], { dryRun: true }), '## ⚠️ Dry run: nothing would be published'],
  ];
  for (const [name, run, head] of heads) {
    test(`begins with what became of it: ${name}`, () => {
      assert.equal(renderSummary(run).split('\n')[0], head);
    });
  }

  test('tells what stopped it, line by line', () => {
    const fatal = 'The login failed: <b>\nRequestId: x\n- region: wrong\n- files: missing\nMore.';
    assert.equal(
      renderSummary(runOf([], { fatal })),
      `## ❌ Nothing was published

<code>The login failed&#58; &#60;b&#62;</code><br><code>RequestId&#58; x</code>

- <code>region&#58; wrong</code>
- <code>files&#58; missing</code>

<code>More.</code>
`,
    );
  });

  test('shows one problem of a medium a line', () => {
    const failure = refused('a.m3u8');
    const error = { stage: 'plan', code: 'missing', message: 'No 1.ts.\nNo 2.ts.', requestId: '' } as const;
    const summary = renderSummary(runOf([{ result: { ...failure.result, error } }]));
    assert.ok(
      summary.includes(
        '\n- ❌ <code>a.m3u8</code> failed in stage **plan** with <code>missing</code>' +
          '<br><code>No 1.ts.</code><br><code>No 2.ts.</code>\n',
      ),
    );
  });

  test('tells media that failed for the same reason once, and names ten of them', () => {
    const media = Array.from({ length: 12 }, (_, index) => refused(`${index}.mp4`));
    const summary = renderSummary(runOf(media), { resultsFile: '/r.json' });
    const named = Array.from({ length: 10 }, (_, index) => `<code>${index}.mp4</code>`).join(', ');
    assert.ok(
      summary.includes(
        '### 12 media failed\n\n- ❌ **12 media** failed in stage **apply** with <code>InvalidParameterValue.SubAppId</code>' +
          `<br><code>SubAppId is wrong.</code><br>**What to do:** Set the input sub-app-id.<br>${named}` +
          ' and 2 more media. All results are in <code>/r.json</code> (output <code>results-file</code>).' +
          '<br>RequestId of the first <code>beef-01</code>\n\n',
      ),
      summary,
    );
  });

  test('of a run that published nothing has neither bytes nor speed', () => {
    assert.ok(
      renderSummary(runOf([refused('a.mp4')])).includes(
        '\n| Published | Failed | Time |\n| ---: | ---: | ---: |\n| 0 | 1 | 10.0 s |\n',
      ),
    );
  });

  test('folds the table of many media away, but not that of few', () => {
    const summaryOf = (count: number) =>
      renderSummary(runOf(Array.from({ length: count }, (_, index) => published(`${index}.mp4`))));
    assert.match(
      summaryOf(51),
      /\n### Media\n\n<details>\n<summary>Show 51 media<\/summary>\n\n\| File [\s\S]*\|\n\n<\/details>\n\n### Timeline\n\nThe 40 media that failed or took longest; 11 others are left out\.\n\n```mermaid\n/,
    );
    assert.match(summaryOf(50), /\n### Media\n\n\| File /);
  });

  test('folds many warnings away', () => {
    const summaryOf = (count: number) =>
      renderSummary(
        runOf([published('a.mp4')], { warnings: Array.from({ length: count }, () => 'careful') }),
      );
    assert.ok(summaryOf(5).includes('<details open>\n<summary>⚠️ 5 warnings</summary>'));
    assert.ok(summaryOf(6).includes('<details>\n<summary>⚠️ 6 warnings</summary>'));
  });

  test('links http and https only, without credentials', () => {
    const urls = [
      'javascript:alert(1)',
      'data:text/html,x',
      'ftp://a.example/',
      'https://u:p@a.example/',
      'no url',
      '',
    ];
    for (const url of urls) {
      const summary = renderSummary(runOf([published('a.mp4', { mediaUrl: url, coverUrl: url })]));
      assert.doesNotMatch(summary, /<a |<img |\| Cover \|/, url);
    }
  });

  test('is appended to the summary of the step as it is', async () => {
    const written: string[] = [];
    const buffer: string[] = [];
    await writeSummary('# a\n', {
      addRaw(text) {
        buffer.push(text);
        return {
          async write() {
            written.push(...buffer);
          },
        };
      },
    });
    assert.deepEqual(written, ['# a\n']);
  });
});

describe('names in the summary', () => {
  const cases: [string, string][] = [
    ['a|b\\|c.mp4', 'a&#124;b&#92;&#124;c.mp4'],
    ['a\n| x |\r\n# b', 'a&#92;n&#124; x &#124;&#92;r&#92;n&#35;<wbr> b'],
    ['`a`</code><script>', '&#96;a&#96;&#60;/code&#62;&#60;script&#62;'],
    ['&lt;b&#62;', '&#38;lt;b&#38;&#35;<wbr>62;'],
    ['*a* _b_ ~~c~~ $d$', '&#42;a&#42; &#95;b&#95; &#126;&#126;c&#126;&#126; &#36;d&#36;'],
    ['![a](https://b.example)', '!&#91;a&#93;(https&#58;//b.example)'],
    ['@someone #1 GH-1 a@b.example', '&#64;<wbr>someone &#35;<wbr>1 GH&#45;<wbr>1 a&#64;<wbr>b.example'],
    ['www.a.example WWW.b', 'www&#46;a.example WWW&#46;b'],
    ['a\u202e4pm.exe', 'a&#92;u{202e}4pm.exe'],
    ['影片 ü.mp4', '影片 ü.mp4'],
  ];
  for (const [name, expected] of cases) {
    test(JSON.stringify(name), () => {
      const [row] = rowsUnder('### Media', renderSummary(runOf([published(name)])));
      assert.equal(row?.split(' | ')[0], `| ✅ <code>${expected}</code>`);
    });
  }

  test('of great length are cut in the middle', () => {
    const [row] = rowsUnder('### Media', renderSummary(runOf([published(`${'a'.repeat(400)}.mp4`)])));
    assert.equal(row?.split(' | ')[0], `| ✅ <code>${'a'.repeat(149)}…${'a'.repeat(146)}.mp4</code>`);
  });

  test('and every other text leave one row a medium and no markup of their own', () => {
    const tag =
      /<\/?(?:code|wbr|br|sub|details|details open|summary)>|<img src="https?:[^"<>]*" width="120" alt="">|<a href="https?:[^"<>]*">|<\/a>/g;
    const hostileMedium = fc
      .record({ name: hostileText, failed: fc.boolean(), dryRun: fc.boolean() })
      .map(({ name, failed }): MediumReport => {
        const url = `https://a.example/${name}`;
        if (!failed)
          return published(name, {
            kind: 'dash',
            mediaName: name,
            mediaUrl: url,
            coverUrl: url,
            fileId: name,
          });
        const report = refused(name);
        const error = { stage: 'upload', code: name, message: name, requestId: name } as const;
        return { ...report, advice: name, result: { ...report.result, error } };
      });
    fc.assert(
      fc.property(
        fc.array(hostileMedium, { minLength: 1, maxLength: 4 }),
        hostileText,
        fc.boolean(),
        (media, text, dryRun) => {
          const run = runOf(media, {
            dryRun,
            fatal: `x${text.replaceAll('\n', '')}`,
            warnings: [text],
            settings: { [text]: text },
          });
          const summary = renderSummary(run, { resultsFile: text });

          const rows = rowsUnder(dryRun ? '### Plan' : '### Media', summary);
          assert.equal(rows.length, media.length);
          const cells = new Set(rows.map((row) => row.split('|').length));
          assert.equal(cells.size, 1);

          const outside = summary.replace(/```mermaid[^`]*```/, '').replace(tag, '');
          assert.doesNotMatch(outside, /[<>`@[\]~$\\]/);
          assert.doesNotMatch(outside, /https?:|www\./i);
          assert.doesNotMatch(outside, /[^\P{Cc}\n]|\p{Zl}|\p{Zp}|[\u202a-\u202e\u2066-\u2069]/u);
          assert.deepEqual(outlineOf(summary), outlineOf(renderSummary(harmless(run))));
        },
      ),
    );
  });
});

describe('the size of the summary', () => {
  const long = (count: number, make: (name: string) => MediumReport) =>
    Array.from({ length: count }, (_, index) =>
      make(`影片/${String(index).padStart(6, '0')}/${'片'.repeat(200)}.mp4`),
    );

  test('loses rows from the end, and says how many and where all are', () => {
    const summary = renderSummary(runOf([...long(5000, published), refused('z.mp4')]), {
      resultsFile: '/tmp/r.json',
    });
    const rows = rowsUnder('### Media', summary);
    assert.equal(rows.length, 1000);
    assert.match(rows[999] ?? '', /影片\/000999\//);
    assert.ok(
      summary.includes(
        '\n### Media\n\nThe first 1,000 of 5,001 media are here. All results are in <code>/tmp/r.json</code> (output <code>results-file</code>).\n',
      ),
    );
    assert.ok(summary.includes('\n- ❌ <code>z.mp4</code> failed in stage'));
  });

  test('stays within the limit of the platform in bytes, and uses it', () => {
    const failures = long(3000, refused).map(({ result, ...report }): MediumReport => {
      const error = { stage: 'upload', code: 'Unlike', message: result.path, requestId: 'x' } as const;
      return { ...report, result: { ...result, error } };
    });
    const run = runOf([...failures, ...long(3000, published)], {
      statistics: { storageRequests: 1, apiRequests: 1, retries: 0, bytesSent: 0, peakConcurrency: 1 },
      warnings: Array.from({ length: 5000 }, (_, index) => `${'警'.repeat(400)}${index}`),
    });
    const summary = renderSummary(run, { resultsFile: '/tmp/r.json', maxRows: 100_000 });
    const bytes = Buffer.byteLength(summary);
    assert.ok(bytes <= 1024 * 1024 && bytes > 1000 * 1024, String(bytes));
    assert.ok(summary.startsWith('## ❌ Published 3,000 of 6,000 media'));
    assert.match(summary, /\n[\d,]+ more media failed\. All results are in/);
    assert.match(summary, /\nThe first [\d,]+ of 6,000 media are here\. All results are in/);
    assert.match(summary, /\n[\d,]+ more warnings in the log\.\n/);
    assert.ok(summary.includes('### Timeline') && summary.includes('<summary>Statistics</summary>'));
  });

  test('keeps to smaller limits whatever the run is like', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 60 }),
        fc.nat({ max: 60 }),
        fc.nat({ max: 60 }),
        fc.integer({ min: 4000, max: 60_000 }),
        hostileText,
        (good, bad, warnings, maxBytes, text) => {
          const run = runOf([...long(bad, refused), ...long(good, published)], {
            warnings: Array.from({ length: warnings }, () => text),
            settings: { files: text.repeat(20), region: text },
          });
          const summary = renderSummary(run, { maxBytes, resultsFile: text });
          assert.ok(Buffer.byteLength(summary) <= maxBytes);
          assert.equal(summary.match(/```/g)?.length ?? 0, summary.includes('### Timeline') ? 2 : 0);
        },
      ),
      { numRuns: 50 },
    );
  });
});
