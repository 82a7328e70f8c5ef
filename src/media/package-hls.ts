import { posix } from 'node:path';
import { type HlsLine, readHls } from './hls-document.js';
import { type HlsReferences, hlsReferences, importedNames } from './hls-references.js';
import type { PackageBuilder } from './package-builder.js';
import { MAX_DEPTH } from './package-limits.js';
import { Refusal } from './package-refusal.js';
import { readManifestText } from './package-text.js';

/** Playlists that were read in a run, by absolute path: masters share what they name. */
export class PlaylistCache {
  readonly #playlists = new Map<string, Promise<HlsLine[] | Refusal>>();

  /** @returns a refusal instead of throwing it, so that every package that names the playlist is told */
  read(file: string): Promise<HlsLine[] | Refusal> {
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
 * @throws {Refusal} `too-many` references in all
 */
export async function resolveHls(builder: PackageBuilder, playlists: PlaylistCache): Promise<void> {
  const seen = new Set<string>([builder.manifest]);
  let level: Visit[] = [{ relative: builder.manifest, inherited: new Map() }];
  for (let depth = 0; level.length > 0; depth += 1) {
    const below: Visit[] = [];
    for (const visit of level) {
      const lines = await playlists.read(builder.absolute(visit.relative));
      if (lines instanceof Refusal) builder.refuse(lines, visit.relative, visit.namedBy);
      else below.push(...(await visitPlaylist(builder, playlists, visit, lines, depth, seen)));
    }
    level = below;
  }
}

async function visitPlaylist(
  builder: PackageBuilder,
  playlists: PlaylistCache,
  visit: Visit,
  lines: readonly HlsLine[],
  depth: number,
  seen: Set<string>,
): Promise<Visit[]> {
  const found = referencesOf(builder, visit, lines);
  if (found === undefined) return [];
  const references = found.items.flatMap((item) => ('reference' in item ? [item.reference] : []));
  const facts = await builder.survey(references);
  const below: Visit[] = [];
  for (const item of found.items) {
    if ('problem' in item) {
      builder.problem(item.problem, visit.relative);
      continue;
    }
    const { reference } = item;
    const outcome = builder.settle(reference, facts, visit.relative);
    if (outcome.kind !== 'found' || reference.role !== 'playlist') continue;
    for (const relative of outcome.files) {
      const key = await visitKey(builder, playlists, relative, found.variables);
      if (seen.has(key)) continue;
      if (depth === MAX_DEPTH) {
        const reason = `is nested more than ${MAX_DEPTH} playlists deep`;
        const { place, text } = reference;
        builder.problem({ code: 'too-deep', place, text, reason }, visit.relative);
        continue;
      }
      seen.add(key);
      const namedBy = `${builder.display(visit.relative)}, ${reference.place}`;
      below.push({ relative, inherited: found.variables, namedBy });
    }
  }
  return below;
}

/** What a visit of a playlist depends on: its path, and the values of the variables that it imports. */
async function visitKey(
  builder: PackageBuilder,
  playlists: PlaylistCache,
  relative: string,
  variables: ReadonlyMap<string, string>,
): Promise<string> {
  if (variables.size === 0) return relative;
  const lines = await playlists.read(builder.absolute(relative));
  if (lines instanceof Refusal) return relative;
  const values = importedNames(lines).map((name) => variables.get(name) ?? null);
  return values.length === 0 ? relative : `${relative}\n${JSON.stringify(values)}`;
}

function referencesOf(
  builder: PackageBuilder,
  { relative, inherited, namedBy }: Visit,
  lines: readonly HlsLine[],
): HlsReferences | undefined {
  const folder = posix.dirname(relative);
  try {
    const found = hlsReferences(lines, folder === '.' ? '' : `${folder}/`, inherited);
    if (found.items.length > 0) return found;
    builder.refuse(new Refusal('empty', 'names no file, so there is nothing to publish'), relative, namedBy);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    builder.refuse(error, relative, namedBy);
  }
  return undefined;
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  throw error;
}
