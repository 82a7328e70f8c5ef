import type { PackageBuilder } from '../package/builder.js';
import type { Stats } from '../package/candidate.js';
import { quote } from '../package/manifest-error.js';
import { folderOf, readNested, type Visit } from '../package/nested-manifests.js';
import type { PackageReference } from '../package/reference.js';
import { isRefused, resolveReference } from '../package/relative-uri.js';
import { readManifestText } from '../package/text.js';
import type { MpdItem, Track } from './items.js';
import type { AsideReference } from './mpd.js';
import { readMpd } from './parser.js';
import { mpdItems } from './references.js';
import { TrackTail } from './track-tail.js';

/**
 * Resolves an MPD and those that it imports; each is read once.
 * @throws {LimitExceeded} when there is too much of anything in all
 */
export async function resolveDash(builder: PackageBuilder): Promise<void> {
  const top: Visit = { relative: builder.manifest };
  await readNested(
    builder,
    top,
    (visit) => readMpdFile(builder, visit),
    ({ relative }) => relative,
  );
}

/** Adds what an MPD names. Returns the MPDs that it imports. */
async function readMpdFile(builder: PackageBuilder, visit: Visit): Promise<Visit[]> {
  const { budget, slice } = builder.context;
  const { relative } = visit;
  const text = await readManifestText(builder.absolute(relative), budget);
  const document = await readMpd(text, budget, slice);
  const folder = folderOf(visit);
  const resolver = new MpdResolver(builder, relative);
  for await (const { items, stats } of builder.look(mpdItems(document, folder, budget), referencesOf)) {
    for (const item of items) resolver.take(item, stats);
  }
  resolver.finish();
  builder.countProblems(document.unlisted);
  warnOfAsides(builder, relative, folder, document.asides);
  return resolver.imported;
}

function referencesOf(item: MpdItem): readonly PackageReference[] {
  if ('segments' in item) return item.segments.flat();
  if ('reference' in item) return [item.reference];
  return 'imported' in item ? [item.imported] : [];
}

class MpdResolver {
  readonly imported: Visit[] = [];
  readonly #builder: PackageBuilder;
  readonly #manifest: string;
  #track: Track | undefined;
  #tail: TrackTail | undefined;

  constructor(builder: PackageBuilder, manifest: string) {
    this.#builder = builder;
    this.#manifest = manifest;
  }

  take(item: MpdItem, stats: Stats): void {
    const builder = this.#builder;
    if ('segments' in item) {
      const tail = this.#tailOf(item.track);
      for (const [at, segment] of item.segments.entries()) tail.take(segment, item.position + at, stats);
      return;
    }
    this.finish();
    if ('problem' in item) builder.problem(item.problem, this.#manifest);
    else if ('reference' in item) builder.resolve(item.reference, stats, this.#manifest);
    else {
      const outcome = builder.resolve(item.imported, stats, this.#manifest);
      const namedBy = `${builder.display(this.#manifest)}, ${item.imported.place}`;
      const files = outcome.kind === 'found' ? outcome.files : [];
      this.imported.push(...files.map((path) => ({ relative: path, namedBy })));
    }
  }

  /** Decides about the end of the track that is being taken. */
  finish(): void {
    this.#tail?.finish();
    this.#tail = undefined;
    this.#track = undefined;
  }

  #tailOf(track: Track): TrackTail {
    if (this.#tail === undefined || this.#track !== track) {
      this.finish();
      this.#track = track;
      this.#tail = new TrackTail(this.#builder, this.#manifest, track);
    }
    return this.#tail;
  }
}

/** Warns once of files that players may ask for and that are not published: fonts, alternative MPDs and the like. */
function warnOfAsides(
  builder: PackageBuilder,
  manifest: string,
  folder: string,
  asides: readonly AsideReference[],
): void {
  const left = asides.filter(({ text }) => {
    const target = resolveReference(text, { path: folder, raw: folder });
    return isRefused(target) || !builder.files.has(target.path);
  });
  const [first] = left;
  if (first === undefined) return;
  const more = left.length > 1 ? ` (and ${left.length - 1} more)` : '';
  builder.warn(
    `${builder.display(manifest)}, ${first.place}: ${quote(first.text)}${more} is named besides the media, and is ` +
      'not published with them.',
  );
}
