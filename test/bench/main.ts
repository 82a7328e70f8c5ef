import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, platform, release, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { EmulatorProcess } from './companions.js';
import { compete } from './competition.js';
import { BUNDLE, hasSdk } from './contenders.js';
import { CONTENDERS, type Contender, summarize } from './figures.js';
import { measureLoading } from './load.js';
import { plot } from './plot.js';
import type { BenchResult, ScenarioResult } from './results.js';
import { CONCURRENCY, SCENARIOS, type Scenario } from './scenarios.js';
import { markdown } from './table.js';
import { bytesOf, filesOf } from './workload.js';

/*
 * Compares the bundle with the published SDK and with the limit of the machine.
 *
 *   npm run bench                                everything, into test/bench/results
 *   node lib/test/bench/main.js [options]
 *     --only a,c          these scenarios (a to f); prints, and writes only with --out
 *     --rounds 3          runs of each program
 *     --programs ours     these programs: ours, vod-node-sdk, limit
 *     --quick             small workloads; prints, and writes only with --out
 *     --concurrency 32    storage requests at once
 *     --profile DIR       CPU profiles of the programs
 *     --out DIR           where to write results.json, results.md and results.svg
 */

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'a,b,c,d,e,f' },
    rounds: { type: 'string', default: '3' },
    programs: { type: 'string', default: CONTENDERS.join(',') },
    quick: { type: 'boolean', default: false },
    concurrency: { type: 'string', default: String(CONCURRENCY) },
    profile: { type: 'string' },
    out: { type: 'string' },
  },
});

/**
 * Where the media lie. A sparse file on a disk costs its first reader memory for every page, and more CPU than
 * sending it; one in memory costs nothing.
 */
const MEMORY = '/dev/shm';
/** Starts of each program for the load time: each takes milliseconds. */
const LOADS = 15;
const wanted = values.only.split(',');
const rounds = Number(values.rounds);
const programs = CONTENDERS.filter((name) => values.programs.split(',').includes(name) && isInstalled(name));
const whole = wanted.length > SCENARIOS.length && !values.quick && programs.length === CONTENDERS.length;
const out = values.out ?? (whole ? join('test', 'bench', 'results') : undefined);

function isInstalled(name: Contender): boolean {
  if (name !== 'vod-node-sdk' || hasSdk()) return true;
  process.stderr.write('vod-node-sdk is left out: run npm ci in test/vod-node-sdk to compare with it.\n');
  return false;
}

async function runScenario(
  scenario: Scenario,
  emulator: EmulatorProcess,
  directory: string,
): Promise<ScenarioResult> {
  const { id, title } = scenario;
  const { workload, runs } = await compete(scenario, emulator, {
    rounds,
    contenders: programs,
    quick: values.quick,
    directory,
    concurrency: Number(values.concurrency),
    ...(values.profile === undefined ? {} : { profiles: resolve(values.profile) }),
    onRun: ({ contender, seconds, storageSeconds, cpuSeconds, peakMemory }, round) => {
      const figures = `${seconds.toFixed(2)} s, ${storageSeconds.toFixed(2)} s on the line, ${cpuSeconds.toFixed(2)} CPU s`;
      process.stderr.write(
        `(${id}) round ${round} ${contender}: ${figures}, ${(peakMemory / 1e6).toFixed(0)} MB\n`,
      );
    },
  });
  const summaries = CONTENDERS.flatMap((name) => summarize(runs, name) ?? []);
  const byName = Object.fromEntries(summaries.map((summary) => [summary.contender, summary]));
  return {
    id,
    title,
    bytes: bytesOf(workload),
    objects: filesOf(workload).length,
    summaries,
    findings: scenario.judge(byName, workload),
    runs,
  };
}

async function bench(): Promise<BenchResult> {
  const directory = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'bench-'));
  const [load = 0] = loadavg();
  const emulator = await EmulatorProcess.start();
  try {
    const scenarios: ScenarioResult[] = [];
    for (const scenario of SCENARIOS) {
      if (wanted.includes(scenario.id)) scenarios.push(await runScenario(scenario, emulator, directory));
    }
    const loading = wanted.includes('f') ? await measureLoading(LOADS, directory) : undefined;
    const { model = 'unknown processor' } = cpus()[0] ?? {};
    return {
      command: whole ? 'npm run bench' : `node lib/test/bench/main.js ${process.argv.slice(2).join(' ')}`,
      date: new Date().toISOString(),
      machine: {
        processor: model,
        cores: cpus().length,
        node: process.versions.node,
        system: `${platform()} ${release()}`,
        load,
      },
      concurrency: Number(values.concurrency),
      quick: values.quick,
      scenarios,
      ...(loading === undefined ? {} : { loading }),
    };
  } finally {
    await emulator.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

if (!existsSync(BUNDLE)) throw new Error(`there is no ${BUNDLE}; run npm run build first`);
const result = await bench();
process.stdout.write(markdown(result));
if (out !== undefined) {
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'results.json'), `${JSON.stringify(result, undefined, 2)}\n`);
  writeFileSync(join(out, 'results.md'), markdown(result));
  writeFileSync(join(out, 'results.svg'), plot(result));
}
