import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refusesName } from '../corpus/file-system.js';
import { Job } from './job.js';

/** Commands of the runner that a line of stdout would be taken for, by name. */
function commands(stdout: string): string[] {
  return stdout.split(/\r\n|\r|\n/).flatMap((line) => {
    const command = /^\s*::([a-z-]+)[ :]/.exec(line)?.[1] ?? /##\[([a-z-]+)/.exec(line)?.[1];
    return command === undefined ? [] : [command];
  });
}

describe('names that nobody has checked', () => {
  const names = [
    'line\n::set-output name=file-id::forged\nbreak.mp4',
    'return\r::add-mask::mp4\rcarriage.mp4',
    '::stop-commands::token.mp4',
    '##[command]forged.mp4',
    'pipe | <script>alert(1)<∕script> `code` [link](x).mp4',
    '%0A::error::forged.mp4',
    '@everyone #1 <details>.mp4',
    '\u202egpm.4pm.mp4',
    '@everyone #1 `code` [link](x) &lt;b&gt; %0D.mp4',
  ].filter((name) => !refusesName(name));
  const empty = ['bad\n::error::forged.mp4', '##[error]bad.mp4'].find((name) => !refusesName(name)) ?? '';

  it('forge no command, and leave the table of the summary whole', async (t) => {
    const job = await Job.begin(t, { keepBodies: true });
    for (const name of names) job.write(name, `content of ${name}`);
    job.write(empty, '');
    const step = await job.run({ inputs: { files: '*.mp4' }, env: { RUNNER_DEBUG: '1' } });
    assert.deepEqual([step.code, step.stderr], [1, '']);
    const allowed = new Set(['add-mask', 'debug', 'group', 'endgroup', 'error']);
    assert.deepEqual(
      commands(step.stdout).filter((command) => !allowed.has(command)),
      [],
    );
    const masks = new Set(step.stdout.match(/^::add-mask::.*$/gm));
    assert.ok(!masks.has('::add-mask::mp4'));
    const errors = step.stdout.split('\n').filter((line) => /^\s*::error/.test(line));
    assert.equal(errors.length, 2, 'that of the empty file and that of the run');
    assert.doesNotMatch(step.stdout, /^\s*::error::forged/m);

    assert.equal(step.outputs['uploaded-count'], String(names.length));
    assert.equal(step.outputs['file-id'], step.results?.find(({ fileId }) => fileId)?.fileId);
    const published = step.results?.filter(({ status }) => status === 'uploaded') ?? [];
    assert.deepEqual(
      published.map(({ path }) => path).toSorted(),
      names.toSorted(),
      'the results have the true names',
    );
    for (const { path, fileId } of published)
      assert.equal(job.object(fileId)?.body?.toString(), `content of ${path}`);

    const rows = step.summary.split('\n').filter((line) => /^\| .*<code>.*\d{19}/.test(line));
    assert.equal(rows.length, names.length, step.summary);
    const [head = ''] = /^\| File .*$/m.exec(step.summary) ?? [];
    const columns = head.split('|').length;
    for (const row of rows) assert.equal(row.split('|').length, columns, row);
    assert.doesNotMatch(step.summary, /<script>|<details>\./);
    assert.doesNotMatch(step.summary, /@everyone|\u202e/);
  });
});
