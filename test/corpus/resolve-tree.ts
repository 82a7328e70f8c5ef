import { join } from 'node:path';
import { type ResolvedPackage, resolvePackage } from '../../src/media/resolve-package.js';
import { layOut, type Tree } from './lay-out.js';

/** Lays a tree out as the folder `pkg` of a workspace, resolves one of its manifests and cleans up. */
export async function resolveTree(tree: Tree, manifest: string): Promise<ResolvedPackage> {
  const { folder, remove } = layOut(tree);
  try {
    return await resolvePackage(join(folder, manifest), { displayPath: `pkg/${manifest}` });
  } finally {
    remove();
  }
}

/** The names of a package's files without the manifest, in order. */
export function namesOf({ files }: ResolvedPackage): string[] {
  return files.map(({ relative }) => relative);
}

/** The codes of a package's problems, in order. */
export function codesOf({ problems }: ResolvedPackage): string[] {
  return problems.map(({ code }) => code);
}
