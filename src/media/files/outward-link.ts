import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';

/**
 * Where a file really lies whose path is inside the workspace, when links lead out of it; undefined when they don't,
 * and for paths outside, which somebody has named on purpose.
 *
 * @param file absolute path of a file that exists
 */
export async function outwardTarget(file: string, workspace: string): Promise<string | undefined> {
  if (leaves(workspace, file)) return undefined;
  const [inside, target] = await Promise.all([realpath(workspace), realpath(file)]);
  return leaves(inside, target) ? target : undefined;
}

function leaves(folder: string, file: string): boolean {
  const way = relative(folder, file);
  return way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way);
}
