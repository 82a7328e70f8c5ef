import { posix } from 'node:path';
import { forEachOf } from '../for-each-of.js';
import { absorbedCovers, type CoverSearch, findCover } from './cover.js';
import { type FoundFile, FoundFiles } from './files/found-files.js';
import { inspectFile } from './files/local-file.js';
import { outwardTarget } from './files/outward-link.js';
import type { Problem } from './files/problem.js';
import { contentTypeOf, extensionOf, isKnownCoverType, isKnownMediaType } from './media-types.js';
import { findOrphans } from './orphans.js';
import { resolvePackages } from './packages.js';
import type { PlannedMedium, PlannedObject, RefusedMedium } from './planned-medium.js';
import type { ResolvedPackage } from './resolve-package.js';
import { expand, type Template } from './template.js';

/** What will be published, and what won't be and why; both in path order. */
export interface Plan {
  media: PlannedMedium[];
  refused: RefusedMedium[];
  warnings: string[];
}

/** What to do when something optional is missing. */
export type IfMissing = 'error' | 'warn' | 'ignore';

/** What the plan depends on besides the files. */
export interface PlanSettings {
  /** Absolute path. */
  workspace: string;
  mediaName: Template;
  /** MediaType of ApplyUpload; absent takes the extension. */
  mediaType?: string;
  /** Candidates in order; empty when no cover is wanted. */
  cover: Template[];
  ifNoCoverFound: IfMissing;
  coverType?: string;
  sourceContext?: Template;
  sessionContext?: Template;
  mediaStoragePath?: Template;
}

/** Files that are looked at side by side; more would only queue up for the system's threads. */
const LOOKUPS = 16;

/** Longest SourceContext and SessionContext in characters (ApplyUpload). */
const SOURCE_CONTEXT = 250;
const SESSION_CONTEXT = 1000;

/**
 * Makes the plan: which of the found files are media, what belongs to each, and whether all of it can be
 * published. Nothing is sent and no network is used.
 */
export async function makePlan(
  files: readonly FoundFile[],
  settings: PlanSettings,
  signal: AbortSignal,
): Promise<Plan> {
  const { packages, absorbed } = await resolvePackages(files, signal);
  const { candidates, warnings } = withoutOrphans(
    files.filter(({ path }) => !absorbed.has(path)),
    packages,
  );
  const covers = await findCovers(candidates, settings);
  const covering = absorbedCovers(
    new Map([...covers].flatMap(([path, cover]) => (cover.path === undefined ? [] : [[path, cover.path]]))),
    candidates.map(({ path }) => path),
  );
  const own = candidates.filter(({ path }) => !covering.has(path));

  const drafts = new Map<string, Draft>();
  await forEachOf(own, LOOKUPS, new AbortController(), async (found) => {
    const cover = covers.get(found.path) ?? { tried: [] };
    drafts.set(found.path, await draftMedium(found, packages.get(found.path), cover, settings));
  });
  const plan: Plan = { media: [], refused: [], warnings };
  const claims = new Map<string, string>();
  for (const { path } of own) {
    const { medium, problems, ...draft } = drafts.get(path) as Draft;
    const clash = problems.length === 0 ? claimKeys(medium, claims) : undefined;
    if (clash) problems.push(clash);
    plan.warnings.push(...draft.warnings);
    if (problems.length === 0) plan.media.push(medium);
    else plan.refused.push({ path, kind: medium.kind, mediaName: medium.mediaName, problems });
  }
  return plan;
}

/**
 * Takes the object keys of a medium whose place the user chose: nothing may be stored over another medium,
 * or over the manifest of its own package.
 */
function claimKeys(medium: PlannedMedium, claims: Map<string, string>): Problem | undefined {
  const { path, objects, mediaStoragePath } = medium;
  if (mediaStoragePath === undefined) return undefined;
  const folder = posix.dirname(mediaStoragePath);
  const keys = objects
    .filter(({ role }) => role !== 'cover')
    .map(({ relative }) => (relative === '' ? mediaStoragePath : posix.join(folder, relative)));
  const own = new Set<string>();
  const taken = keys.find((key) => claims.has(key) || own.size === own.add(key).size);
  if (taken === undefined) {
    for (const key of keys) claims.set(key, path);
    return undefined;
  }
  return {
    code: 'duplicate-storage-path',
    message: `${path} and ${claims.get(taken) ?? 'a file of its own package'} would both be stored at ${taken}; let media-storage-path tell them apart, for example with {path}.`,
  };
}

/** Leaves out what looks like segments of a package that is refused, and says so. */
function withoutOrphans(
  files: readonly FoundFile[],
  packages: ReadonlyMap<string, ResolvedPackage>,
): { candidates: FoundFile[]; warnings: string[] } {
  const broken = [...packages].flatMap(([path, { problems, files: named }]) =>
    problems.length > 0 ? [{ path, unread: named.length === 0 }] : [],
  );
  const orphans = findOrphans(
    files.map(({ path }) => path),
    broken,
  );
  const left = new Set([...orphans.values()].flat());
  const warnings = [...orphans].map(
    ([manifest, paths]) =>
      `${paths.length === 1 ? '1 file' : `${paths.length} files`} beside ${manifest} (such as ${paths[0]}) may belong to it and are not published on their own, since it can't be published itself.`,
  );
  return { candidates: files.filter(({ path }) => !left.has(path)), warnings };
}

interface Draft {
  medium: PlannedMedium;
  problems: Problem[];
  warnings: string[];
}

