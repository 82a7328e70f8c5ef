import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { UserError } from '../../src/errors.js';
import { discover } from '../../src/media/discover.js';
import { workspacePath } from '../../src/media/files/workspace-path.js';
import { caseCounts, noSymlinks, refusesName } from '../corpus/file-system.js';
import { atEnd, workspaceWith } from './workspace.js';

const pathsOf = async (globs: string, workspace: string): Promise<string[]> =>
  [...(await discover(globs, workspace)).files].map(({ path }) => path);

describe('the globs', () => {
  it('find files below the workspace, sorted by path, each once', async (t) => {
    const workspace = workspaceWith(t, { 'b.mp4': 1, 'a/z.mp4': 1, 'a.mp4': 1, 'a/b.mov': 1, 'Z.mp4': 1 });
    const { files, unmatched } = await discover('**/*.mp4\na.mp4\nb.mp4', workspace);
    assert.deepEqual(
      [...files],
      ['Z.mp4', 'a.mp4', 'a/z.mp4', 'b.mp4'].map((path) => ({ file: join(workspace, path), path })),
    );
    assert.deepEqual(unmatched, []);
  });

  it('may hold comments, blank lines and blanks around patterns', async (t) => {
    const workspace = workspaceWith(t, { 'a.mp4': 1, 'b.mov': 1 });
    assert.deepEqual(await pathsOf('\n# films\n  a.mp4  \r\n\t*.mov\n', workspace), ['a.mp4', 'b.mov']);
  });

  it('exclude by ! what patterns before it found, and include again after it', async (t) => {
    const workspace = workspaceWith(t, { 'a.mp4': 1, 'draft-a.mp4': 1, 'draft-b.mp4': 1 });
    assert.deepEqual(await pathsOf('*.mp4\n!draft-*', workspace), ['a.mp4']);
    assert.deepEqual(await pathsOf('*.mp4\n! draft-*\ndraft-b.mp4', workspace), ['a.mp4', 'draft-b.mp4']);
  });

  it('name the patterns that matched nothing', async (t) => {
    const workspace = workspaceWith(t, { 'a.mp4': 1 });
    const globs = '*.mp4\n*.mov\n!*.avi\nnone/a.mp4\na.mp4\n!a.mp4\n*.mkv';
    const { files, unmatched } = await discover(globs, workspace);
    assert.equal(files.size, 0);
    const textsOf = (patterns: readonly { text: string }[]) => patterns.map(({ text }) => text);
    assert.deepEqual(textsOf(unmatched), ['*.mp4', '*.mov', 'none/a.mp4', 'a.mp4', '*.mkv']);
    assert.deepEqual(textsOf((await discover('*.mp4\n*.mov', workspace)).unmatched), ['*.mov']);
  });

  it('descend into folders, and leave folders out', async (t) => {
    const workspace = workspaceWith(t, { 'out/a.mp4': 1, 'out/deep/b.mp4': 1, 'out.mp4/c.mp4': 1 });
    assert.deepEqual(await pathsOf('out', workspace), ['out/a.mp4', 'out/deep/b.mp4']);
    assert.deepEqual(await pathsOf('./out/', workspace), ['out/a.mp4', 'out/deep/b.mp4']);
    assert.deepEqual(await pathsOf('*.mp4', workspace), ['out.mp4/c.mp4']);
    assert.equal((await pathsOf('.', workspace)).length, 3);
  });

  it('reach a workspace whose own name looks like a pattern', async (t) => {
    const name = refusesName('a [b] *?') ? 'a [b]' : 'a [b] *?';
    const workspace = join(workspaceWith(t, { [`${name}/x/a.mp4`]: 1, 'a b/x/b.mp4': 1 }), name);
    assert.deepEqual(await pathsOf('**/*.mp4', workspace), ['x/a.mp4']);
    assert.deepEqual(await pathsOf('x/*\n!x/a.mp4', workspace), []);
  });

  it('take absolute patterns, and names with blanks, quotes and other scripts', async (t) => {
    const workspace = workspaceWith(t, { "b/it's “片” 1.mp4": 1 });
    assert.deepEqual(await pathsOf(join(workspace, 'b', '*.mp4'), workspace), ["b/it's “片” 1.mp4"]);
    assert.deepEqual(await pathsOf("b/it's “片” 1.mp4", workspace), ["b/it's “片” 1.mp4"]);
  });

  it('may be written as Windows writes paths', {
    skip: process.platform !== 'win32' && 'a backslash is a sign like others here',
  }, async (t) => {
    const workspace = workspaceWith(t, { 'out/a.mp4': 1, 'out/B.MP4': 1, 'c.mov': 1 });
    assert.deepEqual(await pathsOf('out\\*.mp4', workspace), ['out/B.MP4', 'out/a.mp4']);
    assert.deepEqual(await pathsOf('.\\out\\**\n!OUT\\b.*', workspace), ['out/a.mp4']);
    const drive = workspace.slice(0, 1);
    const other = drive === drive.toLowerCase() ? drive.toUpperCase() : drive.toLowerCase();
    const absolute = `${workspace}\\*.mov\n${other}${workspace.slice(1)}\\*.mov`;
    assert.deepEqual(await pathsOf(absolute, workspace), ['c.mov']);
  });

  it('find files below a path of more than 260 characters', async (t) => {
    const folder = Array.from({ length: 4 }, (_, index) => `${index}`.repeat(90)).join('/');
    const workspace = workspaceWith(t, { [`${folder}/a.mp4`]: 1 });
    assert.deepEqual(await pathsOf('**/*.mp4', workspace), [`${folder}/a.mp4`]);
  });

  it('find matched links that lead nowhere, so that they can be told, and pass over others', {
    skip: noSymlinks,
  }, async (t) => {
    const workspace = workspaceWith(t, {
      'a.mp4': 1,
      'b.mp4': { symlink: 'gone.mp4' },
      'c.mp4': { symlink: 'a.mp4' },
      'd.txt': { symlink: 'gone.txt' },
    });
    assert.deepEqual(await pathsOf('*.mp4', workspace), ['a.mp4', 'b.mp4']);
    assert.deepEqual(await pathsOf('*.mp4\n!b.mp4', workspace), ['a.mp4']);
    assert.deepEqual(await pathsOf('[bc].mp4', workspace), ['b.mp4', 'c.mp4']);
  });

  it('refuse a pattern that leaves its folder, and name it', async (t) => {
    const workspace = workspaceWith(t, { 'a.mp4': 1 });
    await assert.rejects(discover('*.mp4\nvideos/../*.mp4', workspace), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /^files: the pattern "videos\/\.\.\/\*\.mp4" could not be searched: /);
      return true;
    });
  });

  it('give paths relative to the workspace', () => {
    assert.equal(workspacePath(join('/w', 'a', 'b.mp4'), '/w'), 'a/b.mp4');
    assert.equal(workspacePath('/other/b.mp4', '/w'), '../other/b.mp4');
  });
});

