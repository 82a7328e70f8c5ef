import { posix } from 'node:path';
import type { PackageBuilder } from '../package/builder.js';
import { MAX_DEPTH } from '../package/limits.js';
import { ManifestError } from '../package/manifest-error.js';
import { readManifestText } from '../package/text.js';
import { type HlsLine, readHls } from './playlist.js';
import { type HlsReferences, hlsReferences, importedNames } from './references.js';

/** Playlists that were read in a run, by absolute path: masters share what they name. */
export class PlaylistCache {
  readonly #playlists = new Map<string, Promise<HlsLine[] | ManifestError>>();

  /** @returns a refusal instead of throwing it, so that every package that names the playlist is told */
  read(file: string): Promise<HlsLine[] | ManifestError> {
    let known = this.#playlists.get(file);
    if (known === undefined) {
      known = readManifestText(file).then(readHls).catch(refusalOf);
      this.#playlists.set(file, known);
    }
    return known;
  }
}

interface Visit {
  /** Path of the playlist below the top manifest's folder. */
  relative: string;
  inherited: ReadonlyMap<string, string>;
  /** Manifest and line, for messages; absent for the top one. */
  namedBy?: string;
}

/**
 * Resolves a playlist and the ones below it level by level, so that the depth of each is its least and a
 * circle ends: each playlist is visited once, or once for every set of variables that it imports.
 * @throws {ManifestError} `too-many` references in all
 */
export async function resolveHls(builder: PackageBuilder, playlists: PlaylistCache): Promise<void> {
  const walk = new PlaylistWalk(builder, playlists);
  let level: Visit[] = [{ relative: builder.manifest, inherited: new Map() }];
  for (let depth = 0; level.length > 0; depth += 1) level = await walk.visitLevel(level, depth);
}

class PlaylistWalk {
  readonly #builder: PackageBuilder;
  readonly #playlists: PlaylistCache;
  readonly #seen: Set<string>;

  constructor(builder: PackageBuilder, playlists: PlaylistCache) {
    this.#builder = builder;
    this.#playlists = playlists;
    this.#seen = new Set([builder.manifest]);
  }

  /** Visits the playlists of one level. Returns those that they name and that were not seen. */
  async visitLevel(level: readonly Visit[], depth: number): Promise<Visit[]> {
    const below: Visit[] = [];
    for (const visit of level) {
      for (const next of await this.#visit(visit)) {
        if (depth < MAX_DEPTH) below.push(next);
        else this.#builder.refuse(tooDeep(), next.relative, next.namedBy);
      }
    }
    return below;
  }

  async #visit(visit: Visit): Promise<Visit[]> {
    const found = await this.#references(visit);
    if (found === undefined) return [];
    const references = found.items.flatMap((item) => ('reference' in item ? [item.reference] : []));
    const stats = await this.#builder.statAll(references);
    const below: Visit[] = [];
    for (const item of found.items) {
      if ('problem' in item) {
        this.#builder.problem(item.problem, visit.relative);
        continue;
      }
      const { place, role } = item.reference;
      const outcome = this.#builder.resolve(item.reference, stats, visit.relative);
      if (outcome.kind !== 'found' || role !== 'playlist') continue;
      const namedBy = `${this.#builder.display(visit.relative)}, ${place}`;
      for (const relative of outcome.files) {
        const key = await this.#key(relative, found.variables);
        if (this.#seen.has(key)) continue;
        this.#seen.add(key);
        below.push({ relative, inherited: found.variables, namedBy });
      }
    }
    return below;
  }

  /** What a playlist names; undefined where it cannot be used, which is noted as a problem. */
  async #references({ relative, inherited, namedBy }: Visit): Promise<HlsReferences | undefined> {
    const folder = posix.dirname(relative);
    try {
      const lines = await this.#playlists.read(this.#builder.absolute(relative));
      if (lines instanceof ManifestError) throw lines;
      const found = hlsReferences(lines, folder === '.' ? '' : `${folder}/`, inherited);
      if (found.items.length > 0) return found;
      throw new ManifestError('empty', 'names no file, so there is nothing to publish');
    } catch (error) {
      this.#builder.refuse(refusalOf(error), relative, namedBy);
      return undefined;
    }
  }

  /** What a visit of a playlist depends on: its path, and the values of the variables that it imports. */
  async #key(relative: string, variables: ReadonlyMap<string, string>): Promise<string> {
    if (variables.size === 0) return relative;
    const lines = await this.#playlists.read(this.#builder.absolute(relative));
    if (lines instanceof ManifestError) return relative;
    const values = importedNames(lines).map((name) => variables.get(name) ?? null);
    return values.length === 0 ? relative : `${relative}\n${JSON.stringify(values)}`;
  }
}

function tooDeep(): ManifestError {
  return new ManifestError('too-deep', `is nested more than ${MAX_DEPTH} playlists deep`);
}

function refusalOf(error: unknown): ManifestError {
  if (error instanceof ManifestError) return error;
  throw error;
}
