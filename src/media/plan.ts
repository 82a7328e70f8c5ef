import { posix } from 'node:path';
import { absorbedCovers, type CoverSearch, findCover } from './cover.js';
import { Disk, type FollowedStat } from './files/disk.js';
import type { FoundFile, FoundFiles } from './files/found-files.js';
import { type Problem, problemOf } from './files/problem.js';
import { repetitionWarnings } from './glob/search-warnings.js';
import { equalNamesWarning } from './media-names.js';
import { contentTypeOf, extensionOf, isKnownCoverType, isKnownMediaType } from './media-types.js';
import { findOrphans, withheldBy } from './orphans.js';
import type { FileRole } from './package/reference.js';
import { resolvePackages } from './packages.js';
import type { PlannedMedium, PlannedObject, RefusedMedium } from './planned-medium.js';
import type { PackageFile, ResolvedPackage } from './resolve-package.js';
import { expand, type Template } from './template.js';
import { warnOfParts } from './unmatched-manifests.js';

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

/** Longest SourceContext and SessionContext in characters (ApplyUpload). */
const SOURCE_CONTEXT = 250;
const SESSION_CONTEXT = 1000;

/**
 * Makes the plan: which of the found files are media, what belongs to each, and whether all of it can be
 * published. Nothing is sent and no network is used.
 */
