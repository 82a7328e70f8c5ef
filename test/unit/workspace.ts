import type { TestContext } from 'node:test';
import { layOut, type Tree } from '../corpus/lay-out.js';

/** Writes files into a fresh workspace that is gone after the test; returns its absolute path. */
export function workspaceWith(test: TestContext, tree: Tree): string {
  const { folder, remove } = layOut(tree);
  test.after(remove);
  return folder;
}
