// Ends a test file that hangs, and says why. It is loaded before each test file, into its process. --test-timeout
// is not enough: it can't end a test that blocks the event loop, nor a process that something keeps alive.
import { writeSync } from 'node:fs';
import { after, afterEach, beforeEach } from 'node:test';
import { isMainThread, Worker } from 'node:worker_threads';

/** Milliseconds in which a test has to start or end: more than a single test may take. */
const STALL_MS = Number(process.env.TEST_STALL_MS ?? 150_000);
/** Milliseconds in which a process has to end after its last test. */
const LINGER_MS = Number(process.env.TEST_LINGER_MS ?? 10_000);

/** Types of what keeps this process alive, without the two pipes that lead to the runner. */
function openResources() {
  let pipes = 0;
  return process.getActiveResourcesInfo().filter((type) => type !== 'PipeWrap' || ++pipes > 2);
}

function watch() {
  // A thread of its own also notices a test that blocks the event loop.
  const thread = new Worker(new URL('./stall-watch.mjs', import.meta.url), {
    workerData: STALL_MS,
    execArgv: [],
  });
  thread.unref();

  const running = new Set();
  const report = () => thread.postMessage([...running].map(({ name }) => name));
  beforeEach((test) => {
    running.add(test);
    report();
    clearTimeout(linger);
  });
  afterEach((test) => {
    running.delete(test);
    report();
    // A file that awaits something between its tests seems to end early.
    if (isOver) endSoon();
  });

  let isOver = false;
  let linger;
  const endSoon = () => {
    clearTimeout(linger);
    linger = setTimeout(() => {
      writeSync(
        2,
        `The tests ended ${LINGER_MS / 1000} s ago, but something keeps the process alive: ${openResources().join(', ')}.\n`,
      );
      process.exit(1);
    }, LINGER_MS);
    linger.unref();
  };
  after(() => {
    isOver = true;
    endSoon();
  });

  // Once there are hooks, the runner reports an error outside of tests without its stack.
  process.on('uncaughtExceptionMonitor', (error) => {
    process.stderr.write(`${error?.stack ?? error}\n`);
  });
}

if (isMainThread && process.env.NODE_TEST_CONTEXT !== undefined) watch();
