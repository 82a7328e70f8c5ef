import { join, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';

const root = join(import.meta.dirname, '..', '..');
/** The closing lines of a run. */
const COUNTS = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ([\d.]+)$/;
/** How a file without tests counts; the runner of Node counts it as a test that passed. */
const EMPTY = { pass: 0, fail: 1 };

/** The path of a file relative to the checkout, with `/`. */
function pathOf(file) {
  return relative(root, resolve(file)).split(sep).join('/');
}

/** What the test runner of Node reported about one file. */
export class FileReport {
  /** The path of the source. */
  path;
  /** By the names of the runner's closing lines. */
  counts = {};
  /** `{ title, place, text }` of each failed test, and of the file itself where it failed as a whole. */
  failures = [];
  /** `{ title, reason }` of each skipped test. */
  skipped = [];
  #file;
  #isEmpty = false;
  #output = '';
  /** Names of the test that is being reported and of those that it is part of. */
  #names = [];

  constructor(file) {
    this.#file = file;
    this.path = pathOf(file).replace(/^lib\/(.*)\.js$/, '$1.ts');
  }

  /** What the file and its tests printed, without what a runner shows with step debug logging only. */
  get output() {
    // @actions/glob prints debug commands whatever the settings are, and leaves it to the runner to hide them.
    return this.#output.replaceAll(/^::debug::.*(\r?\n|$)/gm, '');
  }

  /** Takes in an event of the test runner. */
  add({ type, data }) {
    if (type === 'test:start') this.#names.splice(data.nesting, Infinity, data.name);
    else if (type === 'test:pass') this.#pass(data);
    else if (type === 'test:fail') this.#fail(data);
    else if (type === 'test:stdout' || type === 'test:stderr') this.#output += data.message;
    else if (type === 'test:diagnostic') this.#diagnostic(data);
  }

  #titleOf({ nesting, name }) {
    return [...this.#names.slice(0, nesting), name].join(' › ');
  }

  /** A file is reported as a test where it has no tests, and where its process failed. */
  #isFile({ nesting, name }) {
    return nesting === 0 && name === this.#file;
  }

  #pass(data) {
    if (this.#isFile(data)) {
      this.#isEmpty = true;
      this.failures.push({ title: '', place: '', text: 'There are no tests in this file.' });
    } else if (data.skip !== undefined) {
      this.skipped.push({ title: this.#titleOf(data), reason: data.skip });
    }
  }

  #fail(data) {
    const { error } = data.details;
    if (data.todo !== undefined || error.failureType === 'subtestsFailed') return;
    if (this.#isFile(data)) {
      const text = error.signal
        ? `Its process was ended by ${error.signal}.`
        : `Its process exited with ${error.exitCode}.`;
      this.failures.push({ title: '', place: '', text });
      return;
    }
    const place = `${pathOf(data.file)}:${data.line}:${data.column}`;
    this.failures.push({ title: this.#titleOf(data), place, text: textOf(error.cause ?? error) });
  }

  #diagnostic({ message, file }) {
    const [, name, count] = (file === undefined && COUNTS.exec(message)) || [];
    if (name === undefined) this.#output += `${message}\n`;
    else this.counts[name] = (this.#isEmpty ? EMPTY[name] : undefined) ?? Number(count);
  }
}

/** An error with its stack and causes, without the frames of Node itself. */
function textOf(error) {
  // A message that the assertion generated shows the values already.
  const text =
    typeof error === 'string' ? error : error?.generatedMessage ? error.stack : inspect(error, { depth: 6 });
  return text
    .replaceAll(/\n +at [^\n]*\bnode:(?:internal\/|async_hooks:)[^\n]*?( \{)?(?=\n|$)/g, '$1')
    .replaceAll(`${pathToFileURL(root).href}/`, '');
}
