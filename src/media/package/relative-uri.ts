/** A relative reference of a manifest, resolved to names below the manifest's folder. */
export interface LocalReference {
  /**
   * Path below the manifest's folder with `/`: decoded, without query, fragment and `.` segments.
   * Ends with `/` when the reference names a folder.
   */
  path: string;
  /** The same reference taken as it is written; equal to `path` when nothing had to be decoded or cut. */
  raw: string;
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
 * The reference is decoded once.
 * @param text the reference as written
 * @param base what it is relative to; everything after the base's last `/` is replaced
 */
export function resolveReference(text: string, base: LocalReference): LocalReference | ReferenceRefusal {
  const written = text.trim();
  if (written === '') return base;
  const refused = refuseAbsolute(written);
  if (refused) return refused;
  const cut = written.replace(/[?#].*$/su, '');
  if (/%2f/i.test(cut)) {
    return { code: 'encoded-separator', reason: 'has an encoded slash (%2F) in a name: write a plain "/"' };
  }
  if (cut.includes('\\') || /%5c/i.test(cut)) {
    return { code: 'backslash', reason: 'has a backslash: write "/" between folders' };
  }
  const decoded = decode(cut);
  if (CONTROL.test(decoded.text)) {
    return { code: 'invalid-uri', reason: 'has control characters' };
  }
  const plain = normalize(decoded.text);
  if (plain === undefined) {
    return {
      code: 'traversal',
      reason: 'has a ".." segment: every file must be in the folder of the manifest or below it',
    };
  }
  if (DRIVE_LETTER.test(plain.path)) {
    return { code: 'absolute-path', reason: `starts with a drive letter: ${RELATIVE_ONLY}` };
  }
  const path = cut === '' ? base.path : folderOf(base.path) + plain.path;
  const literal = written === decoded.text ? plain : literalName(written);
  const raw = literal === undefined ? path : folderOf(base.raw) + literal.path;
  const nameWarning = base.nameWarning ?? decoded.nameWarning ?? plain.nameWarning;
  return nameWarning === undefined ? { path, raw } : { path, raw, nameWarning };
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

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
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
  return malformed
    ? { text, nameWarning: 'has a "%" that starts no valid escape; write it as %25' }
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

/** The reference as a name on disk with nothing decoded or cut, where it can be one. */
function literalName(written: string): { path: string } | undefined {
  return written.includes('\\') || CONTROL.test(written) ? undefined : normalize(written);
}
