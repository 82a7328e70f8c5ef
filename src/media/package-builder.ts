import { join, posix } from 'node:path';
import type { FileFacts, PackageDisk, PackageRoot } from './package-disk.js';
import { MAX_PROBLEMS, MAX_REFERENCES } from './package-limits.js';
import { quote } from './package-quote.js';
import type { FileRole, PackageReference, PlacedProblem } from './package-reference.js';
import { Refusal } from './package-refusal.js';
import type { Problem } from './problem.js';
import type { LocalReference } from './reference.js';

/** One file of a package besides its manifest. */
export interface PackageFile {
  /** Absolute path on disk. */
  file: string;
  /**
   * Path below the manifest's folder with `/`, as the manifest names it, and the end of the object key: keys tell
   * upper from lower case, so players find the object also where the name on disk differs in case.
   */
  relative: string;
  role: FileRole;
  size: number;
  mtimeMs: number;
}

/** What a reference came to. `absent` only where nobody needs the file. */
export type Outcome = { kind: 'found'; files: string[] } | { kind: 'absent' | 'refused' };

type Candidate = { path: string; facts: FileFacts };
type Facts = ReadonlyMap<string, FileFacts>;

/** Gathers the files, problems and warnings of one package while its references are looked at in order. */
export class PackageBuilder {
  readonly files = new Map<string, PackageFile>();
  readonly problems: Problem[] = [];
  readonly warnings: string[] = [];
  #references = 0;
  #oddNames = 0;
  #firstOddName = '';
  #refersToManifest = false;

  /**
   * @param manifest name of the manifest in its folder
   * @param displayFolder folder of the manifest below the workspace, for messages
   */
  constructor(
    readonly disk: PackageDisk,
    readonly root: PackageRoot,
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
  async survey(references: readonly PackageReference[]): Promise<Facts> {
    this.#references += references.length;
    if (this.#references > MAX_REFERENCES) {
      throw new Refusal('too-many', `has more than ${MAX_REFERENCES} references, nested playlists included`);
    }
    const targets = references.flatMap((reference) => reference.targets);
    const facts = await this.disk.survey(
      this.root,
      targets.map(({ path }) => path),
    );
    const literal = targets.filter(({ path, raw }) => raw !== path && facts.get(path)?.kind !== 'file');
    if (literal.length === 0) return facts;
    const more = await this.disk.survey(
      this.root,
      literal.map(({ raw }) => raw),
    );
    return new Map([...more, ...facts]);
  }

  /**
   * Decides about one reference, and adds its files or its problem.
   * @param manifest the playlist or MPD that holds it, below the top manifest's folder
   */
  settle(reference: PackageReference, facts: Facts, manifest: string): Outcome {
    const candidates = reference.targets.map((target) => this.#candidate(target, facts));
    const present = candidates.filter(({ facts: { kind } }) => kind === 'file');
    const alone = candidates.length === 1;
    const broken = candidates.find((candidate) => {
      const code = codeOf(candidate.facts);
      return (
        code !== undefined &&
        (alone || present.length === 0 || !(code === 'missing' || code === 'not-a-file'))
      );
    });
    if (broken !== undefined) {
      const code = codeOf(broken.facts) ?? 'missing';
      if (reference.optional && (code === 'missing' || code === 'empty')) return { kind: 'absent' };
      this.problem(this.#placed(code, reference, broken), manifest);
      return { kind: 'refused' };
    }
    for (const { path, facts: found } of present) this.#add(path, found, reference.role);
    this.#noteOddNames(reference, present, manifest);
    return { kind: 'found', files: present.map(({ path }) => path) };
  }

  /** True when some target of the reference is a file, or something that may not be passed over. */
  isPresent(reference: PackageReference, facts: Facts): boolean {
    return reference.targets.some((target) => this.#candidate(target, facts).facts.kind !== 'missing');
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
  refuse({ code, place, reason }: Refusal, manifest: string, namedBy?: string): void {
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
    if (this.#oddNames > 0) {
      const more = this.#oddNames > 1 ? ` (and ${this.#oddNames - 1} more)` : '';
      this.warnings.push(`${this.#firstOddName}${more}.`);
    }
  }

  #candidate(target: LocalReference, facts: Facts): Candidate {
    const decoded = facts.get(target.path) ?? { kind: 'missing' };
    if (decoded.kind !== 'file' && target.raw !== target.path) {
      const literal = facts.get(target.raw);
      if (literal?.kind === 'file') return { path: target.raw, facts: literal };
    }
    return { path: target.path, facts: decoded };
  }

  #add(path: string, facts: FileFacts, role: FileRole): void {
    if (facts.kind !== 'file') return;
    if (path === this.manifest) {
      this.#refersToManifest = true;
      return;
    }
    const known = this.files.get(path);
    if (known === undefined) {
      const { size, mtimeMs } = facts;
      this.files.set(path, { file: this.absolute(path), relative: path, role, size, mtimeMs });
    } else if (role === 'playlist') known.role = role;
  }

  #noteOddNames(reference: PackageReference, present: readonly Candidate[], manifest: string): void {
    for (const { path, raw, oddity } of reference.targets) {
      const literal = path !== raw && present.some((candidate) => candidate.path === raw);
      if (!literal && oddity === undefined) continue;
      this.#oddNames += 1;
      const reason = literal
        ? `names a file as it is on disk, but a player will ask for ${quote(path)}; write ${quote(encodePath(raw))}`
        : `${oddity}`;
      if (this.#oddNames === 1) {
        this.#firstOddName = `${this.display(manifest)}, ${reference.place}: ${quote(reference.text)} ${reason}`;
      }
    }
  }

  #placed(code: string, reference: PackageReference, { path, facts }: Candidate): PlacedProblem {
    const { place, text } = reference;
    return { code, place, text, file: this.display(path), reason: sentence(code, facts) };
  }
}

function codeOf(facts: FileFacts): string | undefined {
  if (facts.kind !== 'file') return facts.kind;
  return facts.size === 0 ? 'empty' : undefined;
}

function sentence(code: string, facts: FileFacts): string {
  switch (code) {
    case 'missing':
      return 'does not exist: add the file or take the reference out of the manifest';
    case 'empty':
      return 'is an empty file';
    case 'not-a-file':
      return 'is a folder or a special file where a regular file is needed';
    case 'symlink-escape':
      return 'is a symbolic link, or below one, that leads out of the folder of the manifest';
    default:
      return `cannot be read: ${facts.kind === 'unreadable' ? facts.detail : code}`;
  }
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
