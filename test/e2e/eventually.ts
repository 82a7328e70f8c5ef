import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds between two looks. */
const INTERVAL = 10;
/** Milliseconds after which what was waited for is taken to never come. */
const LONGEST_WAIT = 30_000;

/** Waits until something that is bound to happen has happened; fails when it does not. */
export async function eventually(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + LONGEST_WAIT;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`in vain waited for: ${what}`);
    await delay(INTERVAL);
  }
}
