import { posix } from 'node:path';
import type { PackageBuilder } from './builder.js';
import { MAX_DEPTH } from './limits.js';
import { LimitExceeded, ManifestError } from './manifest-error.js';

/** A manifest to read. */
export interface Visit {
  /** Its path below the top manifest's folder. */
  relative: string;
  /** Manifest and place that name it, for messages; absent for the top one. */
  namedBy?: string;
}

/**
 * Reads the manifests of a package level by level, so that the depth of each is its least and a circle ends. What
 * is wrong with one of them is a problem of the package.
 * @param read adds what a manifest names, and returns the manifests among it
 * @param keyOf tells what would be read alike, which is read once
 * @throws {LimitExceeded} when there is too much of anything in all
 */
export async function readNested<T extends Visit>(
  builder: PackageBuilder,
  top: T,
  read: (visit: T) => Promise<readonly T[]>,
  keyOf: (visit: T) => string | Promise<string>,
): Promise<void> {
  const seen = new Set([await keyOf(top)]);
  let level: T[] = [top];
  for (let depth = 0; level.length > 0; depth += 1) {
    const below: T[] = [];
    for (const visit of level) {
      for (const next of await orRefuse(builder, visit, read)) {
        const key = await keyOf(next);
        if (seen.has(key)) continue;
        seen.add(key);
        if (depth < MAX_DEPTH) below.push(next);
        else builder.refuse(tooDeep(), next.relative, next.namedBy);
      }
    }
    level = below;
  }
}

/** The folder of a manifest below the top manifest's folder, empty or with a `/` at its end. */
export function folderOf({ relative }: Visit): string {
  const folder = posix.dirname(relative);
  return folder === '.' ? '' : `${folder}/`;
}

async function orRefuse<T extends Visit>(
  builder: PackageBuilder,
  visit: T,
  read: (visit: T) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  try {
    return await read(visit);
  } catch (error) {
    if (!(error instanceof ManifestError) || error instanceof LimitExceeded) throw error;
    builder.refuse(error, visit.relative, visit.namedBy);
    return [];
  }
}

function tooDeep(): ManifestError {
  return new ManifestError('too-deep', `is nested more than ${MAX_DEPTH} manifests deep`);
}
