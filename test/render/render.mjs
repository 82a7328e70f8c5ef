// Renders the summaries of real runs on the emulator into docs/summary-*.png:
//   npm run render [-- name of a story ...]
// It needs Chromium on the system (CHROMIUM names it where it is not called chromium), and what is in package.json.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { page } from './page.mjs';
import { STORIES } from './stories.mjs';

const root = join(import.meta.dirname, '..', '..');
const compiled = (path) => import(pathToFileURL(join(root, 'lib', 'test', path)).href);
const { startEmulator } = await compiled('emulator/emulator.js');
const { startStep } = await compiled('e2e/action.js');

const WIDTH = 1012;
/** Pictures are cut here: a thousand rows look alike. */
const TALLEST = 1100;
const chromium = process.env.CHROMIUM || 'chromium';
const docs = join(root, 'docs');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'vod-render-')));
process.chdir(root);

async function browse(port, ...args) {
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--hide-scrollbars',
    '--virtual-time-budget=10000',
    `--user-data-dir=${join(folder, 'browser')}`,
    // Covers are on hosts of the service; the server below has them.
    `--host-resolver-rules=MAP * 127.0.0.1:${port}`,
  ];
  const { stdout } = await promisify(execFile)(chromium, [...flags, ...args], {
    maxBuffer: 1 << 28,
    timeout: 60_000,
  });
  return stdout;
}

/** Runs a story and returns its summary and what it stored. */
async function publish(emulator, { name, inputs, prepare, faults = [] }) {
  const workspace = join(folder, name);
  mkdirSync(workspace);
  prepare(workspace);
  emulator.reset();
  for (const fault of faults) emulator.fault(fault);
  const { secretId, secretKey } = emulator.settings;
  const step = await startStep({
    workspace,
    temp: folder,
    inputs: { 'secret-id': secretId, 'secret-key': secretKey, ...inputs },
    env: { HTTPS_PROXY: emulator.proxyUrl, NODE_EXTRA_CA_CERTS: emulator.caFile },
  }).ended;
  writeFileSync(join(folder, `${name}.log`), step.stdout.replace(/^::(add-mask|debug)::.*\n/gm, ''));
  if (step.summary === '') throw new Error(`${name} left no summary`);
  return step.summary;
}

const wanted = process.argv.slice(2);
const stories = STORIES.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const emulator = await startEmulator({ keepBodies: true, storageLatencyMs: 40, apiLatencyMs: 30 });
const covers = createServer((request, response) => {
  const body = emulator.objects.get(decodeURI(request.url.slice(1)))?.body;
  response.writeHead(body ? 200 : 404, { 'Content-Type': 'image/jpeg' }).end(body);
});
await new Promise((listening) => covers.listen(0, '127.0.0.1', listening));
try {
  mkdirSync(docs, { recursive: true });
  const { port } = covers.address();
  for (const story of stories) {
    const html = join(folder, `${story.name}.html`);
    writeFileSync(html, page(await publish(emulator, story), story));
    const url = pathToFileURL(html).href;
    const [, height] =
      /<title>(\d+)<\/title>/.exec(await browse(port, '--dump-dom', `--window-size=${WIDTH},600`, url)) ?? [];
    if (height === undefined) throw new Error(`${story.name} was not rendered`);
    const picture = join(docs, `summary-${story.name}.png`);
    await browse(
      port,
      `--screenshot=${picture}`,
      `--window-size=${WIDTH},${Math.min(TALLEST, Number(height))}`,
      url,
    );
    console.log(picture);
  }
} finally {
  covers.close();
  covers.closeAllConnections();
  await emulator.close();
  if (process.env.KEEP) console.log(folder);
  else rmSync(folder, { recursive: true, force: true });
}
