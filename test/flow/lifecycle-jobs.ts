import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '../../src/errors.js';
import type { Ledger } from '../../src/ledger.js';
import { type Job, type RunContext, runAction } from '../../src/lifecycle.js';

/*
 * An action whose job goes wrong in the way that its argument names, after it has published a film:
 *
 *   node lib/test/flow/lifecycle-jobs.js <name>
 */

/** Work that keeps the process alive until the run is stopped. */
async function work(signal: AbortSignal): Promise<void> {
  await delay(600_000, undefined, { signal }).catch(() => undefined);
}

/** Runs when nothing is left to do: the process ends by itself. */
function atRest(then: () => void): void {
  process.once('beforeExit', then);
}

const ENDINGS: Readonly<Record<string, (context: RunContext, ledger: Ledger) => Promise<unknown>>> = {
  succeeds: async ({ mask, signal }) => {
    mask('a secret');
    // As many as there are requests under way.
    for (let request = 0; request < 100; request++) signal.addEventListener('abort', () => undefined);
  },
  'has its clock set back': async ({ now }) => {
    const before = now();
    Date.now = () => 0;
    if (now() < before) throw new Error('Time ran backwards.');
  },
  'leaves something running': async ({ signal, log }) => {
    log.info('Working.');
    void delay(600_000);
    await work(signal);
  },
  'is refused': () => Promise.reject(new UserError('Login refused.')),
  'has a bug': () => Promise.reject(new TypeError('x is not a function')),
  'throws no error': () => Promise.reject('a text'),
  'never settles': () => new Promise(() => undefined),
  'calls process.exit': () => process.exit(),
  'has a bug in a callback': async ({ signal }) => {
    setTimeout(() => {
      throw new TypeError('x is not a function');
    });
    await work(signal);
  },
  'has a bug in a callback while it is reported on': async () => {
    setImmediate(() => {
      throw new TypeError('x is not a function');
    });
  },
  'has a bug in a callback after its end': async () =>
    atRest(() => {
      setTimeout(() => {
        throw new TypeError('x is not a function');
      });
    }),
  'stops when it is told to': async ({ signal, log }) => {
    atRest(() => log.info('Nothing is left to do.'));
    log.info('Working.');
    await work(signal);
    throw new UserError('Stopped midway.');
  },
  'stops at a second signal': async ({ signal, log }) => {
    const second = Promise.race(['SIGTERM', 'SIGBREAK'].map((name) => once(process, name)));
    log.info('Working.');
    await work(signal);
    await second;
  },
  'loses its log': async ({ signal, log }, ledger) => {
    log.info('Working.');
    while (ledger.warnings.length === 0 && !signal.aborted) {
      log.info('Still working.');
      await delay(1);
    }
  },
  'does not stop': async ({ log }) => {
    log.info('Working.');
    await delay(600_000);
  },
};

const job: Job = async (ledger, context) => {
  const path = 'film.mp4';
  ledger.enter({ path, kind: 'file', mediaName: 'film', objects: 0, bytes: 0, seconds: 0 });
  ledger.update(path, { startedAt: context.now(), fileId: '5285890784246869930', objects: 1, bytes: 5 });
  const [, , name = ''] = process.argv;
  await ENDINGS[name]?.(context, ledger);
};

await runAction(job);
