// Runs the compiled tests of some folders below test/: node scripts/test.mjs <folder> ...
// Node 20 takes no patterns of files to test, so they are listed here.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const files = process.argv.slice(2).flatMap((folder) => {
  const from = join(root, 'lib', 'test', folder);
  const found = readdirSync(from, { recursive: true }).filter((name) => name.endsWith('.test.js'));
  if (found.length === 0) throw new Error(`there are no tests in ${from}`);
  return found.sort().map((name) => join(from, name));
});
const { status } = spawnSync(process.execPath, ['--test', '--test-concurrency=2', ...files], {
  cwd: root,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
