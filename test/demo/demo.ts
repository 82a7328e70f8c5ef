import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type EndedStep, startStep } from '../e2e/action.js';
import { type Emulator, startEmulator } from '../emulator/emulator.js';
import { RunnerLog } from './runner-log.js';

/*
 * Publishes the sample media with the built action, as a runner would start it, to the emulator: TLS to the
 * names of the production services through the emulator's proxy, and keyless login.
 *
 *   node lib/test/demo/demo.js
 *
 * It exits with 0 when everything was published and arrived byte for byte.
 */

const WORKSPACE = resolve('test/media');

const INPUTS = {
  files: ['**', '!*.md', '!*.sh'].join('\n'),
  cover: '{dir}/{name}.jpg',
  'if-no-cover-found': 'ignore',
  'expire-time': 'P14D',
};

function heading(text: string): void {
  console.log(`\n── ${text} ${'─'.repeat(Math.max(0, 76 - text.length))}`);
}

/** The inputs as they stand in a workflow. */
function printInputs(inputs: Readonly<Record<string, string>>): void {
  heading('Inputs');
  for (const [name, value] of Object.entries(inputs)) {
    const lines = value.split('\n');
    if (lines.length === 1) console.log(`${name}: ${value}`);
    else console.log([`${name}: |`, ...lines].join('\n  '));
  }
}

async function publish(emulator: Emulator, temp: string): Promise<EndedStep> {
  const { providerId, roleArn } = emulator.settings.oidc;
  const inputs = { ...INPUTS, 'role-arn': roleArn, 'oidc-provider-id': providerId };
  printInputs(inputs);
  heading('Log');
  const step = startStep({
    workspace: WORKSPACE,
    temp,
    inputs,
    env: {
      HTTPS_PROXY: emulator.proxyUrl,
      NODE_EXTRA_CA_CERTS: emulator.caFile,
      ACTIONS_ID_TOKEN_REQUEST_URL: emulator.oidcRequestUrl,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: emulator.oidcRequestToken,
    },
  });
  // The step ends first, with its report; its end then ends the demo.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => step.signal(signal));
  const { stdout } = step.child;
  if (stdout === null) throw new Error('the step has no stdout');
  const log = new RunnerLog();
  for await (const line of createInterface({ input: stdout, crlfDelay: Number.POSITIVE_INFINITY })) {
    const shown = log.show(line);
    if (shown !== undefined) console.log(shown);
  }
  return step.ended;
}

/** What is wrong with what the emulator holds; empty when all of it is as it should be. */
function faultsOf({ code, stderr, results = [] }: EndedStep, emulator: Emulator): string[] {
  const faults: string[] = [];
  if (code !== 0) faults.push(`the step ended with ${code}`);
  if (stderr !== '') faults.push(`the step wrote to stderr: ${stderr}`);
  const { media, objects, openMultiparts } = emulator;
  if (results.length === 0 || results.length !== media.length) {
    faults.push(`${results.length} results for ${media.length} published media`);
  }
  const files = results.reduce((sum, result) => sum + result.objects, 0);
  if (files !== objects.size) faults.push(`${files} files reported, ${objects.size} objects stored`);
  if (media.some(({ commits }) => commits !== 1)) faults.push('a medium was not committed exactly once');
  if (openMultiparts.length > 0) faults.push(`${openMultiparts.length} multipart uploads left open`);
  const local = new Set(
    readdirSync(WORKSPACE, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => sha256(join(entry.parentPath, entry.name))),
  );
  for (const { key, sha256: stored } of objects.values()) {
    if (!local.has(stored)) faults.push(`${key} is not the bytes of any sample file`);
  }
  return faults;
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

const temp = realpathSync(mkdtempSync(join(tmpdir(), 'vod-demo-')));
const emulator = await startEmulator();
try {
  const step = await publish(emulator, temp);
  heading('Outputs');
  for (const [name, value] of Object.entries(step.outputs)) console.log(`${name}=${value}`);
  heading('Job summary (Markdown)');
  console.log(step.summary);
  heading('Check');
  const faults = faultsOf(step, emulator);
  for (const fault of faults) console.log(`✗ ${fault}`);
  if (faults.length === 0) {
    console.log(
      `The emulator holds ${emulator.objects.size} objects of ${emulator.media.length} media, each byte for byte ` +
        `its file, after ${emulator.requests.length} requests over ${emulator.proxy.tunnels} connections.`,
    );
  }
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  await emulator.close();
  rmSync(temp, { recursive: true, force: true });
}
