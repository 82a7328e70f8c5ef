import type { TestContext } from 'node:test';
import { layOut, type Tree } from '../corpus/lay-out.js';

const endings = new WeakMap<TestContext, (() => unknown)[]>();

/**
 * Does something after the test, what was begun last first: Windows removes no folder while a file in it is open,
 * and node:test would do what was registered first.
 */
export function atEnd(test: TestContext, end: () => unknown): void {
  const later = endings.get(test);
  if (later) {
    later.unshift(end);
    return;
  }
  const all = [end];
  endings.set(test, all);
  test.after(async () => {
    for (const next of all) await next();
  });
}

/** Writes files into a fresh workspace that is gone after the test; returns its absolute path. */
export function workspaceWith(test: TestContext, tree: Tree): string {
  const { folder, remove } = layOut(tree);
  atEnd(test, remove);
  return folder;
}
