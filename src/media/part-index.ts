import { stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { MAX_MANIFEST_BYTES } from './package/limits.js';
import { baseOf, type Mention, matchesShape, mentionsIn, shapeOf } from './package/mentions.js';
import { isManifest } from './resolve-package.js';

/** Path of the manifest that may have a file as its part. */
export type Claim = string;

/** A manifest whose text is searched for names. */
export interface ManifestText {
  file: string;
  /** Below the workspace. */
  path: string;
  kind: 'hls' | 'dash';
}

/** Names that are kept in all. */
const MAX_SHAPES = 200_000;
/** Names with an open part that are kept for a folder, since each of them is tried on each file. */
const MAX_PATTERNS = 500;
/** Texts that are looked at in all, and bytes that are searched for them. */
const MAX_MENTIONS = 2_000_000;
const MAX_BYTES = 256 * 1024 * 1024;

/** How packagers name segments and initialization segments: by a number, or by what they are. */
const SEGMENT_NAME = /^\d|\d$|(?:^|[^a-z])(?:init|seg|chunk|frag)/i;

/** What is known of the names in a folder and below it. */
interface Scope {
  /** Base names, by their shapes. */
  names: Map<string, Claim>;
  /** The same with open parts, and what may stand in their place: any text of the package. */
  patterns: Map<string, { claim: Claim; texts: ReadonlySet<string> }>;
}

/** A manifest in a folder of which nothing is known that it names. */
interface Unread {
  /** Names without extensions, by which files beside it may be called. */
  stems: Map<string, Claim>;
  /** Set where the folder belongs to a package: it is below that of the package's own manifest. */
  owner: Claim | undefined;
  first: Claim;
}

/** What broken packages may have as their parts, by folders and names. */
export class PartIndex {
  readonly #broken = new Map<string, Claim>();
  readonly #unreadHls = new Map<string, Claim>();
  readonly #unread = new Map<string, Unread>();
  readonly #paths = new Map<string, Claim>();
  readonly #exact = new Map<string, Claim>();
  readonly #scopes = new Map<string, Scope>();
  readonly #signal: AbortSignal;
  readonly #searched = new Set<string>();
  #mentions = 0;
  #bytes = 0;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Adds a package that can't be published. */
  addBroken(manifest: string): void {
    setOnce(this.#broken, posix.dirname(manifest), manifest);
  }

  /**
   * Adds a manifest of a broken package of which nothing is known that it names.
   * @param mayBeMultivariant true where it may name playlists
   */
  addUnread(path: string, manifest: string, mayBeMultivariant: boolean): void {
    const folder = posix.dirname(path);
    const isNested = folder !== posix.dirname(manifest);
    const known = this.#unread.get(folder) ?? { stems: new Map(), owner: undefined, first: manifest };
    setOnce(known.stems, stemOf(path), manifest);
    if (isNested) known.owner ??= manifest;
    this.#unread.set(folder, known);
    if (mayBeMultivariant) setOnce(this.#unreadHls, folder, manifest);
  }

  /**
   * Adds what a manifest of a broken package names by its text.
   * @param texts of the package's manifests so far, to which those of this one are added
   * @returns false when it can't be read, or there is more to read than there should be
   */
  async addText({ file, path, kind }: ManifestText, manifest: string, texts: Set<string>): Promise<boolean> {
    const folder = posix.dirname(path);
    const scopes = new Set([folder]);
    const names = new Set<string>();
    try {
      const { dev, ino, size } = await stat(file, { bigint: true });
      // The same text in the same folder names the same: a link to a manifest beside it.
      const identity = `${dev} ${ino} ${folder}`;
      if (this.#searched.has(identity)) return true;
      this.#searched.add(identity);
      this.#bytes += Math.min(Number(size), MAX_MANIFEST_BYTES);
      if (this.#bytes > MAX_BYTES) return false;
      for await (const mention of mentionsIn(file, this.#signal)) {
        this.#mentions += 1;
        if (this.#mentions > MAX_MENTIONS || this.#paths.size + texts.size > MAX_SHAPES) return false;
        texts.add(mention.shape);
        this.#addPath(mention, folder, manifest);
        if (mention.shape.startsWith('../')) scopes.add(posix.join(folder, folderOf(mention.shape)));
        // Playlists are relative to themselves alone; in an MPD anything may be below a BaseURL.
        if (kind === 'dash' || mention.shape.includes('*')) names.add(baseOf(mention.shape));
      }
    } catch (error) {
      // What can't be read now could be a moment ago, or the run has been stopped.
      if (!(error instanceof Error && 'code' in error)) throw error;
      return false;
    }
    for (const scope of scopes) this.#addNames(names, scope, manifest, texts);
    return true;
  }

  /** The broken manifest in a file's folder or the nearest one above it. */
  brokenAbove(path: string): Claim | undefined {
    return nearest(path, (folder) => this.#broken.get(folder));
  }

  /** The broken manifest that names a file, but for its numbers. */
  namedBy(path: string): Claim | undefined {
    const shape = shapeOf(path);
    const name = posix.basename(shape);
    return (
      this.#paths.get(shape) ??
      nearest(path, (folder) => {
        const scope = this.#scopes.get(folder);
        if (scope === undefined) return undefined;
        const known = scope.names.get(name);
        if (known !== undefined) return known;
        for (const [pattern, { claim, texts }] of scope.patterns) {
          if (matchesShape(pattern, name) && (!isOpen(pattern) || isSegmentOf(name, texts))) return claim;
        }
        return undefined;
      })
    );
  }

  /** The broken manifest that names a file by exactly its path. */
  exactlyNamedBy(path: string): Claim | undefined {
    return this.#exact.get(path);
  }

  /**
   * The manifest beside or above a file that can't be read, where the file looks like a segment.
   * @param isLikely true for a file that is a segment more often than not
   */
  unreadAround(path: string, isLikely: boolean): Claim | undefined {
    const name = posix.basename(path);
    return nearest(path, (folder) => {
      const unread = this.#unread.get(folder);
      if (unread === undefined) return undefined;
      if (unread.owner !== undefined) return unread.owner;
      if (isLikely || SEGMENT_NAME.test(stemOf(path))) return unread.first;
      return claimOfStem(name, unread.stems);
    });
  }

  /** The HLS manifest in a folder above that of a playlist that can't be read. */
  unreadHlsAbove(path: string): Claim | undefined {
    const folder = posix.dirname(path);
    return folder === '.' ? undefined : nearest(folder, (above) => this.#unreadHls.get(above));
  }

  #addPath({ shape, path, remote }: Mention, folder: string, manifest: string): void {
    if (shape.includes('*') || shape.endsWith('/')) return;
    setOnce(this.#paths, shapeOf(posix.join(folder, remote ? baseOf(shape) : shape)), manifest);
    if (path !== undefined && !remote && isManifest(path)) {
      setOnce(this.#exact, posix.join(folder, path), manifest);
    }
  }

  #addNames(names: Iterable<string>, folder: string, claim: string, texts: ReadonlySet<string>): void {
    let scope = this.#scopes.get(folder);
    if (scope === undefined) {
      scope = { names: new Map(), patterns: new Map() };
      this.#scopes.set(folder, scope);
    }
    for (const name of names) {
      if (name === '') continue;
      if (!name.includes('*')) setOnce(scope.names, name, claim);
      else if (scope.patterns.size < MAX_PATTERNS) setOnce(scope.patterns, name, { claim, texts });
      else setOnce(scope.patterns, `*${posix.extname(name)}`, { claim, texts });
    }
  }
}

/** True for a name that is open but for its extension. */
function isOpen(pattern: string): boolean {
  return /^\*+(?:\.[^*.]*)?$/.test(pattern);
}

/** True where what a name begins with stands in the package's manifests, or it looks like a segment's. */
function isSegmentOf(name: string, texts: ReadonlySet<string>): boolean {
  return texts.has(stemOf(name)) || texts.has(name) || SEGMENT_NAME.test(stemOf(name));
}

/** Asks for a folder and those above it, the nearest first. */
function nearest(path: string, ask: (folder: string) => Claim | undefined): Claim | undefined {
  for (let folder = posix.dirname(path); ; folder = posix.dirname(folder)) {
    const claim = ask(folder);
    if (claim !== undefined || folder === posix.dirname(folder) || /(?:^|\/)\.\.$/.test(folder)) return claim;
  }
}

/** The manifest by whose name a file's begins: `film-1.mp4` and `film_init.mp4` for `film.m3u8`. */
function claimOfStem(name: string, stems: ReadonlyMap<string, Claim>): Claim | undefined {
  for (let end = 1; end < name.length; end += 1) {
    if (/[a-z0-9]/i.test(name.charAt(end))) continue;
    const claim = stems.get(name.slice(0, end));
    if (claim !== undefined) return claim;
  }
  return undefined;
}

function stemOf(path: string): string {
  const name = posix.basename(path);
  const dot = name.lastIndexOf('.');
  return dot === -1 ? name : name.slice(0, dot);
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

function setOnce<K, V>(map: Map<K, V>, key: K, value: V): void {
  if (!map.has(key)) map.set(key, value);
}
