import { dirname, posix } from 'node:path';
import { UserError } from '../errors.js';
import { type FoundFile, FoundFiles } from './files/found-files.js';
import { type Problem, reasonOf } from './files/problem.js';
import { workspacePath } from './files/workspace-path.js';
import { OwnFiles } from './glob/own-files.js';
import { type Pattern, readPattern } from './glob/pattern.js';
import { type Findings, type Match, search } from './glob/search.js';
import { searchWarnings } from './glob/search-warnings.js';
import { explainUnmatched } from './glob/unmatched.js';
import { extensionOf, isKnownMediaType } from './media-types.js';
import type { IfMissing } from './plan.js';
import { isManifest } from './resolve-package.js';

/** Patterns that an error explains. */
const MAX_SHOWN = 20;

/** What to find, and what to do where nothing is found. */
export interface FindSettings {
  /** Absolute path. */
  workspace: string;
  /** The globs as given, one per line. */
  files: string;
  ifNoFilesFound: IfMissing;
  /** Absolute paths of files that the run writes itself. */
  written: readonly string[];
}

/** What was found, and what is to be said about it. */
export interface FoundFilesReport {
  files: FoundFiles;
  warnings: string[];
  /** What is worth a line, though nothing is wrong. */
  notices: string[];
}

/**
 * Finds the files that the globs match. Where others match, a path that matches nothing is worth a warning, and a
 * pattern with wildcards a notice.
 *
 * @throws {UserError} for what is not a pattern, and where nothing is found and that is an error
 */
export async function findFiles(settings: FindSettings): Promise<FoundFilesReport> {
  const { workspace, ifNoFilesFound } = settings;
  const { files, unmatched, own, warnings } = await discover(settings.files, workspace, settings.written);
  const notices = own.map((path) => `${path} is a file that this action writes, and is left out.`);
  if (files.size === 0 && ifNoFilesFound === 'ignore') return { files, warnings, notices };
  const shown = (path: string): string => workspacePath(path, workspace) || path;
  const reasons = await explainUnmatched(unmatched, workspace, shown);
  if (files.size > 0) {
    for (const [index, { literal }] of unmatched.entries()) {
      (literal ? warnings : notices).push(`files: ${reasons[index]}`);
    }
    return { files, warnings, notices };
  }
  const message = noFilesMessage(workspace, reasons);
  if (ifNoFilesFound === 'error') throw new UserError([message, ...warnings, ...notices].join('\n'));
  return { files, warnings: [message, ...warnings], notices };
}

function noFilesMessage(workspace: string, reasons: readonly string[]): string {
  const advice = 'Check the patterns, and that an earlier step made the files.';
  if (reasons.length === 1) return `No files found in ${workspace}: ${reasons[0]} ${advice}`;
  const shown = reasons.slice(0, MAX_SHOWN).map((reason) => `- ${reason}`);
  const more =
    reasons.length > MAX_SHOWN ? [`- and ${reasons.length - MAX_SHOWN} more patterns match no file.`] : [];
  return [`No files found in ${workspace}.`, ...shown, ...more, advice].join('\n');
}

/** What a search for files came to. */
export interface Discovery {
  files: FoundFiles;
  /** Patterns that include files and matched none. */
  unmatched: Pattern[];
  /** Workspace-relative paths of files that patterns match and that this action writes. */
  own: string[];
  warnings: string[];
}

/**
 * Finds the files that the globs match. A file counts for a pattern that matches it when no exclusion after the
 * pattern takes it.
 *
 * @param globs one per line; `!` excludes, `#` starts a comment; relative to the workspace
 * @param written absolute paths of files that the run writes, which it must not take for media
 * @throws {UserError} for what is not a pattern
 */
export async function discover(
  globs: string,
  workspace: string,
  written: readonly string[] = [],
): Promise<Discovery> {
  const lines = globs
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const patterns = await Promise.all(lines.map((line) => readPattern(line, workspace)));
  const findings = await search(patterns, workspace);
  const folders = findings.unsearched.filter(({ named }) => named);
  const matches = findings.matches.sort(byPreference).map((match) => foundFile(match, workspace));
  const ownFiles = await OwnFiles.of(written);
  const own = new Set<FoundFile>();
  for (const match of matches) {
    // That the run would write over a film is a mistake to be reported, not a reason to leave the film out.
    if (!isKnownMediaType(extensionOf(match.path)) && (await ownFiles.has(match))) own.add(match);
  }
  const files = new FoundFiles([
    ...matches.filter((match) => !own.has(match)),
    ...folders.map(({ path, code }) => unreadableFolder(path, code, workspace)),
  ]);
  for (const [path, other] of repeatedFolders(findings.repeated, files)) {
    files.repeated.set(workspacePath(path, workspace), other);
  }
  return {
    files,
    own: [...own].map(({ path }) => path).sort(),
    unmatched: patterns.filter(({ excludes }, index) => !excludes && !findings.found.has(index)),
    warnings: searchWarnings(findings, patterns, files, workspace),
  };
}

/** Of several paths of a file, one without links comes first. */
function byPreference(a: Match, b: Match): number {
  return Number(a.linked) - Number(b.linked) || (a.file < b.file ? -1 : 1);
}

function foundFile({ file, raw, place, target }: Match, workspace: string): FoundFile {
  const path = workspacePath(file, workspace);
  // The references of a manifest start from where it is found, so a link in another folder is a package of its own.
  const moves = target !== undefined && isManifest(path) !== undefined && dirname(target) !== dirname(place);
  const real = moves ? place : (target ?? place);
  return {
    file,
    path,
    ...(real === file ? {} : { real }),
    ...(typeof raw === 'string' ? {} : { problem: notUtf8(path) }),
  };
}

/** Links to folders with files that were found under other paths, with those of the folders. */
function repeatedFolders(repeated: Findings['repeated'], files: FoundFiles): Map<string, string> {
  if (repeated.length === 0) return new Map();
  const paths = new Map<string, string>();
  for (const { file, path, real = file } of files) {
    let folder = dirname(real);
    for (let other = posix.dirname(path); !paths.has(folder); other = posix.dirname(other)) {
      paths.set(folder, other);
      folder = dirname(folder);
    }
  }
  return new Map(
    repeated.flatMap(({ path, real }) => {
      const other = paths.get(real);
      return other === undefined ? [] : [[path, other]];
    }),
  );
}

function notUtf8(path: string): Problem {
  return {
    code: 'name-not-utf-8',
    message: `${path} has a name that is not UTF-8; the bytes that are not are shown as \\xHH. Rename it, or exclude it.`,
  };
}

function unreadableFolder(file: string, code: string, workspace: string): FoundFile {
  const path = workspacePath(file, workspace) || '.';
  return {
    file,
    path,
    problem: { code: 'unreadable', message: `${path} can't be searched: ${reasonOf(code)}.` },
  };
}