describe('hidden files', () => {
  const TREE = {
    'a.mp4': 1,
    '.env': 1,
    'v/._a.mp4': 1,
    'v/.DS_Store': 1,
    'v/a.mp4': 1,
    '.cache/b.mp4': 1,
    '.cache/.tmp/c.mp4': 1,
    'v/.cache/d.mp4': 1,
  };

  const stories: [what: string, globs: string, paths: string[]][] = [
    ['are passed over by wildcards', '**', ['a.mp4', 'v/a.mp4']],
    ['are passed over below a folder that is named', 'v', ['v/a.mp4']],
    ['are passed over by a class of signs', 'v/[._]*', []],
    ['are found by a part that begins with a dot', '.*', ['.cache/b.mp4', '.env']],
    ['are found by their names', 'v/._a.mp4\n.env', ['.env', 'v/._a.mp4']],
    [
      'are found in a hidden folder that is named, but for those that are hidden in it',
      '.cache/**',
      ['.cache/b.mp4'],
    ],
    ['are found in a hidden folder at any depth', '**/.cache/*.mp4', ['.cache/b.mp4', 'v/.cache/d.mp4']],
    ['are not found for the sake of ./', './**', ['a.mp4', 'v/a.mp4']],
    ['are taken by exclusions', '.*\n.cache/**/.*/*\n!**/c.mp4\n!**/.env', ['.cache/b.mp4']],
  ];
  for (const [what, globs, paths] of stories) {
    it(what, async (t) => {
      assert.deepEqual(await pathsOf(globs, workspaceWith(t, TREE)), paths);
    });
  }

  it('are told by what is below the workspace, or below the literal start of an absolute pattern', async (t) => {
    const workspace = join(workspaceWith(t, { '.w/a.mp4': 1, '.w/.b.mp4': 1, '.x/c.mp4': 1 }), '.w');
    assert.deepEqual(await pathsOf('*.mp4', workspace), ['a.mp4']);
    assert.deepEqual(await pathsOf(join(workspace, '..', '.x', '*.mp4'), workspace), ['../.x/c.mp4']);
    assert.deepEqual(await pathsOf(join(workspace, '..', '*', '*.mp4'), workspace), []);
  });
});

