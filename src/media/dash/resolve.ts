import type { FileStat } from '../files/disk.js';
import type { PackageBuilder } from '../package/builder.js';
import { quote } from '../package/manifest-error.js';
import { readManifestText } from '../package/text.js';
import type { SegmentGroup } from './items.js';
import { readMpd } from './mpd.js';
import { mpdReferences } from './references.js';

/**
 * Resolves an MPD.
 * @throws {ManifestError} where the MPD as a whole cannot be used
 */
export async function resolveDash(builder: PackageBuilder): Promise<void> {
  const items = mpdReferences(readMpd(await readManifestText(builder.absolute(builder.manifest))));
  const references = items.flatMap((item) =>
    'group' in item ? [...item.group.segments.flat(), ...(item.group.beyond ?? [])] : [],
  );
  const stats = await builder.statAll(references);
  for (const item of items) {
    if ('problem' in item) builder.problem(item.problem, builder.manifest);
    else resolveGroup(builder, item.group, stats);
  }
}

function resolveGroup(
  builder: PackageBuilder,
  group: SegmentGroup,
  stats: ReadonlyMap<string, FileStat>,
): void {
  const { segments, beyond } = group;
  let last = segments.length;
  while (last > 0 && !isSegmentPresent(last - 1)) last -= 1;
  const lacking = segments.length - last;
  // Where nothing is there at all, or more is absent than arithmetic explains, all of it is missing.
  const tolerated = last > 0 && lacking <= group.mayLack ? lacking : 0;
  for (const segment of segments.slice(0, segments.length - tolerated)) {
    for (const reference of segment) builder.resolve(reference, stats, builder.manifest);
  }
  const [first] = segments[last] ?? [];
  if (tolerated > 0 && first !== undefined) {
    builder.warnings.push(
      `${builder.display(builder.manifest)}, ${first.place}: ${quote(first.text)} is the first of ${tolerated} ` +
        'at the end that the duration asks for and that do not exist; it is taken that the packager wrote none.',
    );
  }
  if (lacking === 0 && beyond !== undefined && builder.isPresent(beyond[0], stats)) {
    for (const reference of beyond) builder.resolve(reference, stats, builder.manifest);
  }

  function isSegmentPresent(index: number): boolean {
    const media = segments[index]?.[0];
    return media !== undefined && builder.isPresent(media, stats);
  }
}
