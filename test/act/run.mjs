// Runs the end-to-end workflow on this machine with act, without containers and without GitHub:
//   node test/act/run.mjs
// It needs act on the PATH (go install github.com/nektos/act@latest), bash and jq.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const workflow = join('.github', 'workflows', 'end-to-end.yml');
const [, setupNode] =
  /uses: (actions\/setup-node@\S+)/.exec(readFileSync(join(root, workflow), 'utf8')) ?? [];
if (setupNode === undefined) throw new Error(`${workflow} has no actions/setup-node`);

const { status, error } = spawnSync(
  'act',
  [
    'push',
    ...['--workflows', workflow],
    ...['--platform', 'ubuntu-latest=-self-hosted'],
    ...['--local-repository', `${setupNode}=${join(import.meta.dirname, 'setup-node')}`],
  ],
  { cwd: root, stdio: 'inherit' },
);
if (error) throw error;
process.exitCode = status ?? 1;
