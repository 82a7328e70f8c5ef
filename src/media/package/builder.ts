import { join, posix } from 'node:path';
import type { Disk, FileStat, FolderRoot } from '../files/disk.js';
import { LFS_POINTER_REASON } from '../files/lfs-pointer.js';
import type { Problem } from '../files/problem.js';
import { MAX_PROBLEMS, MAX_REFERENCES } from './limits.js';
import { ManifestError, quote } from './manifest-error.js';
import type { FileRole, PackageReference, PlacedProblem } from './reference.js';
import type { LocalReference } from './relative-uri.js';

/** A file of a medium on disk, as it was when the plan was made. */
export interface PackageFile {
  /** Absolute path on disk. */
  file: string;
  /**
   * Path below the manifest's folder with `/`, as the manifest names it, and the end of the object key: keys tell
   * upper from lower case, so players find the object also where the name on disk differs in case. Empty for the
   * media file, the manifest and the cover, whose keys the service chooses.
   */
  relative: string;
  role: FileRole;
  /** Bytes; a later difference fails the medium. */
  size: number;
  /** Modification time in milliseconds. */
  mtimeMs: number;
}

/** What a reference came to. `absent` only where nobody needs the file. */
export type Outcome = { kind: 'found'; files: string[] } | { kind: 'absent' | 'refused' };

type Candidate = { path: string; stats: FileStat };
type Stats = ReadonlyMap<string, FileStat>;

/** Gathers the files, problems and warnings of one package while its references are looked at in order. */
export class PackageBuilder {
  readonly files = new Map<string, PackageFile>();
  readonly problems: Problem[] = [];
  readonly warnings: string[] = [];
  #references = 0;
  #nameWarnings = 0;
  #firstNameWarning = '';
  #refersToManifest = false;

  /**
   * @param manifest name of the manifest in its folder
   * @param displayFolder folder of the manifest below the workspace, for messages
   */
  constructor(
    readonly disk: Disk,
    readonly root: FolderRoot,
    readonly manifest: string,
    readonly displayFolder: string,
  ) {}

  /** Path below the workspace of a file below the manifest's folder, for messages. */
  display(relative: string): string {
    return posix.join(this.displayFolder, relative);
  }

  /** Absolute path of a file below the manifest's folder. */
  absolute(relative: string): string {
    return join(this.root.folder, relative);
  }

  /** Looks at everything that the references may mean: decoded names first, written ones where those are absent. */
  async statAll(references: readonly PackageReference[]): Promise<Stats> {
    this.#references += references.length;
    if (this.#references > MAX_REFERENCES) {
      throw new ManifestError(
        'too-many',
        `has more than ${MAX_REFERENCES} references, nested playlists included`,
      );
    }
    const targets = references.flatMap((reference) => reference.targets);
    const stats = await this.disk.statAll(
      this.root,
      targets.map(({ path }) => path),
    );
    const literal = targets.filter(({ path, raw }) => raw !== path && stats.get(path)?.kind !== 'file');
    if (literal.length === 0) return stats;
    const more = await this.disk.statAll(
      this.root,
      literal.map(({ raw }) => raw),
    );
    return new Map([...more, ...stats]);
  }