describe('.git', () => {
  const TREE = {
    '.git/config': 1,
    '.git/a.mp4': 1,
    'sub/.git': 'gitdir: ../.git',
    'sub/.GIT/b.mp4': 1,
    'a.mp4': 1,
  };

  it('is never searched, whatever the patterns are', async (t) => {
    const tree = Object.fromEntries(
      Object.entries(TREE).filter(([path]) => caseCounts || path !== 'sub/.GIT/b.mp4'),
    );
    const workspace = workspaceWith(t, tree);
    const absolute = join(workspace, '.git', '*');
    const globs = [
      '.git',
      '.git/**',
      '.git/config',
      '**/.git',
      '**/.*',
      '**/.*/*',
      '.*/*',
      absolute,
      '*.mp4',
    ];
    assert.deepEqual(await pathsOf(globs.join('\n'), workspace), ['a.mp4']);
  });

  it('may be above the workspace', async (t) => {
    const workspace = join(
      workspaceWith(t, { '.git/modules/w/a.mp4': 1, '.git/b.mp4': 1 }),
      '.git',
      'modules',
      'w',
    );
    assert.deepEqual(await pathsOf(`*\n${join(workspace, '..', '..', '*.mp4')}`, workspace), ['a.mp4']);
  });

  it('is not reached by links, but for the files of git-annex', { skip: noSymlinks }, async (t) => {
    const object = '.git/annex/objects/aa/bb/SHA256E-s1--0.mp4/SHA256E-s1--0.mp4';
    const workspace = workspaceWith(t, {
      [object]: 1,
      '.git/config': 1,
      'a.mp4': { symlink: object },
      'config.mp4': { symlink: '.git/config' },
      g: { symlink: '.git' },
    });
    const { files, warnings } = await discover('**', workspace);
    assert.deepEqual(
      [...files].map(({ path }) => path),
      ['a.mp4'],
    );
    assert.deepEqual(warnings, [
      'Left out config.mp4, g: by links into .git, from which nothing is published.',
    ]);
  });
});

