import { isHidden } from './file-types.js';

/** A relative reference of a manifest, resolved to names below the manifest's folder. */
export interface LocalReference {
  /**
   * Path below the manifest's folder with `/`: decoded, without query, fragment and `.` segments.
   * Ends with `/` when the reference names a folder.
   */
  path: string;
  /** The same path with nothing decoded; equal to `path` where nothing had to be. */
  raw: string;
  /** The reference taken as it is written, with what stands in the place of a query and a fragment. */
  uncut?: string;
  /** The folder for references relative to this one, where an encoded slash makes it another one than that of `path`. */
  folder?: string;
  /** Why a player asks for another name than `path`, where that is so. */
  nameWarning?: string;
}

/** A reference that may not be followed. */
export interface ReferenceRefusal {
  code: string;
  /** Predicate of a sentence whose subject is the reference. */
  reason: string;
}

/** The folder of the top manifest, against which its references resolve. */
export const MANIFEST_FOLDER: LocalReference = { path: '', raw: '' };

const SCHEME = /^([a-z][a-z0-9+.-]*):/i;
const DRIVE_LETTER = /^[a-z]:/i;
const CONTROL = /\p{Cc}/u;
const ENCODED_SLASH = /%2f/i;
const ENCODED_BACKSLASH = /%5c/i;
const RELATIVE_ONLY = 'only references relative to the manifest can be published';

/**
 * True for a reference that a player fetches from elsewhere by itself: one with a scheme or a host.
 * `file:` and drive letters name local files by absolute path and are not external.
 */
export function isExternal(text: string): boolean {
  const trimmed = text.trim();
  if (trimmed.startsWith('//')) return true;
  const scheme = SCHEME.exec(trimmed)?.[1]?.toLowerCase();
  return scheme !== undefined && scheme.length > 1 && scheme !== 'file';
}

/**
 * Resolves a reference of a manifest against a base (RFC 3986 section 5.2) without ever leaving the
 * manifest's folder: `..` is refused even where it would stay inside, because the service refuses it.
 * The reference is decoded once; an encoded slash separates folders then, as Shaka Packager means it.
 * @param text the reference as written
 * @param base what it is relative to; everything after the base's last `/` is replaced
 */
