// Runs compiled tests: node scripts/test.mjs <folder or file below test/> ...
// Where files are named, such as test/unit/plan.test.ts, only they run, so that "npm test -- <file>" works as well.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '..');
const compiled = join(root, 'lib', 'test');
const all = readdirSync(compiled, { recursive: true })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.test.js'))
  .sort();

/** The tests that an argument names. */
function testsOf(argument) {
  const name = argument
    .replaceAll('\\', '/')
    .replace(/^test\//, '')
    .replace(/\.ts$/, '.js');
  const found = all.filter((file) => file === name || file.startsWith(`${name}/`));
  if (found.length === 0) throw new Error(`There are no tests in ${join(compiled, name)}.`);
  return found;
}

const names = process.argv.slice(2);
const files = names.filter((name) => name.endsWith('.ts'));
const tests = (files.length > 0 ? files : names).flatMap(testsOf).map((name) => join(compiled, name));

/** Milliseconds that a single test may take. Node 20 has no such limit, but for the watchdog that ends the file. */
const TEST_TIMEOUT = 120_000;

// Each test file runs in a process of its own, which inherits these options.
const watchdog = pathToFileURL(join(import.meta.dirname, 'test', 'watchdog.mjs')).href;
const runner = join(import.meta.dirname, 'test', 'run.mjs');
const { status } = spawnSync(
  process.execPath,
  ['--import', watchdog, `--test-timeout=${TEST_TIMEOUT}`, runner, ...tests],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
process.exitCode = status ?? 1;
