import type { Template } from './template.js';

/** More names than these are only counted. */
const MAX_NAMED = 3;

/**
 * Warns of media that nobody can tell apart in the media library, such as the `index` of every package.
 *
 * @returns one warning for all of them, or none
 */
export function equalNamesWarning(
  media: readonly { readonly path: string; readonly mediaName: string }[],
  template: Template,
): string[] {
  const byName = new Map<string, string[]>();
  for (const { path, mediaName } of media) {
    const paths = byName.get(mediaName);
    if (paths === undefined) byName.set(mediaName, [path]);
    else paths.push(path);
  }
  const shared = [...byName].filter(([, paths]) => paths.length > 1);
  if (shared.length === 0) return [];
  const named = shared.slice(0, MAX_NAMED).map(([name, paths]) => {
    const [first, second, ...others] = paths;
    const rest = others.length > 0 ? ` and ${others.length} more` : '';
    return `"${name}" (${first}, ${second}${rest})`;
  });
  const more = shared.length > MAX_NAMED ? ` and ${shared.length - MAX_NAMED} more` : '';
  return [
    `media-name: ${template.source} gives several media one name: ${named.join(', ')}${more}. ` +
      'Add {folder} or {path} to tell them apart.',
  ];
}
