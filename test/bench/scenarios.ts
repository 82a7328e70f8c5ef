import { requestsFor } from '../../src/storage/parts.js';
import type { Contender, Summary } from './figures.js';
import { bytesOf, filesOf, hlsLadder, mixedFiles, oneFile, type Workload } from './workload.js';

const MB = 1_000_000;
const GB = 1000 * MB;

/** Storage requests that the programs may have in flight. */
export const CONCURRENCY = 32;

/** Medians by program; a program that did not run is missing. */
export type Summaries = Partial<Record<Contender, Summary>>;

/** What is asked of the action in a scenario, and what it showed. */
export interface Finding {
  target: string;
  shown: string;
  met: boolean;
}

/** One comparison. */
export interface Scenario {
  id: string;
  title: string;
  /** Milliseconds; without a round-trip time and a rate there is no relay. */
  rttMs: number;
  /** Bytes per second of each connection; 0 for no limit. */
  bytesPerSecond: number;
  contenders: readonly Contender[];
  /** The most rounds of the published SDK, which takes minutes. */
  sdkRounds: number;
  make(directory: string, quick: boolean): Workload;
  judge(summaries: Summaries, workload: Workload): Finding[];
}

const ALL: readonly Contender[] = ['ours', 'vod-node-sdk', 'limit'];

/** The scenarios that publish something, in order. */
export const SCENARIOS: readonly Scenario[] = [
  {
    id: 'a',
    title: 'HLS: 400 segments of 500 KB and 5 playlists, 50 ms',
    rttMs: 50,
    bytesPerSecond: 0,
    contenders: ALL,
    sdkRounds: 1,
    make: (directory, quick) => hlsLadder(directory, 4, quick ? 80 : 400, 500_000),
    judge: ({ ours, 'vod-node-sdk': sdk }, workload) => {
      if (ours === undefined) return [];
      const trips = Math.ceil(ours.storageRequests / CONCURRENCY) * 0.05;
      const bound = trips + ours.seconds - ours.storageSeconds;
      const objects = filesOf(workload).length;
      return [
        ...timesAsFast(40, ours, sdk),
        atMost(1.6, ours.seconds / bound, `times the bound of ${bound.toFixed(2)} s`),
        equally(objects, ours.storageRequests, 'storage requests'),
      ];
    },
  },
  {
    id: 'b',
    title: 'One file of 1 GB, 50 ms, 10 MB/s per connection',
    rttMs: 50,
    bytesPerSecond: 10 * MB,
    contenders: ALL,
    sdkRounds: 1,
    make: (directory, quick) => oneFile(directory, quick ? 200 * MB : GB),
    judge: ({ ours, 'vod-node-sdk': sdk }, workload) => {
      if (ours === undefined) return [];
      const share = bytesOf(workload) / ours.storageSeconds / (CONCURRENCY * 10 * MB);
      return [
        ...timesAsFast(3, ours, sdk),
        atLeast(0.85, share, `of ${CONCURRENCY} × 10 MB/s after start-up`),
      ];
    },
  },
  {
    id: 'c',
    title: '200 files of 1 to 50 MB, 50 ms',
    rttMs: 50,
    bytesPerSecond: 0,
    contenders: ALL,
    sdkRounds: 1,
    make: (directory, quick) => mixedFiles(directory, quick ? 20 : 200, MB, 50 * MB),
    judge: ({ ours, 'vod-node-sdk': sdk }, workload) => {
      if (ours === undefined) return [];
      const allowed = filesOf(workload).reduce(
        (sum, { size }) => sum + requestsFor(size, CONCURRENCY, undefined),
        0,
      );
      return [...timesAsFast(10, ours, sdk), atMost(allowed, ours.storageRequests, 'storage requests')];
    },
  },
  {
    id: 'd',
    title: 'One file of 4 GB over loopback, no delay',
    rttMs: 0,
    bytesPerSecond: 0,
    contenders: ALL,
    sdkRounds: 1,
    make: (directory, quick) => oneFile(directory, quick ? GB : 4 * GB),
    judge: ({ ours, limit }) => {
      if (ours === undefined || limit === undefined) return [];
      return [atLeast(0.5, limit.cpuSeconds / ours.cpuSeconds, 'of the bytes per CPU second of the limit')];
    },
  },
  {
    id: 'e',
    title: 'One file of 10 GB over loopback, memory',
    rttMs: 0,
    bytesPerSecond: 0,
    contenders: ['ours', 'limit'],
    sdkRounds: 0,
    make: (directory, quick) => oneFile(directory, quick ? 2 * GB : 10 * GB),
    judge: ({ ours }) =>
      ours === undefined ? [] : [below(130, ours.peakMemory / MB, 'MB of memory at most')],
  },
];

function timesAsFast(least: number, ours: Summary, sdk: Summary | undefined): Finding[] {
  return sdk === undefined
    ? []
    : [atLeast(least, sdk.seconds / ours.seconds, 'times as fast as vod-node-sdk')];
}

/** A finding about a figure that should be large. */
export function atLeast(least: number, shown: number, what: string): Finding {
  return { target: `at least ${least} ${what}`, shown: figure(shown), met: shown >= least };
}

/** A finding about a figure that should be small. */
export function atMost(most: number, shown: number, what: string): Finding {
  return { target: `at most ${most} ${what}`, shown: figure(shown), met: shown <= most };
}

/** A finding about a figure that must stay under a bound. */
export function below(bound: number, shown: number, what: string): Finding {
  return { target: `below ${bound} ${what}`, shown: figure(shown), met: shown < bound };
}

function equally(wanted: number, shown: number, what: string): Finding {
  return { target: `exactly ${wanted} ${what}`, shown: figure(shown), met: shown === wanted };
}

function figure(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 1);
}