async function findCovers(
  files: readonly FoundFile[],
  settings: PlanSettings,
): Promise<Map<string, CoverSearch>> {
  const searches = new Map<string, CoverSearch>();
  if (settings.cover.length === 0) return searches;
  const found = new FoundFiles(files);
  await forEachOf(files, LOOKUPS, new AbortController(), async ({ path }) => {
    searches.set(path, await findCover(settings.cover, path, settings.workspace, found));
  });
  return searches;
}

async function draftMedium(
  found: FoundFile,
  resolved: ResolvedPackage | undefined,
  search: CoverSearch,
  settings: PlanSettings,
): Promise<Draft> {
  const { path } = found;
  const problems: Problem[] = [];
  const warnings: string[] = [];
  const inspection = await inspectFile(found.file, path);
  if (resolved) {
    problems.push(...resolved.problems);
    warnings.push(...resolved.warnings);
  }
  // A package reports a manifest that can't be read in its own words.
  if ('code' in inspection && problems.length === 0) problems.push(inspection);
  const looked = [
    { ...found, inspection },
    { path: '', file: '', ...search },
  ];
  for (const { path: name, file, inspection: facts } of looked) {
    if (facts === undefined || 'code' in facts) continue;
    const target = await outwardTarget(file, settings.workspace);
    if (target !== undefined) {
      warnings.push(`${name} leads out of the workspace by a link, to ${target}; that file is published.`);
    }
  }

  const main: PlannedObject = {
    file: found.file,
    path,
    relative: '',
    role: resolved ? 'manifest' : 'media',
    size: 'code' in inspection ? 0 : inspection.size,
    mtimeMs: 'code' in inspection ? 0 : inspection.mtimeMs,
    contentType: contentTypeOf(path),
  };
  const { cover, coverType } = planCover(path, search, settings, problems, warnings);
  const objects = [main, ...(resolved ? packageObjects(path, resolved) : []), ...(cover ? [cover] : [])];
  const mediaType = resolved ? extensionOf(path) : (settings.mediaType ?? extensionOf(path));
  if (mediaType === '') {
    problems.push({
      code: 'no-extension',
      message: `${path} has no extension to take the MediaType from; give media-type, or leave it out by a line !${path} of files.`,
    });
  } else if (!isKnownMediaType(mediaType)) {
    warnings.push(`${path}: the service's documents do not list the type ${mediaType}; it is sent as it is.`);
  }

  const filled = (name: string, template: Template | undefined, most: number): string | undefined => {
    if (template === undefined) return undefined;
    const text = expand(template, path);
    const length = [...text].length;
    if (length > most) {
      problems.push({
        code: `${name}-too-long`,
        message: `The ${name} for ${path} has ${length} characters; the service takes at most ${most}.`,
      });
    }
    return text;
  };
  const mediaName = expand(settings.mediaName, path);
  const sourceContext = filled('source-context', settings.sourceContext, SOURCE_CONTEXT);
  const sessionContext = filled('session-context', settings.sessionContext, SESSION_CONTEXT);
  const mediaStoragePath =
    settings.mediaStoragePath && storagePath(settings.mediaStoragePath, path, problems);
  const medium: PlannedMedium = {
    path,
    kind: resolved?.kind ?? 'file',
    mediaName,
    mediaType,
    objects,
    ...(coverType === undefined ? {} : { coverType }),
    ...(sourceContext === undefined ? {} : { sourceContext }),
    ...(sessionContext === undefined ? {} : { sessionContext }),
    ...(mediaStoragePath === undefined ? {} : { mediaStoragePath }),
    bytes: objects.reduce((sum, { size }) => sum + size, 0),
  };
  return { medium, problems, warnings };
}

/** The place of a medium, as a player will ask for it. */
function storagePath(template: Template, path: string, problems: Problem[]): string {
  const text = expand(template, path);
  if (text.split('/').includes('..')) {
    problems.push({
      code: 'traversal',
      message: `The media-storage-path for ${path} would be ${text}; it must not have .. in it.`,
    });
  }
  return posix.normalize(text);
}

function packageObjects(manifest: string, resolved: ResolvedPackage): PlannedObject[] {
  return resolved.files.map((entry) => ({
    ...entry,
    path: posix.join(posix.dirname(manifest), entry.relative),
    contentType: contentTypeOf(entry.relative),
  }));
}

function planCover(
  path: string,
  search: CoverSearch,
  settings: PlanSettings,
  problems: Problem[],
  warnings: string[],
): { cover?: PlannedObject; coverType?: string } {
  if (settings.cover.length === 0) return {};
  const { inspection } = search;
  if (search.path === undefined || search.file === undefined || inspection === undefined) {
    const message = `No cover for ${path}: looked for ${search.tried.join(', ') || 'nothing but the file itself'}.`;
    if (settings.ifNoCoverFound === 'error') problems.push({ code: 'no-cover', message });
    if (settings.ifNoCoverFound === 'warn') warnings.push(message);
    return {};
  }
  if ('code' in inspection) {
    problems.push({ code: inspection.code, message: `The cover of ${path}: ${inspection.message}` });
    return {};
  }
  const coverType = settings.coverType ?? extensionOf(search.path);
  if (coverType === '') {
    problems.push({
      code: 'no-extension',
      message: `The cover ${search.path} of ${path} has no extension to take the CoverType from; give cover-type.`,
    });
    return {};
  }
  if (!isKnownCoverType(coverType)) {
    warnings.push(
      `${search.path}: the service's documents do not list the cover type ${coverType}; it is sent as it is.`,
    );
  }
  const cover: PlannedObject = {
    file: search.file,
    path: search.path,
    relative: '',
    role: 'cover',
    size: inspection.size,
    mtimeMs: inspection.mtimeMs,
    contentType: contentTypeOf(search.path),
  };
  return { cover, coverType };
}
