import { readMpd } from './mpd-document.js';
import type { SlotGroup } from './mpd-items.js';
import { mpdReferences } from './mpd-references.js';
import type { PackageBuilder } from './package-builder.js';
import type { FileFacts } from './package-disk.js';
import { quote } from './package-quote.js';
import { readManifestText } from './package-text.js';

/**
 * Resolves an MPD.
 * @throws {Refusal} where the MPD as a whole cannot be used
 */
export async function resolveDash(builder: PackageBuilder): Promise<void> {
  const items = mpdReferences(readMpd(await readManifestText(builder.absolute(builder.manifest))));
  const references = items.flatMap((item) =>
    'group' in item ? [...item.group.slots.flat(), ...(item.group.beyond ?? [])] : [],
  );
  const facts = await builder.survey(references);
  for (const item of items) {
    if ('problem' in item) builder.problem(item.problem, builder.manifest);
    else settleGroup(builder, item.group, facts);
  }
}

function settleGroup(builder: PackageBuilder, group: SlotGroup, facts: ReadonlyMap<string, FileFacts>): void {
  const { slots, beyond } = group;
  let last = slots.length;
  while (last > 0 && !isSlotPresent(last - 1)) last -= 1;
  const lacking = slots.length - last;
  // Where nothing is there at all, or more is absent than arithmetic explains, all of it is missing.
  const tolerated = last > 0 && lacking <= group.mayLack ? lacking : 0;
  for (const slot of slots.slice(0, slots.length - tolerated)) {
    for (const reference of slot) builder.settle(reference, facts, builder.manifest);
  }
  const [first] = slots[last] ?? [];
  if (tolerated > 0 && first !== undefined) {
    builder.warnings.push(
      `${builder.display(builder.manifest)}, ${first.place}: ${quote(first.text)} is the first of ${tolerated} ` +
        'at the end that the duration asks for and that do not exist; it is taken that the packager wrote none.',
    );
  }
  if (lacking === 0 && beyond !== undefined && builder.isPresent(beyond[0], facts)) {
    for (const reference of beyond) builder.settle(reference, facts, builder.manifest);
  }

  function isSlotPresent(index: number): boolean {
    const media = slots[index]?.[0];
    return media !== undefined && builder.isPresent(media, facts);
  }
}
