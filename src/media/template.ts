import { posix } from 'node:path';
import { ValueError } from '../errors.js';

const FIELDS = ['dir', 'folder', 'base', 'name', 'ext', 'path'] as const;
type Field = (typeof FIELDS)[number];

const FIELD = `\\{(?:${FIELDS.join('|')})\\}`;
/** What a template is made of: a doubled brace, a field or the start of one, a single brace, text. */
const TOKENS = /\{\{|\}\}|\{[^{}]*\}?|\}|[^{}]+/g;
/** A field in the double braces of other template languages, with no further brace beside it. */
const HABIT = new RegExp(`(?<![{}])\\{(${FIELD})\\}(?![{}])`);

/** A template that was parsed and holds known fields only. */
export interface Template {
  /** The text as the user wrote it. */
  readonly source: string;
  readonly parts: readonly (string | { field: Field })[];
}

/**
 * Parses a template with the fields `{dir}` `{folder}` `{base}` `{name}` `{ext}` `{path}`; `{{` and
 * `}}` are literal braces.
 *
 * @throws {ValueError} for an unknown field, a brace that belongs to nothing, and `{{name}}`, which
 *   means a field in other languages and would be the text `{name}` here
 */
export function parseTemplate(source: string): Template {
  const habit = HABIT.exec(source);
  if (habit !== null)
    throw new ValueError(`a field has single braces: write ${habit[1]} instead of ${habit[0]}`);
  const parts: (string | { field: Field })[] = [];
  let literal = '';
  for (const { 0: token, index } of source.matchAll(TOKENS)) {
    const field = FIELDS.find((known) => token === `{${known}}`);
    if (field !== undefined) {
      parts.push(literal, { field });
      literal = '';
    } else if (token === '{{' || token === '}}') {
      literal += token[0];
    } else if (token.startsWith('{') || token === '}') {
      throw new ValueError(problemOf(token, index) + remedyFor(source));
    } else {
      literal += token;
    }
  }
  parts.push(literal);
  return { source, parts: parts.filter((part) => part !== '') };
}

function problemOf(token: string, index: number): string {
  if (token === '}') return `the brace at character ${index + 1} closes nothing; }} is a literal brace`;
  if (!token.endsWith('}')) return `the brace at character ${index + 1} is not closed; {{ is a literal brace`;
  const fields = FIELDS.map((known) => `{${known}}`).join(' ');
  return `unknown field ${token}; the fields are ${fields}, and {{ and }} are literal braces`;
}

/** For a text that looks like JSON, the same text with every brace doubled that is no field's. */
function remedyFor(source: string): string {
  if (!/^[[{].*[\]}]$/s.test(source.trim())) return '';
  // In JSON two braces in a row are two; elsewhere they are one that somebody has doubled already.
  const single = new RegExp(isJson(source) ? `${FIELD}|[{}]` : `${FIELD}|\\{\\{|\\}\\}|[{}]`, 'g');
  return `; as JSON write ${source.trim().replace(single, (brace) => (brace.length === 1 ? brace + brace : brace))}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** True when the template gives the same text for every path. */
export function isConstant(template: Template): boolean {
  return template.parts.every((part) => typeof part === 'string');
}

/**
 * Fills the template for a workspace-relative path with `/` separators. The fields are those of
 * Node's `path.parse`: `{dir}` is `.` at the root, `{name}` is cut at the last dot only. `{folder}` is
 * the last name in `{dir}`, and empty at the root.
 */
export function expand(template: Template, path: string): string {
  const { dir, base, name, ext } = posix.parse(path);
  const fields: Record<Field, string> = {
    dir: dir || '.',
    folder: posix.basename(dir),
    base,
    name,
    ext,
    path,
  };
  return template.parts.map((part) => (typeof part === 'string' ? part : fields[part.field])).join('');
}
