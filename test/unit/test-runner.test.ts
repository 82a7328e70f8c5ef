import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { workspaceWith } from './workspace.js';

const scripts = new URL('../../../scripts/test/', import.meta.url);

/** Runs test files by the project's runner; each text is the body of a module that has `test` and `assert`. */
function runTests(t: TestContext, bodies: Readonly<Record<string, string>>) {
  const imports = "import assert from 'node:assert/strict';\nimport { test } from 'node:test';\n";
  const texts = Object.entries(bodies).map(([name, body]) => [name, imports + body]);
  const folder = workspaceWith(t, Object.fromEntries(texts));
  const watchdog = new URL('watchdog.mjs', scripts);
  const runner = new URL('run.mjs', scripts);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--import',
      watchdog.href,
      fileURLToPath(runner),
      ...Object.keys(bodies).map((name) => join(folder, name)),
    ],
    {
      encoding: 'utf8',
      timeout: 60_000,
      // The runner of Node runs no files inside of a test.
      env: { ...process.env, NODE_TEST_CONTEXT: undefined, TEST_STALL_MS: '2000', TEST_LINGER_MS: '500' },
    },
  );
  assert.equal(stderr, '');
  return { status, lines: stdout.split('\n'), text: stdout };
}

describe('the test runner', () => {
  it('gives a file that passes one line, and what it prints but for debug commands', (t) => {
    const { status, lines } = runTests(t, {
      'a.test.mjs': "test('one', () => console.log('::debug::Search path'));\ntest('two', () => {});",
      'b.test.mjs':
        "test('three', () => console.log('said'));\ntest('four', { skip: 'no such system' }, () => {});",
    });
    assert.equal(status, 0);
    const closing = lines.indexOf('# tests 4');
    assert.deepEqual(lines.slice(closing, closing + 7), [
      '# tests 4',
      '# suites 0',
      '# pass 3',
      '# fail 0',
      '# cancelled 0',
      '# skipped 1',
      '# todo 0',
    ]);
    const before = lines
      .slice(0, closing)
      .map((line) => line.replace(/\S*\/(?=\w\.test)/, '').replace(/ +/g, ' '));
    assert.equal(before.filter((line) => /^✔ a\.test\.mjs 2 tests \S+ s$/.test(line)).length, 1);
    assert.equal(before.filter((line) => /^✔ b\.test\.mjs 2 tests \S+ s 1 skipped$/.test(line)).length, 1);
    assert.deepEqual(
      before.filter((line) => !line.startsWith('✔')),
      [' said', '', 'Skipped:', ' b.test.mjs › four: no such system', ''],
    );
  });

  it('shows failures after everything that passed, with all their details, and fails', (t) => {
    const { status, text } = runTests(t, {
      'a.test.mjs': `test('outer', async (t) => {
        await t.test('inner', () => {
          console.log('a hint');
          assert.deepEqual({ part: 1 }, { part: 2 });
        });
      });`,
      'b.test.mjs': "test('fine', () => {});",
    });
    assert.equal(status, 1);
    const order = [
      /^✔ \S*b\.test\.mjs +1 test /m,
      /^✖ \S*a\.test\.mjs › outer › inner$/m,
      /^ {2}\S*a\.test\.mjs:4:17$/m,
      /^ {2}AssertionError \[ERR_ASSERTION\]: Expected values to be strictly deep-equal:$/m,
      /^ {2}\+ +part: 1$/m,
      /^ {2}- +part: 2$/m,
      /^ +at .*a\.test\.mjs:6:18/m,
      /^ {2}Output of \S*a\.test\.mjs:\n {4}a hint$/m,
      /^# tests 3\n(# .*\n)*# fail 2$/m,
    ].map((pattern) => text.search(pattern));
    assert.deepEqual(
      order,
      order.filter((at) => at >= 0).sort((one, other) => one - other),
      text,
    );
    assert.ok(!text.includes('node:internal'), text);
  });

  it('fails where a file can not be loaded, has no tests, or none is named', (t) => {
    const broken = runTests(t, { 'a.test.mjs': "test('fine', () => {});\nthrow new Error('not loaded');" });
    assert.equal(broken.status, 1);
    assert.match(broken.text, /Error: not loaded\n +at .*a\.test\.mjs:4:7/);

    const empty = runTests(t, { 'a.test.mjs': '' });
    assert.equal(empty.status, 1);
    assert.match(empty.text, /There are no tests in this file\.\n/);
    assert.match(empty.text, /^# pass 0\n# fail 1$/m);

    const none = runTests(t, {});
    assert.equal(none.status, 1);
    assert.match(none.text, /^# tests 0$/m);
    assert.match(none.text, /^No test ran\.$/m);
  });

  it('ends files that hang, and says which test hangs or what keeps the process alive', (t) => {
    const { status, text } = runTests(t, {
      'a.test.mjs': "test('waits', () => new Promise(() => setInterval(() => {}, 1000)));",
      'b.test.mjs': "test('ends', () => {});\ntest('spins', () => { for (;;); });",
      'c.test.mjs':
        "import { createServer } from 'node:net';\ntest('leaks', () => createServer().listen(0));",
    });
    assert.equal(status, 1);
    assert.match(text, /Output of \S*a\.test\.mjs:\n +No test has .* for 2 s; still running: "waits"\.\n/);
    assert.match(text, /Output of \S*b\.test\.mjs:\n +No test has .* for 2 s; still running: "spins"\.\n/);
    assert.match(text, /Output of \S*c\.test\.mjs:\n +The tests ended 0\.5 s ago, .*: TCPServerWrap\.\n/);
    assert.match(text, /^# fail 3$/m);
  });
});
