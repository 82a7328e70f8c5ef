import { relative, sep } from 'node:path';

/** The path of a file relative to the workspace, with `/`. */
export function workspacePath(file: string, workspace: string): string {
  return relative(workspace, file).split(sep).join('/');
}