describe('what can not be looked at', {
  skip: process.platform === 'win32' && 'Windows has other rights',
}, () => {
  /** Takes the rights of the superuser, who may look at everything, for the length of a test. */
  function asAnybody(test: TestContext, workspace: string): void {
    chmodSync(join(workspace, '..'), 0o755);
    if (process.getuid?.() !== 0) return;
    process.seteuid?.(65534);
    atEnd(test, () => process.seteuid?.(0));
  }

  it('is passed over with a warning', async (t) => {
    const workspace = workspaceWith(t, {
      'a.mp4': 1,
      'b/locked/c.mp4': 1,
      'b/d.mp4': 1,
      'e/locked/f.mp4': 1,
    });
    for (const path of ['b/locked', 'e/locked']) chmodSync(join(workspace, path), 0o000);
    atEnd(t, () => ['b/locked', 'e/locked'].map((path) => chmodSync(join(workspace, path), 0o755)));
    asAnybody(t, workspace);
    const { files, warnings } = await discover('**/*.mp4', workspace);
    assert.deepEqual(
      [...files].map(({ path }) => path),
      ['a.mp4', 'b/d.mp4'],
    );
    assert.deepEqual(warnings, [
      'Could not search b/locked, e/locked: permission denied. Files there are not published.',
    ]);
    assert.deepEqual((await discover('**/*.mp4\n!e/locked\n!**/locked/', workspace)).warnings, []);
  });

  it('is an error where a pattern names it', async (t) => {
    const workspace = workspaceWith(t, { 'a.mp4': 1, 'locked/b.mp4': 1 });
    chmodSync(join(workspace, 'locked'), 0o000);
    atEnd(t, () => chmodSync(join(workspace, 'locked'), 0o755));
    asAnybody(t, workspace);
    for (const globs of ['locked', 'locked/', 'locked/**']) {
      const { files, unmatched } = await discover(globs, workspace);
      assert.deepEqual(
        [...files].map(({ path, problem }) => [path, problem?.message]),
        [['locked', "locked can't be searched: permission denied."]],
      );
      assert.deepEqual(unmatched, []);
    }
    assert.deepEqual(
      await pathsOf('locked/b.mp4', workspace),
      ['locked/b.mp4'],
      'the plan says why it is none',
    );
    assert.deepEqual(await pathsOf('*.mp4', workspace), ['a.mp4']);
  });

  it('may be a link in a circle, through a file, or to a name that nothing can have', async (t) => {
    const links = {
      circle: { symlink: 'circle' },
      through: { symlink: 'a.mp4/x' },
      long: { symlink: 'x'.repeat(300) },
      gone: { symlink: 'nothing' },
    };
    const workspace = workspaceWith(t, { 'a.mp4': 1, ...links });
    assert.deepEqual(await discover('**/*.mp4', workspace).then(({ warnings }) => warnings), []);
    assert.deepEqual(await pathsOf('**/*.mp4', workspace), ['a.mp4']);
    assert.deepEqual(await pathsOf('*', workspace), ['a.mp4', ...Object.keys(links).sort()]);
    assert.deepEqual(await pathsOf('*\n!*[^4]', workspace), ['a.mp4']);
  });

  it('may be too deep for a path', async (t) => {
    const workspace = workspaceWith(t, { 'a.mp4': 1 });
    const from = process.cwd();
    // Node removes nothing that is so deep.
    atEnd(t, () => execFileSync('rm', ['-rf', join(workspace, 'd'.repeat(200))]));
    process.chdir(workspace);
    try {
      for (let depth = 0; depth < 21; depth += 1) {
        mkdirSync('d'.repeat(200));
        process.chdir('d'.repeat(200));
      }
    } finally {
      process.chdir(from);
    }
    const { files, warnings } = await discover('**', workspace);
    assert.equal(files.size, 1);
    assert.match(warnings.join(), /^Could not search d+\/[d/]+…: its path is too long\./);
  });
});

describe('names that are not UTF-8', {
  skip: process.platform !== 'linux' && 'no file can have them here',
}, () => {
  const bytes = (name: string) => Buffer.from(name, 'latin1');
  const at = (workspace: string, ...names: string[]) => bytes([workspace, ...names].join('/'));

  it('are errors of their own, each', async (t) => {
    const workspace = workspaceWith(t, { 'a.mp4': 1, 'b.txt': 1 });
    mkdirSync(at(workspace, 'f\xfc'));
    for (const name of ['a\xff.mp4', 'a\xfe.mp4', 'c\xff.txt', 'f\xfc/d.mp4'])
      writeFileSync(at(workspace, name), 'x');
    const { files } = await discover('**/*.mp4', workspace);
    assert.deepEqual(
      [...files].map(({ path, problem }) => [path, problem?.code]),
      [
        ['a.mp4', undefined],
        ['a\\xfe.mp4', 'name-not-utf-8'],
        ['a\\xff.mp4', 'name-not-utf-8'],
        ['f\\xfc/d.mp4', 'name-not-utf-8'],
      ],
    );
  });

  it('do not keep a file from being found that has a replacement character in its name', async (t) => {
    const workspace = workspaceWith(t, { 'a\ufffd.mp4': 1, 'é.mp4': 1 });
    writeFileSync(at(workspace, 'b\xff.mov'), 'x');
    assert.deepEqual(await pathsOf('*.mp4', workspace), ['a\ufffd.mp4', 'é.mp4']);
  });
});

