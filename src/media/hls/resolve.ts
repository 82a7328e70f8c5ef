import { createHash } from 'node:crypto';
import type { PackageBuilder } from '../package/builder.js';
import { MAX_ASSET_LIST_BYTES } from '../package/limits.js';
import { ManifestError } from '../package/manifest-error.js';
import { folderOf, readNested, type Visit } from '../package/nested-manifests.js';
import { readManifestText } from '../package/text.js';
import { assetListItems } from './asset-list.js';
import type { PlaylistCache } from './playlist-cache.js';
import { type HlsItem, hlsItems } from './references.js';
import { HlsVariables } from './variables.js';

/** A playlist or asset list to read. */
interface HlsVisit extends Visit {
  assetList: boolean;
  /** Variables of the playlist that named it, for EXT-X-DEFINE:IMPORT. */
  inherited: ReadonlyMap<string, string>;
}

const NO_VARIABLES: ReadonlyMap<string, string> = new Map();

/**
 * Resolves a playlist and the ones below it. Each playlist is read once, or once for every set of variables that it
 * imports.
 * @throws {LimitExceeded} when there is too much of anything in all
 */
export async function resolveHls(builder: PackageBuilder, playlists: PlaylistCache): Promise<void> {
  const reader = new HlsReader(builder, playlists);
  const top = { relative: builder.manifest, assetList: false, inherited: NO_VARIABLES };
  await readNested<HlsVisit>(
    builder,
    top,
    (visit) => reader.read(visit),
    (visit) => reader.keyOf(visit),
  );
}

class HlsReader {
  readonly #builder: PackageBuilder;
  readonly #playlists: PlaylistCache;
  readonly #imports = new Map<string, readonly string[]>();

  constructor(builder: PackageBuilder, playlists: PlaylistCache) {
    this.#builder = builder;
    this.#playlists = playlists;
  }

  /** Adds what a playlist or asset list names. Returns the playlists and lists among it. */
  read(visit: HlsVisit): Promise<HlsVisit[]> {
    return visit.assetList ? this.#readAssetList(visit) : this.#readPlaylist(visit);
  }

  /** What a reading depends on: the file, and the values of the variables that it imports. */
  async keyOf(visit: HlsVisit): Promise<string> {
    const { relative, assetList, inherited } = visit;
    const imports = assetList || inherited.size === 0 ? [] : await this.#importsOf(relative);
    if (imports.length === 0) return nameOf(visit);
    const { budget } = this.#builder.context;
    const values = createHash('sha256');
    for (const name of imports) {
      const value = JSON.stringify(inherited.get(name) ?? null);
      budget.spend('characters', value.length);
      values.update(value);
    }
    return `${relative}\n${values.digest('base64')}`;
  }

  async #readPlaylist(visit: HlsVisit): Promise<HlsVisit[]> {
    const { budget } = this.#builder.context;
    const playlist = await this.#playlists.read(this.#builder.absolute(visit.relative), budget);
    if (playlist instanceof ManifestError) throw playlist;
    const variables = new HlsVariables(visit.inherited, budget);
    const items = hlsItems(playlist, folderOf(visit), variables, budget);
    const below = await this.#take(items, visit, variables.values);
    this.#builder.countProblems(playlist.unlisted);
    return below;
  }

  async #readAssetList(visit: HlsVisit): Promise<HlsVisit[]> {
    const file = this.#builder.absolute(visit.relative);
    const text = await readManifestText(file, this.#builder.context.budget, MAX_ASSET_LIST_BYTES);
    return this.#take(assetListItems(text, folderOf(visit)), visit, NO_VARIABLES);
  }

  /** @param variables complete when all items were seen */
  async #take(
    items: Iterable<HlsItem | undefined>,
    { relative, assetList }: HlsVisit,
    variables: ReadonlyMap<string, string>,
  ): Promise<HlsVisit[]> {
    const builder = this.#builder;
    const below = new Map<string, HlsVisit>();
    let empty = true;
    const referencesOf = (item: HlsItem) => ('reference' in item ? [item.reference] : []);
    for await (const { items: batch, stats } of builder.look(items, referencesOf)) {
      empty = false;
      for (const item of batch) {
        if ('problem' in item) {
          builder.problem(item.problem, relative);
          continue;
        }
        const { place, role } = item.reference;
        const outcome = builder.resolve(item.reference, stats, relative);
        if (outcome.kind !== 'found' || (role !== 'playlist' && !item.assetList)) continue;
        const namedBy = `${builder.display(relative)}, ${place}`;
        for (const path of outcome.files) {
          const next = { relative: path, assetList: item.assetList, inherited: variables, namedBy };
          if (!below.has(nameOf(next))) below.set(nameOf(next), next);
        }
      }
    }
    if (empty && !assetList) {
      throw new ManifestError('empty', 'names no file, so there is nothing to publish');
    }
    return [...below.values()];
  }

  async #importsOf(relative: string): Promise<readonly string[]> {
    let known = this.#imports.get(relative);
    if (known === undefined) {
      const { budget } = this.#builder.context;
      const playlist = await this.#playlists.read(this.#builder.absolute(relative), budget);
      known = playlist instanceof ManifestError ? [] : playlist.imports;
      this.#imports.set(relative, known);
    }
    return known;
  }
}

/** What tells a file that is read from others, apart from variables. */
function nameOf({ relative, assetList }: HlsVisit): string {
  return assetList ? `${relative}\n` : relative;
}
