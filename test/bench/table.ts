import type { Summary } from './figures.js';
import type { Loading } from './load.js';
import type { BenchResult, ScenarioResult } from './results.js';
import type { Finding } from './scenarios.js';

const COLUMNS = [
  'program',
  'runs',
  'seconds',
  'ours ×',
  'on the line',
  'MB/s',
  'requests',
  'connections',
  'CPU s',
  'MB per CPU s',
  'peak MB',
  'busy cores',
];

/** The results as Markdown: a table per scenario, what was asked of the action, and how it was measured. */
export function markdown(result: BenchResult): string {
  const { machine, command, date, concurrency } = result;
  const sections = [
    '# Benchmark',
    `\`${command}\`, ${date.slice(0, 10)}, Node ${machine.node}, ${machine.system}, ${machine.cores} cores of ${machine.processor}, ` +
      `load average ${machine.load.toFixed(1)} before the start${result.quick ? ', **small workloads, not to be quoted**' : ''}.`,
    ...result.scenarios.map(scenarioSection),
    ...(result.loading === undefined ? [] : [loadingSection(result.loading)]),
    notes(concurrency),
  ];
  return `${sections.join('\n\n')}\n`;
}

function scenarioSection(scenario: ScenarioResult): string {
  const ours = scenario.summaries.find(({ contender }) => contender === 'ours');
  const rows = scenario.summaries.map((summary) => cells(summary, ours, scenario.bytes));
  return [`## (${scenario.id}) ${scenario.title}`, grid(COLUMNS, rows), verdicts(scenario.findings)].join(
    '\n\n',
  );
}

function cells(summary: Summary, ours: Summary | undefined, bytes: number): string[] {
  const megabytes = bytes / 1e6;
  const busy = summary.cpuSeconds + (summary.emulatorCpuSeconds ?? 0) + (summary.relayCpuSeconds ?? 0);
  return [
    summary.contender,
    String(summary.rounds),
    summary.seconds.toFixed(2),
    ours === undefined ? '' : (summary.seconds / ours.seconds).toFixed(2),
    summary.storageSeconds.toFixed(2),
    (megabytes / summary.storageSeconds).toFixed(0),
    `${summary.storageRequests} + ${summary.apiRequests}`,
    String(summary.connections),
    summary.cpuSeconds.toFixed(2),
    (megabytes / summary.cpuSeconds).toFixed(0),
    (summary.peakMemory / 1e6).toFixed(0),
    summary.emulatorCpuSeconds === undefined ? '' : (busy / summary.seconds).toFixed(2),
  ];
}

function loadingSection(loading: Loading): string {
  const { emptySeconds, bundleSeconds, sdkSeconds, rounds } = loading;
  const row = (name: string, seconds: number): string[] => [
    name,
    String(rounds),
    (seconds * 1000).toFixed(0),
    (seconds / emptySeconds).toFixed(2),
  ];
  const rows = [
    row('empty Node', emptySeconds),
    row('ours', bundleSeconds),
    ...(sdkSeconds === undefined ? [] : [row('vod-node-sdk', sdkSeconds)]),
  ];
  return [
    '## (f) Loading',
    grid(['program', 'runs', 'milliseconds', 'empty Node ×'], rows),
    verdicts(loading.findings),
  ].join('\n\n');
}

function verdicts(findings: readonly Finding[]): string {
  return findings
    .map(({ target, shown, met }) => `- ${met ? 'met' : '**missed**'}: ${target}; shown: ${shown}`)
    .join('\n');
}

function grid(head: readonly string[], rows: readonly string[][]): string {
  const lines = [head, head.map((_, at) => (at === 0 ? '---' : '---:')), ...rows];
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

function notes(concurrency: number): string {
  return `## How it was measured

- Medians. The programs ran in alternation over the same emulated service, each in a process of its own, with ${concurrency}
  storage requests at once. \`ours\` is the bundle as a runner starts it. \`vod-node-sdk\` is the published 1.1.0 with its
  defaults; it takes minutes, so it ran once. \`limit\` is a TLS sender written for the bench: it sends the same requests,
  reads each file once, and hashes, checks and repeats nothing.
- Seconds are from the start of the process to its end; on the line means from the first storage request to the last
  answer, as the service saw them. Requests are those to storage + those to the API.
- Service and line are processes on the same machine. Busy cores counts them too: near the machine's number of cores the machine is the
  bound and not the program. The line gives each connection its round-trip time and rate; the handshake of TCP is not
  delayed, the answer to CONNECT takes its place.
- Media files are sparse and lie in /dev/shm where there is one, so that the disk does not matter. Peak memory is VmHWM. MB are 10⁶ bytes.`;
}
