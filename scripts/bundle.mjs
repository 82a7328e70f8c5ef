// Builds dist/ from lib/: the action as one ESM bundle, the script of its worker threads as another, the licences of what
// is in them, and nothing left over from before.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const require = createRequire(import.meta.url);
const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

/** What dist/ consists of, and nothing else: a file that ncc adds would be there without what it imports. */
const CONTENT = ['digest-worker.js', 'index.js', 'licenses.txt', 'package.json'];

/** Bundles a script of lib/src/ into a folder, as index.js with a package.json that makes it a module. */
function bundle(script, folder, ...options) {
  const ncc = require.resolve('@vercel/ncc/dist/ncc/cli.js');
  const entry = join(root, 'lib', 'src', ...script.split('/'));
  execFileSync(process.execPath, [ncc, 'build', entry, '-o', folder, ...options], { stdio: 'inherit' });
}

rmSync(dist, { recursive: true, force: true });
bundle('index.js', dist, '--license', 'licenses.txt');

// A thread is started with a file of its own, which lies beside the bundle.
const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
try {
  bundle('digest/digest-worker.js', folder);
  copyFileSync(join(folder, 'index.js'), join(dist, 'digest-worker.js'));
} finally {
  rmSync(folder, { recursive: true });
}

const content = readdirSync(dist).sort();
if (String(content) !== String(CONTENT)) throw new Error(`dist/ has ${content}, and should have ${CONTENT}`);
// Line ends differ between packages; git would show a change where there is none.
for (const name of content) {
  const path = join(dist, name);
  writeFileSync(path, `${readFileSync(path, 'utf8').replaceAll('\r\n', '\n').trimEnd()}\n`);
}