describe('links', { skip: noSymlinks }, () => {
  it('count once with what they lead to, which is preferred under its own name', async (t) => {
    const workspace = workspaceWith(t, {
      'latest.mp4': { symlink: 'v2.mp4' },
      'v2.mp4': 1,
      current: { symlink: 'releases' },
      'releases/a.mp4': 1,
    });
    const { files } = await discover('**', workspace);
    assert.deepEqual(
      [...files].map(({ path }) => path),
      ['releases/a.mp4', 'v2.mp4'],
    );
    assert.deepEqual(
      [...files.repeated],
      [
        ['latest.mp4', 'v2.mp4'],
        ['current', 'releases'],
      ],
    );
    assert.deepEqual(await pathsOf('latest.mp4\ncurrent/*', workspace), ['current/a.mp4', 'latest.mp4']);
  });

  it('to a manifest count once in its folder, and are manifests of their own elsewhere', async (t) => {
    const workspace = workspaceWith(t, {
      'a/i.m3u8': '#EXTM3U\n',
      'a/j.m3u8': { symlink: 'i.m3u8' },
      'b/i.m3u8': { symlink: '../a/i.m3u8' },
    });
    assert.deepEqual(await pathsOf('**', workspace), ['a/i.m3u8', 'b/i.m3u8']);
  });

  it('between folders do not multiply', async (t) => {
    const names = Array.from({ length: 8 }, (_, index) => `f${index}`);
    const links = names.flatMap((from) =>
      names.filter((to) => to !== from).map((to) => [`${from}/${to}`, { symlink: `../${to}` }] as const),
    );
    const workspace = workspaceWith(t, {
      ...Object.fromEntries(names.map((name) => [`${name}/a.mp4`, 1])),
      ...Object.fromEntries(links),
      up: { symlink: '.' },
    });
    assert.deepEqual(
      await pathsOf('**', workspace),
      names.map((name) => `${name}/a.mp4`),
    );
    assert.deepEqual(await pathsOf('f0/f1/f2/f0/*.mp4', workspace), ['f0/f1/f2/f0/a.mp4']);
  });
});

describe('an exclusion without effect', () => {
  const TREE = { 'a.mp4': 1, 'drafts/b.mp4': 1, 'notes.txt': 1, 'drafts/c.txt': 1 };
  const none =
    /^files: the exclusion .* has no effect: it excludes nothing that the patterns above it match\./;
  const early = /^files: the exclusion .* has no effect: it stands above the patterns /;
  const stories: [globs: string, warnings: RegExp[]][] = [
    ['**/*.mp4\n!drafts', []],
    ['**/*.mp4\n!drafts/', []],
    ['**/*.mp4\n!drafts/**', []],
    ['**/*.mp4\n!drafts/*', []],
    ['**/*.mp4\n!**/b.*', []],
    ['*.mp4\n!a.mp4\na.mp4', []],
    ['**\n!.git\n!**/.DS_Store\n!./.x', []],
    ['**/*.mp4\n!draft/**', [none]],
    ['**/*.mp4\n!./draft', [none]],
    ['**/*.mp4\n!*.txt', [none]],
    ['**/*.mp4\n!notes.txt/', [none]],
    ['!drafts\n**/*.mp4', [early]],
    ['*.txt\n!drafts/*.mp4\n**/*.mp4', [early]],
    ['**/*.mp4\n!x\n!y', [none, none]],
    ['**/*.mp4\n!{drafts,old}/**', [/^files: the exclusion .* has no effect: it has braces, /]],
    ['*.mov\n!x', []],
  ];
  for (const [globs, expected] of stories) {
    it(`is told of ${JSON.stringify(globs)}: ${expected.length}`, async (t) => {
      const { warnings } = await discover(globs, workspaceWith(t, TREE));
      assert.equal(warnings.length, expected.length, warnings.join('\n'));
      for (const [index, warning] of warnings.entries()) assert.match(warning, expected[index] as RegExp);
    });
  }
});
