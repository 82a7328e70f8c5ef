import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import {
  appendFileSync,
  mkdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { type DigestOptions, Digests } from '../../src/digest/digests.js';
import { CodedError } from '../../src/errors.js';
import type { ExpectedFile } from '../../src/expected-file.js';
import { noPipes } from '../corpus/file-system.js';
import { atEnd, workspaceWith } from './workspace.js';

const MIB = 1024 * 1024;
/** More than is digested before anything else can happen. */
const LARGE = 256 * MIB;
const never = new AbortController().signal;

/** The file as it is now. */
function expected(folder: string, name: string): ExpectedFile {
  const file = join(folder, name);
  const { size, mtimeMs } = statSync(file);
  return { file, path: `videos/${name}`, size, mtimeMs };
}

/** A file with content of its own. */
function written(folder: string, name: string, size = 1000): ExpectedFile {
  writeFileSync(join(folder, name), randomBytes(size));
  return expected(folder, name);
}

/** A file of zeros that takes no room on most file systems. */
function sparse(folder: string, name: string, size: number): ExpectedFile {
  writeFileSync(join(folder, name), '');
  truncateSync(join(folder, name), size);
  return expected(folder, name);
}

function digestsFor(test: TestContext, options: DigestOptions = {}): Digests {
  const fallbacks: string[] = [];
  const digests = new Digests({ onFallback: (reason) => fallbacks.push(reason), ...options });
  atEnd(test, () => assert.deepEqual(fallbacks, []));
  atEnd(test, () => digests.close());
  return digests;
}

/** A script for threads that does something else with the messages that they get. */
function scriptOf(onMessage: string): URL {
  const text = `
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', (message) => { ${onMessage} });
  `;
  return new URL(`data:text/javascript,${encodeURIComponent(text)}`);
}

/** Timers that fire when the test says. The mock timers of node:test are experimental in Node 20. */
function mockTimers(test: TestContext): { due: Set<{ delay: number; fire: () => void }> } {
  const due = new Set<{ delay: number; fire: () => void }>();
  test.mock.method(globalThis, 'setTimeout', (fire: () => void, delay: number) => {
    const timer = { delay, fire, unref: () => due.add(timer) };
    return timer;
  });
  test.mock.method(globalThis, 'clearTimeout', (timer: never) => due.delete(timer));
  return { due };
}

/** Counts the threads that are started during a test, and waits for their ends. */
function watchThreads(test: TestContext): { started: number; allEnded: () => Promise<unknown> } {
  const exits: Promise<unknown>[] = [];
  const started = channel('worker_threads');
  const onStart = (message: unknown): void => {
    exits.push(once((message as { worker: Worker }).worker, 'exit'));
  };
  started.subscribe(onStart);
  atEnd(test, () => started.unsubscribe(onStart));
  return {
    get started() {
      return exits.length;
    },
    allEnded: () => Promise.all(exits),
  };
}

async function failureOf(outcome: Promise<unknown>): Promise<CodedError> {
  const error = await outcome.then(
    () => assert.fail('it went well'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof CodedError, String(error));
  return error;
}

describe('the digests of files', () => {
  it('are their SHA-256, in the order of the files', async (t) => {
    const folder = workspaceWith(t, {});
    const contents = [1, 7, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 3 * MIB + 17].map((size) =>
      randomBytes(size),
    );
    const files = contents.map((bytes, at) => {
      writeFileSync(join(folder, `${at}.ts`), bytes);
      return expected(folder, `${at}.ts`);
    });
    assert.deepEqual(
      await digestsFor(t).of(files, never),
      contents.map((bytes) => createHash('sha256').update(bytes).digest('hex')),
    );
  });

  it('of no files are none, and start no thread', async (t) => {
    const threads = watchThreads(t);
    assert.deepEqual(await digestsFor(t).of([], never), []);
    assert.equal(threads.started, 0);
  });

  it('are computed once, whoever asks for them, and when', async (t) => {
    const folder = workspaceWith(t, {});
    const digests = digestsFor(t);
    const [own, shared] = [written(folder, 'a.ts'), written(folder, 'cover.jpg')];
    const asked = [digests.of([own, shared], never), digests.of([shared, shared], never)];
    const [[, first] = [], [second, third] = []] = await Promise.all(asked);
    assert.deepEqual([second, third], [first, first]);
    rmSync(shared.file);
    assert.deepEqual(await digests.of([shared], never), [first]);
  });

  it('are those of the plan in which a file is, where it changed between two', async (t) => {
    const folder = workspaceWith(t, {});
    const digests = digestsFor(t);
    const now = written(folder, 'a.mp4');
    const before = { ...now, mtimeMs: now.mtimeMs - 1000 };
    const [good, bad] = await Promise.allSettled([digests.of([now], never), digests.of([before], never)]);
    assert.equal(good.status, 'fulfilled');
    assert.equal(bad.status, 'rejected');
    assert.equal(bad.reason.code, 'FileChanged');
  });

  const places: [where: string, options: DigestOptions][] = [
    ['a thread', {}],
    [
      'the main thread',
      { script: new URL('./no-such-worker.js', import.meta.url), onFallback: () => undefined },
    ],
  ];
  for (const [where, options] of places) {
    it(`that are needed first come first in ${where}`, async (t) => {
      const folder = workspaceWith(t, {});
      const digests = digestsFor(t, { threads: 1, ...options });
      await digests.of([written(folder, 'before')], never);
      const ended: string[] = [];
      const ask = (name: string, size: number, priority?: number): Promise<unknown> =>
        digests.of([written(folder, name, size)], never, priority).then(() => ended.push(name));
      await Promise.all([
        ask('under way', 8 * MIB),
        ask('first come', 1),
        ask('second come', 1, 0),
        ask('last needed', 1, -1),
        ask('first needed', 1, 2),
        ask('second needed', 1, 1),
      ]);
      const needed = ['first needed', 'second needed', 'first come', 'second come', 'last needed'];
      assert.deepEqual(ended, ['under way', ...needed]);
    });
  }
});

describe('a file that is not the one of the plan', () => {
  const changes: [what: string, change: (file: string) => void, code: string, message: RegExp][] = [
    ['grew', (file) => appendFileSync(file, '!'), 'FileChanged', /it had 1000 bytes and has 1001 now/],
    ['was cut', (file) => truncateSync(file, 3), 'FileChanged', /it had 1000 bytes and has 3 now/],
    ['was written again', (file) => utimesSync(file, 1, 1), 'FileChanged', /it was written again/],
    ['is gone', (file) => rmSync(file), 'FileVanished', /gone now/],
    [
      'is below what is no folder any more',
      (file) => {
        rmSync(join(file, '..'), { recursive: true });
        writeFileSync(join(file, '..'), '');
      },
      process.platform === 'win32' ? 'FileVanished' : 'FileUnreadable',
      /gone now|can't be read: ENOTDIR/,
    ],
  ];
  for (const [what, change, code, message] of changes) {
    it(`since it ${what} has no digest`, async (t) => {
      const folder = join(workspaceWith(t, {}), 'videos');
      mkdirSync(folder);
      const file = written(folder, 'a.mp4');
      change(file.file);
      const error = await failureOf(digestsFor(t).of([file], never));
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.match(error.message, /^videos\/a\.mp4 /);
    });
  }

  it('since it is a named pipe now does not keep anybody waiting', { skip: noPipes }, async (t) => {
    const folder = workspaceWith(t, { pipe: { fifo: true } });
    const error = await failureOf(digestsFor(t).of([{ ...expected(folder, 'pipe') }], never));
    assert.equal(error.code, 'FileChanged');
  });

  it('ends the wait for the other files of its medium', async (t) => {
    const folder = workspaceWith(t, {});
    const digests = digestsFor(t, { threads: 1 });
    const [gone, large, small] = [
      written(folder, 'gone.ts'),
      sparse(folder, 'large.ts', LARGE),
      written(folder, 'small.ts'),
    ];
    rmSync(gone.file);
    assert.equal((await failureOf(digests.of([gone, large], never))).code, 'FileVanished');
    await digests.of([small], never);
    // Had the large file been digested before the small one, its digest would be known.
    utimesSync(large.file, 1, 1);
    assert.equal((await failureOf(digests.of([large], never))).code, 'FileChanged');
  });
});

describe('a caller that no longer needs digests', () => {
  it('is told at once, and others are not', async (t) => {
    const folder = workspaceWith(t, {});
    const digests = digestsFor(t, { threads: 1 });
    const shared = written(folder, 'shared.ts', 8 * MIB);
    const stop = new AbortController();
    const stopped = digests.of([shared, sparse(folder, 'large.ts', LARGE)], stop.signal);
    const other = digests.of([shared, written(folder, 'small.ts')], never);
    const reason = new Error('enough');
    stop.abort(reason);
    await assert.rejects(stopped, reason);
    await assert.rejects(digests.of([shared], stop.signal), reason);
    assert.equal((await other).length, 2);
  });

  it('leaves no thread behind', async (t) => {
    const folder = workspaceWith(t, {});
    const threads = watchThreads(t);
    const digests = digestsFor(t, { threads: 2 });
    const stop = new AbortController();
    const large = [1, 2, 3].map((at) => sparse(folder, `${at}.ts`, LARGE));
    const asked = [digests.of(large, stop.signal), digests.of(large.slice(1), stop.signal)];
    stop.abort();
    for (const outcome of asked) await assert.rejects(outcome, { name: 'AbortError' });
    await threads.allEnded();
    assert.equal(threads.started, 2);

    const small = written(folder, 'small.ts');
    assert.equal((await digests.of([small], never)).length, 1);
  });

  it('lets the thread go on with something else', async (t) => {
    const folder = workspaceWith(t, {});
    const script = scriptOf(`
      if ('stop' in message) parentPort.postMessage({ id: message.stop, stopped: true });
      else if (!message.file.path.includes('stuck')) parentPort.postMessage({ id: message.id, digest: 'a digest' });
    `);
    const digests = digestsFor(t, { threads: 1, script });
    const stop = new AbortController();
    const stuck = digests.of([written(folder, 'stuck.ts', 8 * MIB)], stop.signal);
    const other = digests.of([written(folder, 'other.ts')], never);
    stop.abort();
    await assert.rejects(stuck, { name: 'AbortError' });
    assert.deepEqual(await other, ['a digest']);
  });

  it('closes them, and gets none any more', async (t) => {
    const folder = workspaceWith(t, {});
    const threads = watchThreads(t);
    const digests = digestsFor(t, { threads: 2 });
    const large = [1, 2, 3, 4].map((at) => sparse(folder, `${at}.ts`, LARGE));
    const asked = large.map((file) => digests.of([file], never));
    digests.close();
    for (const outcome of asked) await assert.rejects(outcome, { name: 'AbortError' });
    await threads.allEnded();
    await assert.rejects(digests.of(large, never), { name: 'AbortError' });
    assert.equal(threads.started, 2);
  });
});

describe('the threads of digests', () => {
  it('are as few as there is work for, and no more than allowed', async (t) => {
    const folder = workspaceWith(t, {});
    const threads = watchThreads(t);
    const small = [1, 2, 3].map((at) => written(folder, `${at}.ts`));
    await digestsFor(t, { threads: 4 }).of(small, never);
    assert.equal(threads.started, 1);
    const large = [1, 2, 3, 4, 5].map((at) => sparse(folder, `${at}.mp4`, 8 * MIB));
    await digestsFor(t, { threads: 2 }).of(large, never);
    assert.equal(threads.started, 3);
    const many = Array.from({ length: 20 }, (_, at) => sparse(folder, `${at}.mov`, 8 * MIB));
    await digestsFor(t).of(many, never);
    assert.equal(threads.started, 3 + Math.min(availableParallelism(), 8));
  });

  it('end when they have had nothing to do for a second, and start again', async (t) => {
    const folder = workspaceWith(t, {});
    const threads = watchThreads(t);
    const digests = digestsFor(t, { threads: 1 });
    const { due } = mockTimers(t);
    await digests.of([written(folder, 'a.ts')], never);
    assert.deepEqual(
      Array.from(due, ({ delay }) => delay),
      [1000],
    );

    const busy = digests.of([written(folder, 'b.ts')], never);
    assert.equal(due.size, 0);
    await busy;
    assert.equal(threads.started, 1);

    const [timer] = due;
    timer?.fire();
    await threads.allEnded();
    await digests.of([written(folder, 'c.ts')], never);
    assert.equal(threads.started, 2);
  });

  it('keep the process alive as long as somebody waits, and no longer', (t) => {
    const folder = workspaceWith(t, {});
    const file = written(folder, 'a.ts', 8 * MIB);
    const script = `
      import { Digests } from ${JSON.stringify(new URL('../../src/digest/digests.js', import.meta.url).href)};
      const digests = new Digests();
      const [digest] = await digests.of([${JSON.stringify(file)}], new AbortController().signal);
      process.stdout.write(digest + process.getActiveResourcesInfo().filter((type) => type === 'MessagePort'));
    `;
    const options = ['--input-type=module', '--eval', script];
    const { status, stdout, stderr } = spawnSync(process.execPath, options, {
      encoding: 'utf8',
      timeout: 60_000,
    });
    assert.deepEqual([status, stdout.length, stderr], [0, 64, '']);
  });

  it('get no environment, and no options of Node', async (t) => {
    const script = scriptOf(`
      parentPort.postMessage({ id: message.id, digest: JSON.stringify([process.env, process.execArgv]) });
    `);
    const file = written(workspaceWith(t, {}), 'a.ts');
    assert.deepEqual(await digestsFor(t, { script }).of([file], never), ['[{},[]]']);
  });
});

describe('where threads', () => {
  const failures: [what: string, script: URL, reason: RegExp][] = [
    ['may not be started', new URL('http://localhost/worker.js'), /ERR_WORKER|protocol|scheme/],
    ['have no script', new URL('./no-such-worker.js', import.meta.url), /no-such-worker/],
    ['fail on the way', scriptOf('throw new Error("out of order")'), /out of order/],
    ['end on the way', scriptOf('process.exit(3)'), /ended with 3/],
  ];
  for (const [what, script, reason] of failures) {
    it(`${what}, the main thread does their work`, async (t) => {
      const folder = workspaceWith(t, {});
      const reasons: string[] = [];
      const digests = digestsFor(t, { script, threads: 2, onFallback: (one) => reasons.push(one) });
      const files = [8 * MIB, 8 * MIB, 1, 2, 3].map((size, at) => written(folder, `${at}.ts`, size));
      const asked = [digests.of(files, never), digests.of(files.slice(3), never)];
      const gone = written(folder, 'gone.ts');
      rmSync(gone.file);
      assert.equal((await failureOf(digests.of([gone], never))).code, 'FileVanished');
      const [all] = await Promise.all(asked);
      assert.deepEqual(all, await digestsFor(t).of(files, never));
      assert.equal(reasons.length, 1);
      assert.match(reasons[0] ?? '', reason);
      assert.equal((await digests.of([written(folder, 'late.ts')], never)).length, 1);
      assert.equal(reasons.length, 1);
    });
  }
});