export async function makePlan(
  files: FoundFiles,
  settings: PlanSettings,
  signal: AbortSignal,
): Promise<Plan> {
  const disk = new Disk();
  const { packages, absorbed } = await resolvePackages(files, signal);
  const left = [...files].filter(({ path }) => !absorbed.has(path));
  const orphans = await findOrphans(left, packages, signal);
  const candidates = left.filter(({ path }) => !orphans.has(path));
  const covers = new Map<string, CoverSearch>();
  for (const { path } of candidates) {
    covers.set(path, await findCover(settings.cover, path, { ...settings, found: files, disk }));
  }
  const covering = absorbedCovers(
    new Map([...covers].flatMap(([path, cover]) => (cover.path === undefined ? [] : [[path, cover.path]]))),
    candidates.map(({ path }) => path),
  );
  const own = candidates.filter(({ path }) => !covering.has(path));
  const warnings = repetitionWarnings(unsentRepetitions(files.repeated, packages));
  const single = own.filter(({ path, problem }) => !packages.has(path) && problem === undefined);
  warnings.push(...(await warnOfParts(single, files, settings.workspace, signal)));

  const plan: Plan = { media: [], refused: [], warnings };
  const objects = new WeakMap<PackageFile, PlannedObject>();
  const claims = new Map<string, string>();
  for (const found of own) {
    const { path } = found;
    const cover = covers.get(path) ?? { tried: [] };
    const draft = await draftMedium(found, packages.get(path), cover, settings, disk, objects);
    const { medium, problems, unlisted } = draft;
    const clash = problems.length === 0 ? claimKeys(medium, claims) : undefined;
    if (clash) problems.push(clash);
    plan.warnings.push(...draft.warnings);
    if (problems.length === 0) plan.media.push(medium);
    else {
      const { kind, mediaName } = medium;
      plan.refused.push({ path, kind, mediaName, problems, ...(unlisted > 0 ? { unlisted } : {}) });
    }
  }
  for (const [path, manifest] of orphans) {
    const kind = packages.get(path)?.kind ?? 'file';
    const mediaName = expand(settings.mediaName, path);
    plan.refused.push({ path, kind, mediaName, problems: [withheldBy(manifest, path)] });
  }
  plan.refused.sort((a, b) => (a.path < b.path ? -1 : 1));
  plan.warnings.push(...equalNamesWarning(plan.media, settings.mediaName));
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

/** The repeated paths that no package sends under that very name. */
function unsentRepetitions(
  repeated: ReadonlyMap<string, string>,
  packages: ReadonlyMap<string, ResolvedPackage>,
): Map<string, string> {
  if (repeated.size === 0) return new Map();
  const sent = new Set<string>();
  for (const [manifest, { files }] of packages) {
    for (const { relative } of files) {
      // Adds the folders of a file, too, for a link may be to one of them.
      for (
        let path = posix.join(posix.dirname(manifest), relative);
        !sent.has(path);
        path = posix.dirname(path)
      ) {
        sent.add(path);
      }
    }
  }
  return new Map([...repeated].filter(([path]) => !sent.has(path)));
}

interface Draft {
  medium: PlannedMedium;
  problems: Problem[];
  /** How many problems there are besides. */
  unlisted: number;
  warnings: string[];
}

async function draftMedium(
  found: FoundFile,
  resolved: ResolvedPackage | undefined,
  search: CoverSearch,
  settings: PlanSettings,
  disk: Disk,
  known: WeakMap<PackageFile, PlannedObject>,
): Promise<Draft> {
  const { path } = found;
  const problems: Problem[] = [];
  const warnings: string[] = [];
  const stat = await disk.stat(found.file);
  const problem = found.problem ?? problemOf(stat, path);
  let unlisted = 0;
  if (resolved && !found.problem) {
    unlisted = resolved.unlisted;
    problems.push(...resolved.problems);
    warnings.push(...resolved.warnings);
  }
  // A package reports a manifest that can't be read in its own words.
  if (problem && problems.length === 0) problems.push(problem);
  for (const { path: name = '', file, stat: looked } of [{ ...found, stat }, search]) {
    if (file === undefined || looked?.kind !== 'file') continue;
    const target = disk.targetOutside(settings.workspace, file);
    if (target !== undefined) {
      warnings.push(`${name} leads out of the workspace by a link, to ${target}; that file is published.`);
    }
  }

  const main = plannedObject(resolved ? 'manifest' : 'media', found, stat);
  const { cover, coverType } = planCover(path, search, settings, problems, warnings);
  const parts = resolved ? packageObjects(path, resolved, known) : [];
  const objects = [main, ...parts, ...(cover ? [cover] : [])];
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
  if (mediaName.trim() === '') {
    problems.push({
      code: 'media-name-empty',
      message: `The media-name for ${path} is empty: ${settings.mediaName.source} gives nothing for it. A name needs a field that every path has, such as {name}.`,
    });
  }
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
  return { medium, problems, unlisted, warnings };
}

/** A file whose key the service chooses. */
function plannedObject(role: FileRole, { file, path }: FoundFile, stat: FollowedStat): PlannedObject {
  const { kind, ...facts } = stat.kind === 'file' ? stat : { kind: '', size: 0, mtimeMs: 0 };
  return { file, path, relative: '', role, ...facts, contentType: contentTypeOf(path) };
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

/** @param known the objects of other packages, with which this one may share files */
function packageObjects(
  manifest: string,
  resolved: ResolvedPackage,
  known: WeakMap<PackageFile, PlannedObject>,
): PlannedObject[] {
  return resolved.files.map((entry) => {
    let object = known.get(entry);
    if (object === undefined) {
      const path = posix.join(posix.dirname(manifest), entry.relative);
      object = { ...entry, path, contentType: contentTypeOf(entry.relative) };
      known.set(entry, object);
    }
    return object;
  });
}

function planCover(
  path: string,
  search: CoverSearch,
  settings: PlanSettings,
  problems: Problem[],
  warnings: string[],
): { cover?: PlannedObject; coverType?: string } {
  if (settings.cover.length === 0) return {};
  const { stat } = search;
  if (search.path === undefined || search.file === undefined || stat === undefined) {
    const message = `No cover for ${path}: looked for ${search.tried.join(', ') || 'nothing but the file itself'}.`;
    if (settings.ifNoCoverFound === 'error') problems.push({ code: 'no-cover', message });
    if (settings.ifNoCoverFound === 'warn') warnings.push(message);
    return {};
  }
  const problem = problemOf(stat, search.path);
  if (problem) {
    problems.push({ code: problem.code, message: `The cover of ${path}: ${problem.message}` });
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
  return { cover: plannedObject('cover', { path: search.path, file: search.file }, stat), coverType };
}
