// Builds dist/ from lib/: one ESM bundle, the licences of what is in it, and nothing left over from before.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(import.meta.url);
const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
rmSync(dist, { recursive: true, force: true });
execFileSync(
  process.execPath,
  [
    require.resolve('@vercel/ncc/dist/ncc/cli.js'),
    'build',
    join(root, 'lib', 'src', 'index.js'),
    '-o',
    dist,
    '--license',
    'licenses.txt',
  ],
  { stdio: 'inherit' },
);
// Line ends differ between packages; git would show a change where there is none.
for (const name of readdirSync(dist)) {
  const path = join(dist, name);
  writeFileSync(path, `${readFileSync(path, 'utf8').replaceAll('\r\n', '\n').trimEnd()}\n`);
}
