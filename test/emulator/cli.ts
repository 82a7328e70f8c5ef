import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { ApiLoads, ApiRates } from './api-limits.js';
import { Commands } from './commands.js';
import { startEmulator } from './emulator.js';
import type { EmulatorOptions } from './options.js';
import { randomFaults } from './random-faults.js';

/*
 * Runs the emulator as a process of its own, for demos, benchmarks and workflows.
 *
 *   node lib/test/emulator/cli.js [--storage-latency-ms 50] [--api-latency-ms 50] [--no-digests] [--keep-bodies]
 *     [--accelerate] [--certificate-seconds 7200] [--random-faults 0.1] [--seed 1] [--vod <JSON>]
 *     [--api-rate 100] [--api-rates '{"CommitUpload": 10}'] [--api-loads '{"ApplyUpload": 80}']
 *
 * --vod takes the options of `vod-options.ts`. It prints one line of JSON with its addresses, its CA file and its key,
 * and runs until SIGTERM or SIGINT. When stdin is a pipe it also ends with it, and takes commands there, one per line,
 * each answered by a line of JSON, in order. Times and shares are those of the types that are named:
 *   report                 what it holds and has seen, without bodies
 *   traffic                requests by action with their pace and outcomes, connections, faults, outages, names
 *   reset                  forget everything
 *   fault <JSON>           FaultRule without match: {"service": "cos", "forMs": 3000, "effect": {"kind": "stall"}}
 *   outage <JSON>          OutageRule: {"target": ["cos", "proxy"], "kind": "refused", "after": 20, "forMs": 5000}
 *   random-faults <JSON>   RandomFaultOptions: {"seed": 1, "rate": 0.01, "lastMs": [500, 5000]}
 *   random-outages <JSON>  RandomOutageOptions: {"seed": 1, "withinMs": 60000, "gapMs": [5000, 20000], "lastMs": [500, 5000]}
 *   disarm <JSON>          {"fault": 1} or {"outage": 2}, by the id in the answer
 *   clear                  end all faults and outages
 *   rates <JSON>           {"CommitUpload": 10, "*": 50}
 *   loads <JSON>           {"ApplyUpload": {"perSecond": 80, "forMs": 5000}}
 *   names <JSON>           {"vod.test": ["127.0.0.1", "127.0.0.2"]}
 *   dead-address <JSON>    {"url": "<vodTlsUrl>", "kind": "silent"}; answers with the address
 * and those of `account-commands.ts`.
 */

const { values } = parseArgs({
  options: {
    'storage-latency-ms': { type: 'string', default: '0' },
    'api-latency-ms': { type: 'string', default: '0' },
    'certificate-seconds': { type: 'string', default: '7200' },
    'random-faults': { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    'api-rate': { type: 'string', default: '100' },
    'api-rates': { type: 'string', default: '{}' },
    'api-loads': { type: 'string', default: '{}' },
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
  apiRatePerSecond: Number(values['api-rate']),
  apiRates: JSON.parse(values['api-rates']) as ApiRates,
  apiLoads: JSON.parse(values['api-loads']) as ApiLoads,
};
const rate = Number(values['random-faults']);
const emulator = await startEmulator(options);

function arm(): void {
  if (rate > 0) emulator.fault(randomFaults({ seed: Number(values.seed), rate }));
}

function print(content: unknown): void {
  process.stdout.write(`${JSON.stringify(content)}\n`);
}

async function stop(): Promise<void> {
  await emulator.close();
  process.exit(0);
}

const commands = new Commands(emulator, arm);
process.once('SIGTERM', () => void stop());
process.once('SIGINT', () => void stop());
// Of a pipe Node makes a socket on every system; fs.Stats know no pipes on Windows.
if (process.stdin instanceof Socket && !process.stdin.isTTY) {
  const lines = createInterface({ input: process.stdin });
  let answered = Promise.resolve();
  lines.on('line', (line) => {
    answered = answered
      .then(() => commands.obey(line))
      .catch((error: unknown) => ({ error: String(error) }))
      .then(print);
  });
  lines.once('close', () => void answered.then(stop));
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
  namesUrl: emulator.namesUrl,
  caFile,
  secretId: settings.secretId,
  secretKey: settings.secretKey,
  appId: settings.appId,
  subAppIds: settings.subAppIds,
  oidc: settings.oidc,
});
