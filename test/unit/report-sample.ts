import fc from 'fast-check';
import type { MediumReport, MediumResult, RunReport } from '../../src/results.js';

/** A medium that was published in 3.1 s, one second after the start of the run. */
export function published(path: string, changes: Partial<MediumResult> = {}): MediumReport {
  return {
    result: {
      path,
      kind: 'file',
      status: 'uploaded',
      mediaName: path,
      objects: 1,
      bytes: 21_000_000,
      seconds: 3.1,
      fileId: '5285890784246869930',
      mediaUrl: 'https://1500000000.vod2.myqcloud.com/5285/a.mp4',
      requestId: 'c0ffee',
      ...changes,
    },
    startedAt: 1_700_000_001_000,
    endedAt: 1_700_000_004_100,
  };
}

/** A medium that the service refused. */
export function refused(path: string): MediumReport {
  return {
    result: {
      path,
      kind: 'file',
      status: 'failed',
      mediaName: path,
      objects: 1,
      bytes: 0,
      seconds: 0.2,
      error: {
        stage: 'apply',
        code: 'InvalidParameterValue.SubAppId',
        message: 'SubAppId is wrong.',
        requestId: 'beef-01',
      },
    },
    advice: 'Set the input sub-app-id.',
    startedAt: 1_700_000_001_000,
    endedAt: 1_700_000_001_200,
  };
}

/** A medium in another end state than published or failed. */
export function undone(path: string, status: 'cancelled' | 'skipped' | 'planned'): MediumReport {
  return {
    result: { path, kind: 'file', status, mediaName: path, objects: 1, bytes: 21_000_000, seconds: 0 },
  };
}

/** A run of ten seconds. */
export function runOf(media: MediumReport[], changes: Partial<RunReport> = {}): RunReport {
  return {
    media,
    warnings: [],
    dryRun: false,
    cancelled: false,
    fatal: '',
    startedAt: 1_700_000_000_000,
    endedAt: 1_700_000_010_000,
    statistics: { storageRequests: 0, apiRequests: 0, retries: 0, bytesSent: 0, peakConcurrency: 0 },
    destination: '',
    settings: {},
    ...changes,
  };
}

/** Text that tries everything: commands, markup, references, controls, lone surrogates, and any characters between. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...['::error::x', '::', ':', '##[group]', '#', '[', '##', '\n', '\r\n', '\t', '\u001b[31m', '\u0085'],
        ...[
          '\u2028',
          '\u2029',
          '\u202e',
          '\u2066',
          '\u200d',
          '\u00ad',
          '\u034f',
          '\ufeff',
          '\ud800',
          '\udc00',
        ],
        ...['|', '\\|', '`', '```', '<b>', '</code>', '<!--', '&lt;', '**', '_', '~~', '[a](b)', '![a](b)'],
        ...[
          '@someone',
          '#1',
          'GH-1',
          'a@b.example',
          'https://a.example',
          'www.a.example',
          '$x$',
          '%',
          '%%{',
          '%0A',
        ],
        ...[' ', '  ', '"', "'", ';', 'section ', '2024-01-01', 'gantt', 'ü', '影片', '👩‍👩‍👧'],
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));
