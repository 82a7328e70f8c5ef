// Runs test files, two at a time, and prints a line for each of them, then the failures, then the totals:
// node --import scripts/test/watchdog.mjs scripts/test/run.mjs <file> ...
import { run } from 'node:test';
import { styleText } from 'node:util';
import { FileReport } from './file-report.mjs';

const SIDE_BY_SIDE = 2;
const TOTALS = ['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo'];

const paint = process.stdout.hasColors?.() ? styleText : (_format, text) => text;
const print = (text = '') => process.stdout.write(`${text}\n`);
const indent = (text, by) => text.trimEnd().replaceAll(/^(?=.)/gm, by);
const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

async function runFile(report, file) {
  // Each file gets a run of its own. One run of all files would hold back the events of a file until those before it
  // have ended, and Node 20 would not say to which file a test belongs that a shared module declares.
  for await (const event of run({ files: [file], concurrency: 1 })) report.add(event);
}

function printFile({ path, counts, failures, skipped, output }, width, since) {
  const mark = failures.length > 0 ? paint('red', '✖') : paint('green', '✔');
  const notes = [
    ...(failures.length > 0 ? [paint('red', `${failures.length} failed`)] : []),
    ...(skipped.length > 0 ? [`${skipped.length} skipped`] : []),
  ];
  const tests = `${counts.tests ?? 0} ${counts.tests === 1 ? 'test ' : 'tests'}`.padStart(10);
  print(`${mark} ${path.padEnd(width)}${tests}${seconds(since).padStart(9)}  ${notes.join(', ')}`.trimEnd());
  // A failed file's output follows with its failures.
  if (failures.length === 0 && output !== '') print(indent(output, '    '));
}

function printFailures({ path, failures, output }) {
  for (const { title, place, text } of failures) {
    print(`\n${paint('red', '✖')} ${[path, title].filter((part) => part !== '').join(' › ')}`);
    if (place !== '') print(`  ${place}`);
    print(indent(text, '  '));
  }
  if (output !== '') print(`\n  Output of ${path}:\n${indent(output, '    ')}`);
}

const files = process.argv.slice(2);
const since = performance.now();
const reports = files.map((file) => new FileReport(file));
const width = Math.max(0, ...reports.map(({ path }) => path.length));

const queue = [...files.entries()];
async function runQueue() {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [index, file] = next;
    const start = performance.now();
    await runFile(reports[index], file);
    printFile(reports[index], width, start);
  }
}
await Promise.all(Array.from({ length: SIDE_BY_SIDE }, runQueue));

const skipped = reports.flatMap((report) => report.skipped.map((test) => ({ ...test, path: report.path })));
if (skipped.length > 0) print('\nSkipped:');
for (const { path, title, reason } of skipped) {
  print(`  ${path} › ${title}${typeof reason === 'string' ? `: ${reason}` : ''}`);
}

const failed = reports.filter(({ failures }) => failures.length > 0);
if (failed.length > 0) print('\nFailed:');
failed.forEach(printFailures);

// The closing lines are those of node --test.
print();
const total = (name) => reports.reduce((sum, { counts }) => sum + (counts[name] ?? 0), 0);
for (const name of TOTALS) print(`# ${name} ${total(name)}`);
print(`# duration_ms ${(performance.now() - since).toFixed(0)}`);
if (total('tests') === 0) print('\nNo test ran.');
process.exitCode =
  failed.length > 0 || total('tests') === 0 || total('fail') + total('cancelled') > 0 ? 1 : 0;
