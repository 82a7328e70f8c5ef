import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { braceExpand } from 'minimatch';
import { isInside } from '../files/disk.js';

/** Patterns that an advice spells out; with more it names the first ones. */
const MAX_SPELT = 4;

const WINDOWS = process.platform === 'win32';

const SEPARATORS: Readonly<Record<string, string>> = { ',': 'a comma', ';': 'a semicolon', '|': 'a bar' };

/** Finds a habit from elsewhere in a pattern. */
type Doubt = (pattern: string, workspace: string) => string | undefined;

/** In the order in which they decide: what is wrong as a whole comes before single signs. */
const DOUBTS: readonly Doubt[] = [
  list,
  quotes,
  dash,
  url,
  variable,
  braces,
  extendedGlob,
  regularExpression,
  backslash,
  separator,
  blank,
  home,
  root,
  doubleStar,
];

/**
 * What looks wrong in a pattern that matches nothing, and what to write instead: signs that mean something in other
 * tools and nothing here.
 * @param pattern as written, without the `!` of an exclusion
 * @param workspace absolute path
 * @returns a predicate whose subject is the pattern; undefined where nothing looks wrong
 */
export function doubtOf(pattern: string, workspace: string): string | undefined {
  for (const doubt of DOUBTS) {
    const found = doubt(pattern, workspace);
    if (found !== undefined) return found;
  }
  return undefined;
}

function list(pattern: string): string | undefined {
  if (!/^\[.*["',].*\]$/.test(pattern)) return undefined;
  const items = pattern.slice(1, -1).split(',');
  return `looks like a list in JSON or YAML; write ${eachOnALine(items.map((item) => unquoted(item.trim())))}`;
}

function quotes(pattern: string): string | undefined {
  const plain = unquoted(pattern);
  return plain === pattern ? undefined : `has quotes, which are part of the pattern here; write ${plain}`;
}

function dash(pattern: string): string | undefined {
  const item = /^-\s+(.+)$/.exec(pattern)?.[1];
  if (item === undefined) return undefined;
  return `begins with a dash like a list in YAML, but files is a text; write ${unquoted(item)}`;
}

function url(pattern: string): string | undefined {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(pattern)
    ? 'is a URL, but files takes paths and patterns of local files'
    : undefined;
}

function variable(pattern: string): string | undefined {
  const filled = pattern.replace(
    /\$env:(\w+)|\$\{(\w+)\}|\$([A-Za-z_]\w*)|%([A-Za-z_]\w*)%/g,
    (_, ...names: (string | undefined)[]) => `\${{ env.${names.find(Boolean)} }}`,
  );
  return filled === pattern
    ? undefined
    : `has a variable of a shell, which is not expanded here; write ${filled}`;
}

function braces(pattern: string): string | undefined {
  const expanded = braceExpand(pattern, { braceExpandMax: 100 });
  return expanded.length < 2
    ? undefined
    : `has braces, which are not alternatives here; write ${eachOnALine(expanded)}`;
}

function extendedGlob(pattern: string): string | undefined {
  const [whole = '', sign, inside = ''] = /([@!+?*])\(([^()]*)\)/.exec(pattern) ?? [];
  if (sign === undefined) return undefined;
  const instead =
    sign === '!'
      ? 'write * and exclude files by a line that begins with !'
      : `write ${eachOnALine(inside.split('|').map((item) => pattern.replace(whole, () => item)))}`;
  return `has ${sign}(…), which is not an alternative here; ${instead}`;
}

function regularExpression(pattern: string): string | undefined {
  return !WINDOWS && /\\\.|^\^|[^$]\$$/.test(pattern)
    ? 'looks like a regular expression, but patterns are globs; write for example **/*.mp4'
    : undefined;
}

function backslash(pattern: string): string | undefined {
  return !WINDOWS && pattern.includes('\\')
    ? `has a backslash, which does not separate folders here; write ${pattern.replaceAll('\\', '/')}`
    : undefined;
}

function separator(pattern: string): string | undefined {
  const sign = /[,;|]/.exec(pattern)?.[0];
  if (sign === undefined) return undefined;
  const items = pattern.split(/[,;|]/).map((item) => unquoted(item.trim()));
  return `has ${SEPARATORS[sign]}, which does not separate patterns here; write ${eachOnALine(items)}`;
}

function blank(pattern: string): string | undefined {
  const items = pattern.split(/\s+/);
  const patterns = items.filter((item) => /[./*]/.test(item));
  return patterns.length > 1 && patterns.length === items.length
    ? `has a blank, which does not separate patterns here; write ${eachOnALine(items)}`
    : undefined;
}

function home(pattern: string): string | undefined {
  if (!/^~(?=[/\\]|$)/.test(pattern)) return undefined;
  return `begins at the home folder, ${homedir()}; in the workspace, write ${pattern.slice(2) || '**'}`;
}

function root(pattern: string, workspace: string): string | undefined {
  const first = /^\/+([^/]+)/.exec(pattern);
  if (first === null || isInside(workspace, pattern) || existsSync(first[0])) return undefined;
  return `begins at the root of the machine; in the workspace, write ${pattern.replace(/^\/+/, '')}`;
}

function doubleStar(pattern: string): string | undefined {
  return /[^/\\]\*\*|\*\*[^/\\]/.test(pattern)
    ? `has ** beside other signs, where it spans no folders; write ${pattern.replace(/\*\*+(?=[^/\\*])/, '**/*')}`
    : undefined;
}

function unquoted(text: string): string {
  return /^(["'`])[^"'`]+\1$/.test(text) ? text.slice(1, -1) : text;
}

function eachOnALine(patterns: readonly string[]): string {
  const full = [...new Set(patterns.filter((pattern) => pattern !== ''))];
  if (full.length <= 1) return full.join();
  if (full.length > MAX_SPELT)
    return `${full.slice(0, MAX_SPELT).join(', ')} and so on, each on a line of its own`;
  return `${full.slice(0, -1).join(', ')} and ${full.at(-1)}, each on a line of its own`;
}
