/** Types of files that are parts of packages and nothing else. */
const PART_TYPES = ['m4s', 'cmfv', 'cmfa', 'cmft', 'cmfm', 'sidx', 'key', 'vtt', 'webvtt', 'm3u'];

/** Types of segments and initialization segments that are media of their own as well. */
const MEDIA_TYPES = [
  ...['mp4', 'm4v', 'm4a', 'mp4v', 'mp4a', 'webm', 'weba', 'mov', 'ts', 'm2ts', 'mts'],
  ...['aac', 'mp3', 'ac3', 'ec3', 'ac4', 'flac', 'ogg', 'opus'],
];

/** Types of manifests, text and image tracks. */
const OTHER_TYPES = ['m3u8', 'mpd', 'ttml', 'dfxp', 'jpg', 'jpeg', 'png', 'webp', 'avif'];

const partTypes: ReadonlySet<string> = new Set(PART_TYPES);
const mediaTypes: ReadonlySet<string> = new Set(MEDIA_TYPES);

// Packagers hide no keys, but people do.
const hiddenTypes: ReadonlySet<string> = new Set(
  [...PART_TYPES, ...MEDIA_TYPES, ...OTHER_TYPES].filter((type) => type !== 'key'),
);

/** What follows the last dot of a path's last name, in lower case; of `1/.mp4` it is `mp4`. */
export function typeOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot === -1 ? '' : name.slice(dot + 1).toLowerCase();
}

/** True for a file that is a part of some package whatever else is known of it. */
export function isPartType(path: string): boolean {
  return partTypes.has(typeOf(path));
}

/** True for a file that may be a segment, or a medium of its own. */
export function mayBeSegment(path: string): boolean {
  return mediaTypes.has(typeOf(path));
}

/**
 * True for a path that no package needs and that may hold secrets: one through a folder whose name begins with a
 * dot (`.git/config`), or of a file whose name does, unless it ends in a type that packages have: MP4Box names
 * initialization segments `1/.mp4`.
 * @param path with `/`, without `.` and `..` segments; a `/` at the end means a folder
 */
export function isHidden(path: string): boolean {
  if (!path.startsWith('.') && !path.includes('/.')) return false;
  const folders = path.split('/');
  const name = folders.pop() ?? '';
  return (
    folders.some((folder) => folder.startsWith('.')) ||
    (name.startsWith('.') && !hiddenTypes.has(typeOf(name)))
  );
}