  /**
   * Decides about one reference, and adds its files or its problem.
   * @param manifest the playlist or MPD that holds it, below the top manifest's folder
   */
  resolve(reference: PackageReference, stats: Stats, manifest: string): Outcome {
    const candidates = reference.targets.map((target) => this.#candidate(target, stats));
    const present = candidates.filter(({ stats: { kind } }) => kind === 'file');
    const alone = candidates.length === 1;
    const broken = candidates.find((candidate) => {
      const code = codeOf(candidate.stats);
      return (
        code !== undefined &&
        (alone || present.length === 0 || !(code === 'missing' || code === 'not-a-file'))
      );
    });
    if (broken !== undefined) {
      const code = codeOf(broken.stats) ?? 'missing';
      if (reference.optional && (code === 'missing' || code === 'empty')) return { kind: 'absent' };
      this.problem(this.#placed(code, reference, broken), manifest);
      return { kind: 'refused' };
    }
    for (const { path, stats: found } of present) this.#add(path, found, reference.role);
    this.#noteNameWarnings(reference, present, manifest);
    return { kind: 'found', files: present.map(({ path }) => path) };
  }

  /** True when some target of the reference is a file, or something that may not be passed over. */
  isPresent(reference: PackageReference, stats: Stats): boolean {
    return reference.targets.some((target) => this.#candidate(target, stats).stats.kind !== 'missing');
  }

  /** Adds a problem of a place in a manifest below the top manifest's folder. */
  problem({ code, place, text, file, reason }: PlacedProblem, manifest: string): void {
    if (this.problems.length === MAX_PROBLEMS) return;
    const where = place === '' ? this.display(manifest) : `${this.display(manifest)}, ${place}:`;
    const subject = text === undefined ? '' : ` ${quote(text)}`;
    const local = file === undefined ? '' : ` (${quote(file).slice(1, -1)})`;
    this.problems.push({ code, message: `${where}${subject}${local} ${reason}.` });
  }

  /** Adds a problem of a manifest as a whole. */
  refuse({ code, place, reason }: ManifestError, manifest: string, namedBy?: string): void {
    const origin = namedBy === undefined ? '' : ` (${namedBy} names it)`;
    this.problem({ code, place, reason: `${reason}${origin}` }, manifest);
  }

  /** Adds the warnings that sum up many references. */
  finish(): void {
    if (this.#refersToManifest) {
      this.warnings.push(
        `${this.display(this.manifest)} is referred to by its own name, under which it will not be found unless ` +
          'media-storage-path keeps that name: the service chooses the name of the published manifest.',
      );
    }
    if (this.#nameWarnings > 0) {
      const more = this.#nameWarnings > 1 ? ` (and ${this.#nameWarnings - 1} more)` : '';
      this.warnings.push(`${this.#firstNameWarning}${more}.`);
    }
  }

  #candidate(target: LocalReference, stats: Stats): Candidate {
    const decoded = stats.get(target.path) ?? { kind: 'missing' };
    if (decoded.kind !== 'file' && target.raw !== target.path) {
      const literal = stats.get(target.raw);
      if (literal?.kind === 'file') return { path: target.raw, stats: literal };
    }
    return { path: target.path, stats: decoded };
  }

  #add(path: string, stats: FileStat, role: FileRole): void {
    if (stats.kind !== 'file') return;
    if (path === this.manifest) {
      this.#refersToManifest = true;
      return;
    }
    const known = this.files.get(path);
    if (known === undefined) {
      const { size, mtimeMs } = stats;
      this.files.set(path, { file: this.absolute(path), relative: path, role, size, mtimeMs });
    } else if (role === 'playlist') known.role = role;
  }

  #noteNameWarnings(reference: PackageReference, present: readonly Candidate[], manifest: string): void {
    for (const { path, raw, nameWarning } of reference.targets) {
      const literal = path !== raw && present.some((candidate) => candidate.path === raw);
      if (!literal && nameWarning === undefined) continue;
      this.#nameWarnings += 1;
      const reason = literal
        ? `names a file as it is on disk, but a player will ask for ${quote(path)}; write ${quote(encodePath(raw))}`
        : `${nameWarning}`;
      if (this.#nameWarnings === 1) {
        this.#firstNameWarning = `${this.display(manifest)}, ${reference.place}: ${quote(reference.text)} ${reason}`;
      }
    }
  }

  #placed(code: string, reference: PackageReference, { path, stats }: Candidate): PlacedProblem {
    const { place, text } = reference;
    return { code, place, text, file: this.display(path), reason: sentence(code, stats) };
  }
}

function codeOf(stats: FileStat): string | undefined {
  if (stats.kind !== 'file') return stats.kind;
  return stats.size === 0 ? 'empty' : undefined;
}

function sentence(code: string, stats: FileStat): string {
  switch (code) {
    case 'missing':
      return 'does not exist: add the file or take the reference out of the manifest';
    case 'empty':
      return 'is an empty file';
    case 'not-a-file':
      return 'is a folder or a special file where a regular file is needed';
    case 'lfs-pointer':
      return LFS_POINTER_REASON;
    case 'symlink-escape':
      return 'is a symbolic link, or below one, that leads out of the folder of the manifest';
    default:
      return `cannot be read: ${stats.kind === 'unreadable' ? stats.detail : code}`;
  }
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
