import { readFileSync, writeFileSync } from 'node:fs';

/*
 * Loaded into a measured process with --import: when it ends, it writes what it cost. The peak of its
 * memory is VmHWM, since maxRSS of a child counts the memory of the process that started it.
 */

/** What a process cost. */
export interface Cost {
  /** Seconds of CPU, user and system. */
  cpuSeconds: number;
  /** Bytes. */
  peakMemory: number;
}

function peakMemory(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024;
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

const file = process.env.BENCH_COST_FILE;
if (file !== undefined) {
  process.on('exit', () => {
    const { user, system } = process.cpuUsage();
    const cost: Cost = { cpuSeconds: (user + system) / 1e6, peakMemory: peakMemory() };
    writeFileSync(file, JSON.stringify(cost));
  });
}
