import { posix } from 'node:path';
import { ValueError } from '../errors.js';

const FIELDS = ['dir', 'base', 'name', 'ext', 'path'] as const;
type Field = (typeof FIELDS)[number];

/** A template that was parsed and holds known fields only. */
export interface Template {
  /** The text as the user wrote it. */
  readonly source: string;
  readonly parts: readonly (string | { field: Field })[];
}

/**
 * Parses a template with the fields `{dir}` `{base}` `{name}` `{ext}` `{path}`; `{{` is a literal
 * brace, and a `}` that closes no field stands for itself.
 *
 * @throws {ValueError} for an unknown field or a brace that is not closed
 */
export function parseTemplate(source: string): Template {
  const parts: (string | { field: Field })[] = [];
  let literal = '';
  let at = 0;
  while (at < source.length) {
    const char = source[at] as string;
    if (char === '{' && source[at + 1] !== '{') {
      const end = source.indexOf('}', at);
      if (end < 0) throw new ValueError(`the brace at character ${at + 1} is not closed`);
      const name = source.slice(at + 1, end);
      const field = FIELDS.find((known) => known === name);
      if (field === undefined) {
        throw new ValueError(
          `unknown field {${name}}; the fields are ${FIELDS.map((known) => `{${known}}`).join(' ')}, and {{ is a literal brace`,
        );
      }
      parts.push(literal, { field });
      literal = '';
      at = end + 1;
    } else {
      literal += char;
      at += char === '{' ? 2 : 1;
    }
  }
  parts.push(literal);
  return { source, parts: parts.filter((part) => part !== '') };
}

/** True when the template gives the same text for every path. */
export function isConstant(template: Template): boolean {
  return template.parts.every((part) => typeof part === 'string');
}

/**
 * Fills the template for a workspace-relative path with `/` separators. The fields are those of
 * Node's `path.parse`: `{dir}` is `.` at the root, `{name}` is cut at the last dot only.
 */
export function expand(template: Template, path: string): string {
  const { dir, base, name, ext } = posix.parse(path);
  const fields: Record<Field, string> = { dir: dir || '.', base, name, ext, path };
  return template.parts.map((part) => (typeof part === 'string' ? part : fields[part.field])).join('');
}
