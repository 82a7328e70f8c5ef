// The thread of the watchdog: ends the process when no test has started or ended for too long.
import { writeSync } from 'node:fs';
import { workerData as limit, parentPort } from 'node:worker_threads';

let running = [];
let timer;

function rewind() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    const where =
      running.length === 0
        ? 'none is running; look at what the file does outside of its tests'
        : `still running: ${running.map((name) => `"${name}"`).join(', ')}`;
    // Neither the process's stderr nor its exit can be used: its event loop may be blocked.
    writeSync(2, `No test has started or ended for ${limit / 1000} s; ${where}.\n`);
    process.kill(process.pid, 'SIGKILL');
  }, limit);
}

parentPort.on('message', (names) => {
  running = names;
  rewind();
});
rewind();
