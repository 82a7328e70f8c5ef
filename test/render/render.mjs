// Renders the summaries and logs of real runs on the emulator into docs/:
//   npm run render [-- name of a story ...]
// It needs Chromium on the system (CHROMIUM names it where it is not called chromium), and what is in package.json.
// PICTURES names another folder, which gets the pictures of all pages, those that no document shows included.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { logPage } from './log-page.mjs';
import { LOG_STORIES } from './log-stories.mjs';
import { page } from './page.mjs';
import { STORIES } from './stories.mjs';

const root = join(import.meta.dirname, '..', '..');
const compiled = (path) => import(pathToFileURL(join(root, 'lib', 'test', path)).href);
const { startEmulator } = await compiled('emulator/emulator.js');
const { startStep } = await compiled('e2e/action.js');
const { RunnerLog } = await compiled('demo/runner-log.js');
const { logHtml } = await compiled('render/log-html.js');

const WIDTH = 1012;
/** The browser paints no lower pages. */
const LOWEST = 200;
/** Pictures are cut here: a thousand rows look alike. */
const TALLEST = 1100;
/** Logs that a document shows. */
const LOGS_IN_DOCS = ['release', 'dry-run', 'refused-login'];
const chromium = process.env.CHROMIUM || 'chromium';
const docs = join(root, 'docs');
const pictures = process.env.PICTURES ? resolve(process.env.PICTURES) : docs;
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

/** How a story logs in: by the key of the account, or as a job with a token. */
function login({ settings, oidcRequestUrl, oidcRequestToken }, keyless) {
  const { secretId, secretKey, oidc } = settings;
  if (!keyless) return { inputs: { 'secret-id': secretId, 'secret-key': secretKey }, env: {} };
  return {
    inputs: { 'role-arn': oidc.roleArn, 'oidc-provider-id': oidc.providerId },
    env: {
      ACTIONS_ID_TOKEN_REQUEST_URL: oidcRequestUrl,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: oidcRequestToken,
      GITHUB_RUN_ID: '7000000001',
      GITHUB_RUN_ATTEMPT: '1',
    },
  };
}

/** Runs a story to its end. */
async function publish(emulator, { name, inputs, prepare, faults = [], keyless = false, stopWhen, longest }) {
  const workspace = join(folder, name);
  mkdirSync(workspace);
  prepare(workspace);
  for (const fault of faults) emulator.fault(fault);
  const { inputs: keys, env } = login(emulator, keyless);
  const step = startStep({
    workspace,
    temp: folder,
    inputs: { ...keys, ...inputs },
    env: { HTTPS_PROXY: emulator.proxyUrl, NODE_EXTRA_CA_CERTS: emulator.caFile, ...env },
    ...(longest === undefined ? {} : { longest }),
  });
  if (stopWhen) {
    let stdout = '';
    step.child.stdout.on('data', (text) => {
      stdout += text;
    });
    const watch = setInterval(() => {
      if (!stopWhen({ emulator, stdout })) return;
      clearInterval(watch);
      step.child.kill('SIGINT');
    }, 100);
    step.ended.finally(() => clearInterval(watch));
  }
  const ended = await step.ended;
  if (ended.stderr !== '') throw new Error(`${name} wrote to stderr: ${ended.stderr}`);
  // Readers shall see the runner's folder by its name, wherever the run was.
  const shown = (text) => text.replaceAll(folder, '$RUNNER_TEMP');
  return {
    inputs: { ...keys, ...inputs },
    code: ended.code,
    stdout: shown(ended.stdout),
    summary: shown(ended.summary),
  };
}

/** The lines that a runner's log has of a step: its inputs, what it printed, and what the runner says of a cancel. */
function linesOf({ stdout, inputs, code }, { stopWhen }) {
  const log = new RunnerLog();
  const head = ['::group::Run OWNER/publish-to-tencent-vod@v1', 'with:'];
  for (const [name, value] of Object.entries(inputs)) {
    if (value === '') continue;
    const secret = name.startsWith('secret-');
    const [first, ...others] = value.split('\n');
    head.push(`  ${name}: ${secret ? '***' : first}`, ...others);
  }
  const tail = stopWhen && code !== 0 ? ['::error::The operation was canceled.'] : [];
  return [...head, '::endgroup::', ...stdout.trimEnd().split('\n'), ...tail].flatMap(
    (line) => log.read(line) ?? [],
  );
}

/** Takes the picture of a page, as high as the page says in its title. */
async function photograph(port, name, html) {
  const file = join(folder, `${name}.html`);
  writeFileSync(file, html);
  const url = pathToFileURL(file).href;
  const [, height] =
    /<title>(\d+)<\/title>/.exec(await browse(port, '--dump-dom', `--window-size=${WIDTH},600`, url)) ?? [];
  if (height === undefined) throw new Error(`${name} was not rendered`);
  const picture = join(pictures, `${name}.png`);
  const size = `--window-size=${WIDTH},${Math.max(LOWEST, Math.min(TALLEST, Number(height)))}`;
  await browse(port, `--screenshot=${picture}`, size, url);
  console.log(picture);
}

async function render(story) {
  const emulator = await startEmulator({
    keepBodies: story.stopWhen === undefined,
    storageLatencyMs: 40,
    apiLatencyMs: 30,
    ...story.emulator,
  });
  const covers = createServer((request, response) => {
    const body = emulator.objects.get(decodeURI(request.url.slice(1)))?.body;
    response.writeHead(body ? 200 : 404, { 'Content-Type': 'image/jpeg' }).end(body);
  });
  await new Promise((listening) => covers.listen(0, '127.0.0.1', listening));
  try {
    const { port } = covers.address();
    const step = await publish(emulator, story);
    if (step.summary === '') throw new Error(`${story.name} left no summary`);
    const all = pictures !== docs;
    if (all || STORIES.includes(story)) {
      await photograph(port, `summary-${story.name}`, page(step.summary));
    }
    if (all || LOGS_IN_DOCS.includes(story.name)) {
      const folded = logHtml(linesOf(step, story), () => false);
      await photograph(port, `log-${story.name}`, logPage(folded));
    }
    if (all) {
      const opened = logHtml(linesOf(step, story), () => true);
      await photograph(port, `log-${story.name}-opened`, logPage(opened));
    }
  } finally {
    covers.close();
    covers.closeAllConnections();
    await emulator.close();
  }
}

const wanted = process.argv.slice(2);
mkdirSync(pictures, { recursive: true });
try {
  for (const story of [...STORIES, ...LOG_STORIES]) {
    if (wanted.length === 0 || wanted.includes(story.name)) await render(story);
  }
} finally {
  if (process.env.KEEP) console.log(folder);
  else rmSync(folder, { recursive: true, force: true });
}
