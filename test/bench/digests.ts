/**
 * Measures how fast files are digested, against node:crypto on bytes in memory in one thread:
 *
 *     node lib/test/bench/digests.js
 *
 * The first column is per second of processor time of the whole process, which other load on the machine hardly
 * changes. The files are in the system's cache.
 */
import { createHash, randomFillSync } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Digests } from '../../src/digest/digests.js';
import type { ExpectedFile } from '../../src/expected-file.js';

const TOTAL = 1024 ** 3;
/** Files by their size in bytes, and threads. */
const CASES: [what: string, size: number, threads: number][] = [
  ['1 file of 1 GiB', TOTAL, 1],
  ['16 files of 64 MiB', TOTAL / 16, availableParallelism()],
  ['2,048 files of 512 KiB', TOTAL / 2048, 1],
  ['2,048 files of 512 KiB', TOTAL / 2048, availableParallelism()],
  ['65,536 files of 16 KiB', TOTAL / 65_536, availableParallelism()],
];

/** Bytes per second of processor time and of the clock on the wall, in GB. */
async function rateOf(work: () => Promise<void>): Promise<{ perCpu: number; perSecond: number }> {
  const before = process.cpuUsage();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { perCpu: TOTAL / 1e3 / (user + system), perSecond: TOTAL / 1e9 / seconds };
}

function writeFiles(folder: string, size: number): ExpectedFile[] {
  const bytes = randomFillSync(Buffer.alloc(Math.min(size, 1024 * 1024)));
  return Array.from({ length: TOTAL / size }, (_, index) => {
    const file = join(folder, `${index}.bin`);
    const handle = openSync(file, 'w');
    for (let at = 0; at < size; at += bytes.length) writeSync(handle, bytes);
    closeSync(handle);
    return { file, path: file, size, mtimeMs: statSync(file).mtimeMs };
  });
}

async function hashInMemory(): Promise<void> {
  const bytes = randomFillSync(Buffer.alloc(256 * 1024));
  const hash = createHash('sha256');
  for (let at = 0; at < TOTAL; at += bytes.length) hash.update(bytes);
  hash.digest();
}

async function digest(files: readonly ExpectedFile[], threads: number): Promise<void> {
  const digests = new Digests({
    threads,
    onFallback: (reason) => {
      throw new Error(reason);
    },
  });
  await digests.of(files, new AbortController().signal);
  digests.close();
}

const print = (what: string, ...columns: string[]): boolean =>
  process.stdout.write(`${what.padEnd(36)}${columns.map((column) => column.padStart(16)).join('')}\n`);

await hashInMemory();
const plain = await rateOf(hashInMemory);
print('', 'GB/CPU second', 'GB/second', 'of node:crypto');
print('node:crypto', plain.perCpu.toFixed(2), plain.perSecond.toFixed(2), '1.00');
for (const [what, size, threads] of CASES) {
  const folder = mkdtempSync(join(tmpdir(), 'digests-'));
  try {
    const files = writeFiles(folder, size);
    const { perCpu, perSecond } = await rateOf(() => digest(files, threads));
    const share = perCpu / plain.perCpu;
    const name = `${what}, ${threads} thread${threads === 1 ? '' : 's'}`;
    print(name, perCpu.toFixed(2), perSecond.toFixed(2), share.toFixed(2));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
