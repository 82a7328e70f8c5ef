import type { FoundFile } from './discover.js';
import { isManifest, PackageCache, type ResolvedPackage, resolvePackage } from './package.js';

export interface Packages {
  packages: Map<string, ResolvedPackage>;
  absorbed: Set<string>;
}

export async function resolvePackages(files: readonly FoundFile[]): Promise<Packages> {
  const cache = new PackageCache();
  const packages = new Map<string, ResolvedPackage>();
  for (const { file, path } of files) {
    if (isManifest(path) !== undefined) packages.set(path, await resolvePackage(file, { displayPath: path, cache }));
  }
  return { packages, absorbed: new Set() };
}
