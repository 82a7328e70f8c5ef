/**
 * Tells which of the matched files are media of their own. A file that a matched manifest references,
 * directly or through other manifests, belongs to that medium; of manifests that reference each other in
 * a circle the first in path order is the medium. Takes time in proportion to files and references.
 * @param matched workspace-relative paths in path order
 * @param packages what each manifest references, by its path; a manifest that references nothing known
 *   may be left out, and one that was not matched may be in it
 * @returns the media, in path order
 */
export function absorb(
  matched: readonly string[],
  packages: ReadonlyMap<string, readonly string[]>,
): string[] {
  const manifests = matched.filter((path) => packages.has(path));
  // No start reaches a later one, or that one would have been reached already. So, walked backwards, what
  // is reached is reached by a later start, and of a circle that nothing else reaches its first one stays.
  const starts = unreached(manifests, packages).media;
  const { media, reached } = unreached(starts.reverse(), packages);
  const own = new Set(media);
  return matched.filter((path) => own.has(path) || !reached.has(path));
}

/** Walks from each manifest that no earlier one has reached. */
function unreached(
  manifests: readonly string[],
  packages: ReadonlyMap<string, readonly string[]>,
): { media: string[]; reached: ReadonlySet<string> } {
  const reached = new Set<string>();
  const media: string[] = [];
  for (const manifest of manifests) {
    if (reached.has(manifest)) continue;
    media.push(manifest);
    reached.add(manifest);
    const waiting = [manifest];
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      for (const reference of packages.get(path) ?? []) {
        if (reached.has(reference)) continue;
        reached.add(reference);
        if (packages.has(reference)) waiting.push(reference);
      }
    }
  }
  return { media, reached };
}
