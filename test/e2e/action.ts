import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { EOL } from 'node:os';
import { join, resolve } from 'node:path';
import type { MediumResult } from '../../src/results.js';

/**
 * Runs the bundle as a runner does. `E2E_NODE` names the Node to run it with (the one of the tests unless it
 * is set), `E2E_BUNDLE` the bundle (`dist/index.js`).
 */
export const NODE = resolve(process.env.E2E_NODE || process.execPath);
export const BUNDLE = resolve(process.env.E2E_BUNDLE || 'dist/index.js');

/** Milliseconds after which a step that hangs is killed unless told otherwise, so that the test fails instead of waiting. */
const LONGEST_STEP = 120_000;

/** What a step is given. */
export interface StepOptions {
  workspace: string;
  /** The folder of RUNNER_TEMP; the step's command files are in it, too. */
  temp: string;
  /** Inputs by name; the defaults of action.yml stand for the others, as with a runner. */
  inputs: Readonly<Record<string, string>>;
  /** Variables of the environment besides those of the runner; nothing else is passed on. */
  env: Readonly<Record<string, string>>;
  /** Milliseconds after which it is killed. */
  longest?: number;
  /** The program with its arguments; the bundle unless told otherwise. */
  program?: readonly string[];
}

/** How a step ended and what it left behind. */
export interface EndedStep {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** As the runner reads it: lines end with `\n` on every system. */
  stdout: string;
  stderr: string;
  /** By name, as the next step would read them. */
  outputs: Record<string, string>;
  summary: string;
  /** Absent when the step left no results file where `results-file` says. */
  results?: MediumResult[];
  /** The results file as it stands on disk, empty when there is none. */
  resultsText: string;
  /** Peak of the resident memory in bytes as last seen; 0 where the system does not tell. */
  peakMemory: number;
}

/** A step that is running. */
export interface RunningStep {
  child: ChildProcess;
  /** Sends a signal as the runner does when the job is cancelled. */
  signal(name: NodeJS.Signals): void;
  ended: Promise<EndedStep>;
}

/**
 * On Windows a process can only be killed from outside, while the runner's Ctrl+C and Ctrl+Break reach Node as events.
 * So a file with the names of signals stands in for the console there: a module that is loaded before the bundle makes
 * events of them.
 */
const CONSOLE_MODULE = `data:text/javascript,${encodeURIComponent(`
  import { readFileSync } from 'node:fs';
  let told = 0;
  setInterval(() => {
    const names = readFileSync(process.env.E2E_CONSOLE, 'utf8').split(' ').slice(0, -1);
    for (const name of names.slice(told)) process.emit(name, name);
    told = names.length;
  }, 20).unref();
`)}`;

/** Names and defaults of the inputs of action.yml. */
export function declaredInputs(): Map<string, string> {
  const [, section = ''] = /^inputs:\n((?: .*\n|\n)+)/m.exec(readFileSync('action.yml', 'utf8')) ?? [];
  const inputs = new Map<string, string>();
  let name = '';
  for (const line of section.split('\n')) {
    const declared = /^ {2}([a-z-]+):$/.exec(line)?.[1];
    if (declared !== undefined) {
      name = declared;
      inputs.set(name, '');
    }
    const value = /^ {4}default: (.*)$/.exec(line)?.[1];
    if (value !== undefined) inputs.set(name, value.replace(/^'(.*)'$/, '$1'));
  }
  return inputs;
}

/** The variables in which a runner passes inputs: upper case, spaces as underscores, dashes kept. */
function inputVariables(inputs: Readonly<Record<string, string>>): Record<string, string> {
  const declared = declaredInputs();
  const unknown = Object.keys(inputs).find((name) => !declared.has(name));
  if (unknown !== undefined) throw new Error(`action.yml has no input ${unknown}`);
  const values = Object.entries({ ...Object.fromEntries(declared), ...inputs });
  return Object.fromEntries(
    values.map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value]),
  );
}

/** Reads a command file of the runner: `name<<delimiter`, lines, `delimiter`; each ends as the system ends lines. */
export function parseOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  const entry = /([^\r\n]*)<<(ghadelimiter_[0-9a-f-]+)\r?\n([\s\S]*?)\r?\n\2\r?\n/gy;
  let end = 0;
  for (let match = entry.exec(text); match !== null; match = entry.exec(text)) {
    outputs[match[1] as string] = match[3] as string;
    end = entry.lastIndex;
  }
  if (end !== text.length) throw new Error(`the output file goes on with ${JSON.stringify(text.slice(end))}`);
  return outputs;
}

/** Starts the action as a step of its own. */
export function startStep(options: StepOptions): RunningStep {
  const folder = join(options.temp, `_step_${randomUUID()}`);
  mkdirSync(folder);
  const outputFile = join(folder, 'output');
  const summaryFile = join(folder, 'summary.md');
  writeFileSync(outputFile, '');
  writeFileSync(summaryFile, '');
  const consoleFile = process.platform === 'win32' ? join(folder, 'console') : undefined;
  if (consoleFile !== undefined) writeFileSync(consoleFile, '');
  const child = spawn(NODE, [...(options.program ?? [BUNDLE])], {
    cwd: options.workspace,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: options.workspace,
      GITHUB_OUTPUT: outputFile,
      GITHUB_STEP_SUMMARY: summaryFile,
      RUNNER_TEMP: options.temp,
      ...(consoleFile === undefined
        ? {}
        : { E2E_CONSOLE: consoleFile, NODE_OPTIONS: `--import=${CONSOLE_MODULE}` }),
      ...inputVariables(options.inputs),
      ...options.env,
    },
  });
  const ended = new Promise<EndedStep>((done, failed) => {
    let stdout = '';
    let stderr = '';
    let peakMemory = 0;
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    const gauge = setInterval(() => {
      peakMemory = Math.max(peakMemory, peakMemoryOf(child.pid));
    }, 50);
    const limit = setTimeout(() => child.kill('SIGKILL'), options.longest ?? LONGEST_STEP);
    const stopWatching = (): void => {
      clearInterval(gauge);
      clearTimeout(limit);
    };
    child.once('error', (error) => {
      stopWatching();
      failed(error);
    });
    child.once('close', (code, signal) => {
      stopWatching();
      try {
        const outputs = parseOutputs(readFileSync(outputFile, 'utf8'));
        const resultsFile = outputs['results-file'] ?? '';
        const resultsText = existsSync(resultsFile) ? readFileSync(resultsFile, 'utf8') : '';
        done({
          code,
          signal,
          stdout: stdout.replaceAll(EOL, '\n'),
          stderr,
          outputs,
          summary: readFileSync(summaryFile, 'utf8').replaceAll(EOL, '\n'),
          ...(resultsText === '' ? {} : { results: JSON.parse(resultsText) as MediumResult[] }),
          resultsText,
          peakMemory,
        });
      } catch (error) {
        failed(error);
      }
    });
  });
  const signal = (name: NodeJS.Signals): void => {
    if (consoleFile === undefined) child.kill(name);
    else appendFileSync(consoleFile, `${name} `);
  };
  return { child, signal, ended };
}

/** High-water mark of a process's resident memory, from Linux's /proc; 0 elsewhere. */
function peakMemoryOf(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    // The process has just ended, or the system has no /proc.
    return 0;
  }
}