export function resolveReference(text: string, base: LocalReference): LocalReference | ReferenceRefusal {
  const written = text.trim();
  if (written === '') return base;
  const refused = refuseAbsolute(written);
  if (refused) return refused;
  const end = written.search(/[?#]/);
  const cut = end === -1 ? written : written.slice(0, end);
  const decoded = decode(cut);
  const name = nameOf(cut, decoded.text);
  if ('code' in name) return name;
  const uncut = end === -1 && base.uncut === undefined ? undefined : literalName(written);
  const whole = uncut && { uncut: folderOf(base.uncut ?? base.raw) + uncut.path };
  if (cut === '') return { ...base, ...whole };
  const above = base.folder ?? folderOf(base.path);
  const path = above + name.path;
  const literal = cut === decoded.text ? name : literalName(cut);
  const reference: LocalReference = {
    path,
    raw: literal ? folderOf(base.raw) + literal.path : path,
    ...whole,
  };
  const folder = folderBeforeDecoding(cut);
  if (folder !== undefined) reference.folder = above + folder;
  const nameWarning = base.nameWarning ?? decoded.nameWarning ?? name.nameWarning;
  if (nameWarning !== undefined) reference.nameWarning = nameWarning;
  return reference;
}

/** True when {@link resolveReference} refused. */
export function isRefused(result: LocalReference | ReferenceRefusal): result is ReferenceRefusal {
  return 'code' in result;
}

function refuseAbsolute(text: string): ReferenceRefusal | undefined {
  if (/^[\\/]{2}/.test(text)) {
    return { code: 'absolute-url', reason: `names a host: ${RELATIVE_ONLY}` };
  }
  if (DRIVE_LETTER.test(text)) {
    return { code: 'absolute-path', reason: `starts with a drive letter: ${RELATIVE_ONLY}` };
  }
  const scheme = SCHEME.exec(text)?.[1];
  if (scheme !== undefined) {
    return scheme.toLowerCase() === 'file'
      ? { code: 'absolute-path', reason: `is a file: URL: ${RELATIVE_ONLY}` }
      : { code: 'absolute-url', reason: `is a URL (${scheme}:): ${RELATIVE_ONLY}` };
  }
  if (text.startsWith('/')) {
    return { code: 'absolute-path', reason: `is an absolute path: ${RELATIVE_ONLY}` };
  }
  return undefined;
}

/**
 * The name that a reference means below the folder of its base.
 * @param cut the reference without query and fragment
 * @param decoded the same decoded
 */
function nameOf(cut: string, decoded: string): { path: string; nameWarning?: string } | ReferenceRefusal {
  if (cut.includes('\\') || (cut.includes('%') && ENCODED_BACKSLASH.test(cut))) {
    return { code: 'backslash', reason: 'has a backslash: write "/" between folders' };
  }
  if (CONTROL.test(decoded)) return { code: 'invalid-uri', reason: 'has control characters' };
  if (decoded.startsWith('/')) {
    return { code: 'absolute-path', reason: `is an absolute path: ${RELATIVE_ONLY}` };
  }
  const name = normalize(decoded);
  if (name === undefined) {
    const reason = 'has a ".." segment: every file must be in the folder of the manifest or below it';
    return { code: 'traversal', reason };
  }
  if (DRIVE_LETTER.test(name.path)) {
    return { code: 'absolute-path', reason: `starts with a drive letter: ${RELATIVE_ONLY}` };
  }
  if (isHidden(name.path)) {
    const reason =
      'names a hidden file, or one in a hidden folder, which no player needs: take it out of the manifest';
    return { code: 'hidden-file', reason };
  }
  return name;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

/**
 * The folder that a reference is in by its own slashes, which players go by when they merge references; undefined
 * where an encoded slash makes no difference to it.
 */
function folderBeforeDecoding(cut: string): string | undefined {
  if (!cut.includes('%')) return undefined;
  const name = cut.lastIndexOf('/') + 1;
  if (!ENCODED_SLASH.test(cut.slice(name))) return undefined;
  return normalize(decode(cut.slice(0, name)).text)?.path;
}

/** Decodes segment by segment, so that one malformed escape does not hide what another one means. */
function decode(cut: string): { text: string; nameWarning?: string } {
  if (!cut.includes('%')) return { text: cut };
  let malformed = false;
  const segments = cut.split('/').map((segment) => {
    try {
      return decodeURIComponent(segment);
    } catch {
      malformed = true;
      return segment;
    }
  });
  const text = segments.join('/');
  if (malformed) return { text, nameWarning: 'has a "%" that starts no valid escape; write it as %25' };
  return ENCODED_SLASH.test(cut)
    ? { text, nameWarning: 'has an encoded slash (%2F), which is taken for one between folders; write "/"' }
    : { text };
}

/** Drops `.` and empty segments; undefined where a `..` segment occurs. */
function normalize(path: string): { path: string; nameWarning?: string } | undefined {
  const segments = path.split('/');
  const last = segments.length - 1;
  const kept: string[] = [];
  let doubled = false;
  for (const [index, segment] of segments.entries()) {
    if (segment === '..') return undefined;
    if (segment === '' && index < last) doubled = true;
    if (segment !== '' && segment !== '.') kept.push(segment);
  }
  const folder = segments[last] === '' || segments[last] === '.';
  const text = kept.join('/') + (folder && kept.length > 0 ? '/' : '');
  return doubled ? { path: text, nameWarning: 'has a doubled "/"; write it once' } : { path: text };
}

/** A reference or its beginning as a name on disk with nothing decoded, where it can be one. */
function literalName(written: string): { path: string } | undefined {
  return written.includes('\\') || CONTROL.test(written) ? undefined : normalize(written);
}
