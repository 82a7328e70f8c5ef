import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type EmulatorProcess, type EmulatorReport, RelayProcess } from './companions.js';
import { type Assignment, commandOf } from './contenders.js';
import type { Contender, Run } from './figures.js';
import { measure } from './measured-process.js';
import { CONCURRENCY, type Scenario } from './scenarios.js';
import { bytesOf, filesOf, type Workload } from './workload.js';

/** How to run a scenario. */
export interface CompetitionOptions {
  rounds: number;
  contenders: readonly Contender[];
  quick: boolean;
  /** Directory for everything that is made on the way. */
  directory: string;
  /** Directory for CPU profiles; absent without them. */
  profiles?: string;
  concurrency?: number;
  onRun(run: Run, round: number): void;
}

/** What a scenario brought. */
export interface Competition {
  workload: Workload;
  runs: Run[];
}

/**
 * Runs the programs of a scenario in alternation over one emulator and one line. A first run of the limit
 * warms the emulator up and does not count.
 *
 * @throws when a program fails or publishes anything but the workload
 */
export async function compete(
  scenario: Scenario,
  emulator: EmulatorProcess,
  options: CompetitionOptions,
): Promise<Competition> {
  const directory = join(options.directory, scenario.id);
  const workload = scenario.make(join(directory, 'media'), options.quick);
  const { rttMs, bytesPerSecond } = scenario;
  const direct = rttMs === 0 && bytesPerSecond === 0;
  const proxyPort = Number(new URL(emulator.address.proxyUrl).port);
  const relay = direct ? undefined : await RelayProcess.start(proxyPort, rttMs, bytesPerSecond);
  const proxyUrl = relay === undefined ? emulator.address.proxyUrl : `http://127.0.0.1:${relay.port}`;
  const run = async (contender: Contender): Promise<Run> => {
    const own = join(directory, contender);
    mkdirSync(own, { recursive: true });
    const assignment: Assignment = {
      workload,
      emulator: emulator.address,
      proxyUrl,
      concurrency: options.concurrency ?? CONCURRENCY,
      directory: own,
    };
    await emulator.reset();
    const before = { emulator: emulator.cpuSeconds, relay: relay?.cpuSeconds };
    const profiling =
      options.profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.profiles}`];
    const cost = await measure(commandOf(contender, assignment), profiling);
    const after = { emulator: emulator.cpuSeconds, relay: relay?.cpuSeconds };
    const report = await emulator.report();
    checkReport(report, workload, contender);
    return {
      contender,
      ...cost,
      ...storageFigures(report),
      ...spent('emulatorCpuSeconds', before.emulator, after.emulator),
      ...spent('relayCpuSeconds', before.relay, after.relay),
    };
  };
  const contenders = scenario.contenders.filter((name) => options.contenders.includes(name));
  const runs: Run[] = [];
  try {
    await run('limit');
    for (let round = 0; round < options.rounds; round += 1) {
      // Each round starts with another one, so that none always profits from its forerunner.
      for (let place = 0; place < contenders.length; place += 1) {
        const contender = contenders[(round + place) % contenders.length] as Contender;
        if (contender === 'vod-node-sdk' && round >= scenario.sdkRounds) continue;
        const result = await run(contender);
        runs.push(result);
        options.onRun(result, round + 1);
      }
    }
  } finally {
    await relay?.close();
    rmSync(directory, { recursive: true, force: true });
  }
  return { workload, runs };
}

/** Figures of the service's log. */
function storageFigures(
  report: EmulatorReport,
): Pick<Run, 'storageSeconds' | 'storageRequests' | 'apiRequests' | 'connections' | 'inFlight'> {
  const storage = report.requests.filter(({ service }) => service === 'cos');
  const first = Math.min(...storage.map(({ startedAt }) => startedAt));
  const last = Math.max(...storage.map(({ endedAt }) => endedAt));
  return {
    storageSeconds: (last - first) / 1000,
    storageRequests: storage.length,
    apiRequests: report.requests.length - storage.length,
    connections: report.connections.cos ?? 0,
    inFlight: report.peakStorageRequests,
  };
}

/** A run counts only when everything has arrived, once. */
function checkReport(report: EmulatorReport, workload: Workload, contender: Contender): void {
  const problems: string[] = [];
  const expect = (what: string, wanted: number, shown: number): void => {
    if (wanted !== shown) problems.push(`${shown} ${what} instead of ${wanted}`);
  };
  const refused = report.requests.filter(({ code, status }) => code !== '' || status === 0);
  expect('media', workload.media.length, report.media.length);
  expect('objects', filesOf(workload).length, report.objects.length);
  expect(
    'bytes',
    bytesOf(workload),
    report.objects.reduce((sum, { size }) => sum + size, 0),
  );
  expect('open multipart uploads', 0, report.openMultiparts.length);
  // The SDK asks for nothing that does not exist, and nothing goes wrong on this line.
  expect('failed requests', 0, refused.length);
  if (problems.length > 0) throw new Error(`${contender} is out: ${problems.join(', ')}`);
}

function spent(
  name: 'emulatorCpuSeconds' | 'relayCpuSeconds',
  before: number | undefined,
  after: number | undefined,
): Partial<Run> {
  return before === undefined || after === undefined ? {} : { [name]: after - before };
}
