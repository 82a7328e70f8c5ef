import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cost } from './probe.js';

/** A program to measure. */
export interface Command {
  /** Arguments of Node: the script and its own. */
  args: string[];
  directory: string;
  env: Record<string, string>;
}

/** How a run went. */
export interface Measured extends Cost {
  /** From the start of the process to its end. */
  seconds: number;
}

const PROBE = new URL('./probe.js', import.meta.url).href;
/** Milliseconds after which a run is given up. */
const LONGEST_RUN = 30 * 60_000;
/** Characters of output that are kept to explain a failure. */
const KEPT = 4000;

/**
 * Runs a program to its end in a process of its own.
 *
 * @param nodeOptions further options of Node, such as those that profile
 * @throws when it fails, with the end of its output
 */
export async function measure(command: Command, nodeOptions: readonly string[] = []): Promise<Measured> {
  const costFile = join(command.directory, 'cost.json');
  const seconds = await time({
    ...command,
    args: [`--import=${PROBE}`, ...nodeOptions, ...command.args],
    env: { ...command.env, BENCH_COST_FILE: costFile },
  });
  return { seconds, ...(JSON.parse(readFileSync(costFile, 'utf8')) as Cost) };
}

/**
 * Runs a program to its end.
 *
 * @param expected its exit code
 * @returns seconds @throws when it ends otherwise
 */
export function time({ args, directory, env }: Command, expected = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, args, {
      cwd: directory,
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LONGEST_RUN,
    });
    let seconds = 0;
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-KEPT);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', reject);
    child.once('exit', () => {
      seconds = (performance.now() - started) / 1000;
    });
    child.once('close', (code, signal) => {
      if (code === expected) resolve(seconds);
      else reject(new Error(`${args.join(' ').slice(0, 200)} ended with ${code ?? signal}:\n${output}`));
    });
  });
}

/** Absolute path of a file of the compiled bench. */
export function compiled(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** Seconds of CPU that a running process has used; undefined where the system does not tell. */
export function cpuSecondsOf(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  // Fields 14 and 15 count ticks of 10 ms; the name in field 2 may hold spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
