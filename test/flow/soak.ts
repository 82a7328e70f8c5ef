import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { startEmulator } from '../emulator/emulator.js';
import { randomFaults } from '../emulator/random-faults.js';
import { library } from './fixture.js';
import { runInProcess } from './in-process.js';
import { assertSound } from './soundness.js';

/*
 * Publishes thousands of objects while a share of all requests goes wrong, and ends with 1 unless every one of
 * them has arrived byte by byte, once.
 *
 *   node lib/test/flow/soak.js [--objects 5000] [--faults 0.05] [--seed 1]
 */

const { values } = parseArgs({
  options: {
    objects: { type: 'string', default: '5000' },
    faults: { type: 'string', default: '0.05' },
    seed: { type: 'string', default: String(randomInt(1e9)) },
  },
});
const seed = Number(values.seed);

const fixture = library(Number(values.objects));
const emulator = await startEmulator({ keepBodies: true, digests: false });
emulator.fault(randomFaults({ seed, rate: Number(values.faults) }));
try {
  const run = await runInProcess({ workspace: fixture.workspace, emulator, inputs: fixture.inputs });
  const { media, statistics, startedAt, endedAt } = run.report;
  const struck = new Map<string, number>();
  for (const { fault } of emulator.requests)
    if (fault !== '') struck.set(fault, (struck.get(fault) ?? 0) + 1);
  const lost = media.filter(({ result }) => result.status !== 'uploaded');
  const lines = [
    `seed ${seed}: ${((endedAt - startedAt) / 1000).toFixed(1)} s`,
    `${media.length} media with ${emulator.objects.size} objects, ${lost.length} media lost`,
    `${emulator.requests.length} requests, ${statistics.retries} repeats, ${statistics.bytesSent} bytes sent`,
    ...[...struck].sort().map(([fault, count]) => `  ${fault}: ${count}`),
    ...lost.map(
      ({ result: { path, error } }) => `${path}: ${error?.stage} ${error?.code}: ${error?.message}`,
    ),
  ];
  console.log(lines.join('\n'));
  assertSound(run, fixture, emulator);
  assert.equal(lost.length, 0, 'every medium is published');
} finally {
  fixture.remove();
  await emulator.close();
}
