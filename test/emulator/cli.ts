import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { commandsOf } from './cli-commands.js';
import { startEmulator } from './emulator.js';
import type { Effect } from './faults.js';
import type { EmulatorOptions } from './options.js';
import { randomFaults } from './random-faults.js';
import type { ServiceName } from './request-log.js';

/*
 * Runs the emulator as a process of its own, for demos, benchmarks and workflows.
 *
 *   node lib/test/emulator/cli.js [--storage-latency-ms 50] [--api-latency-ms 50] [--no-digests] [--keep-bodies]
 *     [--accelerate] [--certificate-seconds 7200] [--random-faults 0.1] [--seed 1] [--vod <JSON>]
 *
 * --vod takes the options of `vod-options.ts`. It prints one line of JSON with its addresses, its CA file and its key,
 * and runs until SIGTERM or SIGINT. When stdin is a pipe it also ends with it, and takes commands there, one per line,
 * each answered by a line of JSON:
 *   report           what it holds and has seen, without bodies
 *   reset            forget everything
 *   fault <JSON>     {"service": "cos", "action": "PutObject", "times": 2, "after": 0, "effect": {"kind": "..."}}
 * and those of `cli-commands.ts`.
 */

interface FaultCommand {
  service?: ServiceName;
  action?: string;
  times?: number | 'always';
  after?: number;
  effect: Effect;
}

const { values } = parseArgs({
  options: {
    'storage-latency-ms': { type: 'string', default: '0' },
    'api-latency-ms': { type: 'string', default: '0' },
    'certificate-seconds': { type: 'string', default: '7200' },
    'random-faults': { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    'no-digests': { type: 'boolean', default: false },
    'keep-bodies': { type: 'boolean', default: false },
    accelerate: { type: 'boolean', default: false },
    vod: { type: 'string', default: '{}' },
  },
});

const options: EmulatorOptions = {
  storageLatencyMs: Number(values['storage-latency-ms']),
  apiLatencyMs: Number(values['api-latency-ms']),
  certificateSeconds: Number(values['certificate-seconds']),
  digests: !values['no-digests'],
  keepBodies: values['keep-bodies'],
  accelerate: values.accelerate,
  vod: JSON.parse(values.vod),
};
const rate = Number(values['random-faults']);
const emulator = await startEmulator(options);
const commands = commandsOf(emulator);

function arm(): void {
  if (rate > 0) emulator.fault(randomFaults({ seed: Number(values.seed), rate }));
}

function print(content: unknown): void {
  process.stdout.write(`${JSON.stringify(content)}\n`);
}

function report(): unknown {
  const { requests, media, objects, openMultiparts, peakStorageRequests, maxApiPerSecond, connections } =
    emulator;
  const bare = [...objects.values()].map(({ body: _body, ...object }) => object);
  return {
    requests: requests.map(({ headers: _headers, ...request }) => request),
    media: media.map(({ certificate: _certificate, objects: own, ...medium }) => ({
      ...medium,
      objects: own.map((object) => object.key),
    })),
    tasks: emulator.tasks,
    objects: bare,
    openMultiparts: openMultiparts.map(({ uploadId, key, parts }) => ({ uploadId, key, parts: parts.size })),
    peakStorageRequests,
    maxApiPerSecond,
    connections,
    requestCounts: { vod: emulator.requestCounts('vod'), cos: emulator.requestCounts('cos') },
    proxy: emulator.proxy,
  };
}

function obey(line: string): unknown {
  const [command = '', ...rest] = line.trim().split(' ');
  switch (command) {
    case 'report':
      return report();
    case 'reset':
      emulator.reset();
      arm();
      return { ok: true };
    case 'fault':
      emulator.fault(JSON.parse(rest.join(' ')) as FaultCommand);
      return { ok: true };
    default: {
      const run = commands.get(command);
      if (run === undefined) return { error: `unknown command ${command}` };
      run(rest.join(' '));
      return { ok: true };
    }
  }
}

async function stop(): Promise<void> {
  await emulator.close();
  process.exit(0);
}

arm();
process.once('SIGTERM', () => void stop());
process.once('SIGINT', () => void stop());
// Of a pipe Node makes a socket on every system; fs.Stats know no pipes on Windows.
if (process.stdin instanceof Socket && !process.stdin.isTTY) {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    try {
      print(obey(line));
    } catch (error) {
      print({ error: String(error) });
    }
  });
  lines.once('close', () => void stop());
}
const { caFile, settings } = emulator;
print({
  proxyUrl: emulator.proxyUrl,
  vodUrl: emulator.vodUrl,
  stsUrl: emulator.stsUrl,
  cosUrl: emulator.cosUrl,
  oidcUrl: emulator.oidcUrl,
  vodTlsUrl: emulator.vodTlsUrl,
  stsTlsUrl: emulator.stsTlsUrl,
  cosTlsUrl: emulator.cosTlsUrl,
  oidcRequestUrl: emulator.oidcRequestUrl,
  oidcRequestToken: emulator.oidcRequestToken,
  caFile,
  secretId: settings.secretId,
  secretKey: settings.secretKey,
  appId: settings.appId,
  subAppIds: settings.subAppIds,
  oidc: settings.oidc,
});
