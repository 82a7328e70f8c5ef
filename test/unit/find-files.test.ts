import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { UserError } from '../../src/errors.js';
import { findFiles } from '../../src/media/discover.js';
import type { IfMissing } from '../../src/media/plan.js';
import { caseCounts } from '../corpus/file-system.js';
import type { Tree } from '../corpus/lay-out.js';
import { workspaceWith } from './workspace.js';

interface Story {
  tree: Tree;
  files: string;
  ifNoFilesFound?: IfMissing;
  written?: string[];
}

async function find(test: TestContext, { tree, files, ifNoFilesFound = 'error', written = [] }: Story) {
  const workspace = workspaceWith(test, tree);
  const found = await findFiles({
    workspace,
    files,
    ifNoFilesFound,
    written: written.map((path) => join(workspace, path)),
  });
  return { ...found, paths: [...found.files].map(({ path }) => path), workspace };
}

/** The message of the error that nothing was found, without the path of the workspace. */
async function refusal(test: TestContext, story: Story): Promise<string> {
  const workspace = workspaceWith(test, story.tree);
  const { files, ifNoFilesFound = 'error' } = story;
  try {
    await findFiles({ workspace, files, ifNoFilesFound, written: [] });
  } catch (error) {
    assert.ok(error instanceof UserError);
    return error.message.replaceAll(workspace, 'WORKSPACE');
  }
  return assert.fail('something was found');
}

describe('patterns that match nothing while others match', () => {
  it('are warned of when they are paths, and noted when they have wildcards', async (t) => {
    const { paths, warnings, notices } = await find(t, {
      tree: { 'a.mp4': 1, 'v/b.mp4': 1 },
      files: '*.mp4\nb.mp4\nv/c.mp4\nout/c.mp4\n*.mov\nout/**\nv/',
    });
    assert.deepEqual(paths, ['a.mp4', 'v/b.mp4']);
    assert.deepEqual(warnings, [
      'files: "b.mp4" matches no file: there is no b.mp4.',
      'files: "v/c.mp4" matches no file: there is no v/c.mp4.',
      'files: "out/c.mp4" matches no file: there is no out.',
    ]);
    assert.deepEqual(notices, [
      'files: "*.mov" matches no file.',
      'files: "out/**" matches no file: there is no out.',
    ]);
  });

  it('are told from those whose files are excluded', async (t) => {
    const { notices } = await find(t, { tree: { 'a.mp4': 1, 'b.mov': 1 }, files: '*.mov\n!b.*\n*.mp4' });
    assert.deepEqual(notices, [
      'files: "*.mov" matches no file: exclusions below it take all that it matches, such as b.mov.',
    ]);
  });
});

describe('patterns that all match nothing', () => {
  it('are quoted one by one, each with what looks wrong', async (t) => {
    const message = await refusal(t, {
      tree: { 'videos/a.mp4': 1, '.x/b.mp4': 1 },
      files: '*.{mp4,mov}\na.mp4, b.mp4\n# films\nfilms/*.mp4\n!drafts\n*/b.mp4\n*.avi',
    });
    assert.deepEqual(message.split('\n'), [
      'No files found in WORKSPACE.',
      '- "*.{mp4,mov}" matches no file: it has braces, which are not alternatives here; write *.mp4 and *.mov, each on a line of its own.',
      '- "a.mp4, b.mp4" matches no file: it has a comma, which does not separate patterns here; write a.mp4 and b.mp4, each on a line of its own.',
      '- "films/*.mp4" matches no file: there is no films.',
      '- "*/b.mp4" matches no file: what it could match is hidden, such as .x/b.mp4, and only a part that begins with a dot matches that.',
      '- "*.avi" matches no file.',
      'Check the patterns, and that an earlier step made the files.',
    ]);
  });

  const stories: [files: string, message: RegExp, skip?: string | false][] = [
    [
      'Videos/*.MP4',
      /: upper and lower case count, and there is videos\/a\.mp4\. Check/,
      !caseCounts && 'they do not',
    ],
    ['/videos/*.mp4', /: it begins at the root of the machine; in the workspace, write videos\/\*\.mp4\. /],
    ['/no such folder/a.mp4', /: it begins at the root of the machine/],
    ['film [1].mp4', /: its signs match other names than the one that it is; write film \[\[\]1\]\.mp4\. /],
    ['.git/a.mp4', /: nothing is published from \.git\. /],
    ['*.mov', /^No files found in WORKSPACE: "\*\.mov" matches no file\. Check the patterns, /],
  ];
  for (const [files, message, skip = false] of stories) {
    it(`are explained: ${files}`, { skip }, async (t) => {
      const tree = { 'videos/a.mp4': 1, 'film [1].mp4': 1, '.git/a.mp4': 1 };
      assert.match(await refusal(t, { tree, files }), message);
    });
  }

  it('are an error with the first twenty of many, and a warning or nothing where that is wanted', async (t) => {
    const files = Array.from({ length: 23 }, (_, index) => `*.${index}`).join('\n');
    const lines = (await refusal(t, { tree: {}, files })).split('\n');
    assert.deepEqual(lines.slice(-2, -1), ['- and 3 more patterns match no file.']);
    const { warnings } = await find(t, { tree: {}, files: '*.mp4', ifNoFilesFound: 'warn' });
    assert.match(warnings.join(), /^No files found in /);
    const ignored = await find(t, { tree: {}, files: '*.mp4\n!x', ifNoFilesFound: 'ignore' });
    assert.deepEqual([ignored.paths, ignored.warnings, ignored.notices], [[], [], []]);
  });

  it('may be none at all', async (t) => {
    for (const files of ['', '\n# none\n', '!x']) {
      const { paths, warnings } = await find(t, { tree: { 'a.mp4': 1 }, files, ifNoFilesFound: 'ignore' });
      assert.deepEqual([paths, warnings], [[], []]);
    }
  });
});

describe('files that the action writes itself', () => {
  const medium = { path: 'a"b.mp4', kind: 'file', status: 'uploaded', mediaName: 'a' };
  const results = `${JSON.stringify([medium, medium], null, 2)}\n`;

  it('are left out, with those of earlier runs, and noted', async (t) => {
    const { paths, notices } = await find(t, {
      tree: {
        'out/a.mp4': 1,
        'out/results.json': '[]\n',
        'out/results.json.4711.tmp': '[',
        'out/before.json': results,
        'out/other.json': '[{"path":"x"}]',
        'out/data.json': '{"a":1}',
        'out/link.json': { symlink: 'results.json' },
      },
      files: 'out/**',
      written: ['out/results.json', 'out/not there.json'],
    });
    assert.deepEqual(paths, ['out/a.mp4', 'out/data.json', 'out/other.json']);
    assert.deepEqual(
      notices,
      ['before.json', 'link.json', 'results.json', 'results.json.4711.tmp'].map(
        (name) => `out/${name} is a file that this action writes, and is left out.`,
      ),
    );
  });

  it('do not hide a film that the run would write over', async (t) => {
    const { paths } = await find(t, { tree: { 'a.mp4': 1 }, files: '*.mp4', written: ['a.mp4'] });
    assert.deepEqual(paths, ['a.mp4']);
  });

  it('are nothing to publish where they are all that is found', async (t) => {
    const { paths } = await find(t, { tree: { 'r.json': results }, files: '*.json', ifNoFilesFound: 'warn' });
    assert.deepEqual(paths, []);
  });
});
