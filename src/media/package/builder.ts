import { posix, sep } from 'node:path';
import type { Disk, FileStat, FolderRoot } from '../files/disk.js';
import type { Problem } from '../files/problem.js';
import type { PackageBudget } from './budget.js';
import { candidateOf, encodePath, faultOfCandidate, type Stats } from './candidate.js';
import type { FileFault } from './file-state.js';
import { MAX_MESSAGES } from './limits.js';
import { EnoughProblems, LimitExceeded, type ManifestError, quote } from './manifest-error.js';
import type { PackageFile, SharedFiles } from './package-file.js';
import type { FileRole, PackageReference, PlacedProblem } from './reference.js';
import type { TimeSlice } from './time-slice.js';

/** What a reference came to. `absent` only where nobody needs the file. */
export type Outcome = { kind: 'found'; files: string[] } | { kind: 'absent' | 'refused' };

/** What the resolvers of a package work with. */
export interface PackageContext {
  disk: Disk;
  root: FolderRoot;
  /** Name of the manifest in its folder. */
  manifest: string;
  /** Folder of the manifest below the workspace, for messages. */
  displayFolder: string;
  budget: PackageBudget;
  slice: TimeSlice;
  files: SharedFiles;
}

/** References that are looked at together: few at first, since what is broken often is so from the start. */
const FIRST_BATCH = 50;
const BATCH = 1000;

/** Codes of manifests of which nothing is known that they name. */
const UNREAD: ReadonlySet<string> = new Set(
  'missing empty not-a-file symlink-escape unreadable lfs-pointer'.split(' '),
);

/** Problems of which a package whose alternative exists can do without the file. */
const PASSED_OVER: ReadonlySet<string> = new Set(['missing', 'not-a-file', 'unplayable-name']);

/** Gathers the files, problems and warnings of one package while its references are looked at in order. */
export class PackageBuilder {
  readonly files = new Map<string, PackageFile>();
  readonly problems: Problem[] = [];
  readonly warnings: string[] = [];
  /** Manifests of the package of which nothing is known that they name, below its folder. */
  readonly unread = new Set<string>();
  readonly #folder: string;
  #problems = 0;
  #warnings = 0;
  #nameWarnings = 0;
  #firstNameWarning = '';
  #refersToManifest = false;

  constructor(readonly context: PackageContext) {
    const { folder } = context.root;
    this.#folder = folder.endsWith(sep) ? folder : folder + sep;
  }

  get manifest(): string {
    return this.context.manifest;
  }

  /** Problems beyond those that are kept. */
  get unlisted(): number {
    return this.#problems - this.problems.length;
  }

  /** Path below the workspace of a file below the manifest's folder, for messages. */
  display(relative: string): string {
    return posix.join(this.context.displayFolder, relative);
  }

  /** Absolute path of a file below the manifest's folder. */
  absolute(relative: string): string {
    // Names that were resolved are normalized already, which takes most of the time of joining paths.
    return this.#folder + (sep === '/' ? relative : relative.replaceAll('/', sep));
  }

  /**
   * Looks at what references may mean, batch by batch: at decoded names first, then at written ones where those are
   * absent. Other work has its turn in between.
   * @param items what the references belong to, in order; asked for only as far as needed. An undefined one only
   * lets other work go on
   * @throws {LimitExceeded} `too-many` references
   */
  async *look<T>(
    items: Iterable<T | undefined>,
    referencesOf: (item: T) => readonly PackageReference[],
  ): AsyncGenerator<{ items: T[]; stats: Stats }> {
    const { slice } = this.context;
    let most = FIRST_BATCH;
    let batch: T[] = [];
    let references: PackageReference[] = [];
    for (const item of items) {
      if (item !== undefined) {
        batch.push(item);
        for (const reference of referencesOf(item)) references.push(reference);
      }
      if (batch.length < most && references.length < most && !slice.isOver) continue;
      if (batch.length > 0) yield { items: batch, stats: await this.#statAll(references) };
      most = BATCH;
      batch = [];
      references = [];
      if (slice.isOver) await slice.next();
    }
    if (batch.length > 0) yield { items: batch, stats: await this.#statAll(references) };
  }

  /**
   * Decides about one reference, and adds its files or its problem.
   * @param manifest the playlist or MPD that holds it, below the top manifest's folder
   */
  resolve(reference: PackageReference, stats: Stats, manifest: string): Outcome {
    const candidates = reference.targets.map((target) => candidateOf(target, stats));
    const hasOther = candidates.some(({ stats: { kind }, unplayable }) => kind === 'file' && !unplayable);
    const files: string[] = [];
    for (const candidate of candidates) {
      const fault = faultOfCandidate(candidate);
      if (fault === undefined) files.push(candidate.path);
      else if (!hasOther || !PASSED_OVER.has(fault.code)) {
        return this.#refuse(reference, candidate.path, fault, manifest);
      }
    }
    for (const { path, stats: found, unplayable } of candidates) {
      if (!unplayable) this.#add(path, found, reference.role);
    }
    this.#noteNameWarnings(reference, files, manifest);
    return { kind: 'found', files };
  }

  /** True when some target of the reference is a file, or something that may not be passed over. */
  isPresent(reference: PackageReference, stats: Stats): boolean {
    return reference.targets.some((target) => {
      const { stats: found, unplayable } = candidateOf(target, stats);
      return found.kind !== 'missing' || unplayable;
    });
  }

  /** True when some target of the reference is a file with something in it. */
  isUsable(reference: PackageReference, stats: Stats): boolean {
    return reference.targets.some((target) => faultOfCandidate(candidateOf(target, stats)) === undefined);
  }

  /** Adds a problem of a place in a manifest below the top manifest's folder. */
  problem({ code, place, text, file, reason }: PlacedProblem, manifest: string): void {
    this.countProblems(1);
    if (!this.#keeps(this.problems)) return;
    const where = place === '' ? this.display(manifest) : `${this.display(manifest)}, ${place}:`;
    const subject = text === undefined ? '' : ` ${quote(text)}`;
    const local = file === undefined ? '' : ` (${quote(file).slice(1, -1)})`;
    this.problems.push({ code, message: `${where}${subject}${local} ${reason}.` });
  }

  /**
   * Counts problems of which no more is known than that they are there.
   * @throws {EnoughProblems} when the package or the run has had too many before
   */
  countProblems(more: number): void {
    if (more === 0) return;
    if (this.#problems > 0) this.#spendProblems(more);
    this.#problems += more;
  }

  /** Adds a problem of a manifest as a whole. */
  refuse({ code, place, reason }: ManifestError, manifest: string, namedBy?: string): void {
    const origin = namedBy === undefined ? '' : ` (${namedBy} names it)`;
    if (UNREAD.has(code)) this.unread.add(manifest);
    this.problem({ code, place, reason: `${reason}${origin}` }, manifest);
  }

  /** Ends the package early: for too many problems, or for a reason that makes all its others small. */
  abandon(error: LimitExceeded): void {
    if (error instanceof EnoughProblems) {
      this.warn(`${this.display(this.manifest)} has more problems than were looked for.`);
      return;
    }
    this.problems.length = 0;
    this.#problems = 0;
    this.problem(error, this.manifest);
  }

  warn(message: string): void {
    this.#warnings += 1;
    if (this.#keeps(this.warnings)) this.warnings.push(message);
  }

  /** Adds the warnings that sum up many references. */
  finish(): void {
    const unlisted = this.#warnings - this.warnings.length;
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
    if (unlisted > 0) {
      const warnings = unlisted === 1 ? '1 more warning' : `${unlisted} more warnings`;
      this.warnings.push(`${this.display(this.manifest)} has ${warnings}.`);
    }
  }

  #spendProblems(more: number): void {
    try {
      this.context.budget.spend('problems', more);
    } catch (error) {
      if (!(error instanceof LimitExceeded)) throw error;
      throw new EnoughProblems(error.code, error.reason);
    }
  }

  #keeps(list: readonly unknown[]): boolean {
    return list.length === 0 || (list.length < MAX_MESSAGES && this.context.budget.run.keepMessage());
  }

  async #statAll(references: readonly PackageReference[]): Promise<Stats> {
    const { budget, disk, root } = this.context;
    budget.spend('references', references.length);
    const paths: string[] = [];
    for (const { targets } of references) for (const { path } of targets) paths.push(path);
    const stats = await disk.statAll(root, paths);
    const others: string[] = [];
    for (const { targets } of references) {
      for (const { path, raw, uncut } of targets) {
        if (stats.get(path)?.kind === 'file') continue;
        if (raw !== path) others.push(raw);
        if (uncut !== undefined) others.push(uncut);
      }
    }
    if (others.length === 0) return stats;
    return new Map([...(await disk.statAll(root, others)), ...stats]);
  }

  #refuse(reference: PackageReference, path: string, { code, reason }: FileFault, manifest: string): Outcome {
    const { need, place, text, role } = reference;
    if (need === 'hint') return { kind: 'absent' };
    if (need === 'optional' && (code === 'missing' || code === 'empty')) return { kind: 'absent' };
    if (role === 'playlist' && UNREAD.has(code)) this.unread.add(path);
    if (code === 'missing') this.context.budget.spendShared('files', 1);
    this.problem({ code, place, text, file: this.display(path), reason }, manifest);
    return { kind: 'refused' };
  }

  #add(path: string, stats: FileStat, role: FileRole): void {
    if (stats.kind !== 'file') return;
    if (path === this.manifest) {
      this.#refersToManifest = true;
      return;
    }
    const { files, budget } = this.context;
    const known = this.files.get(path);
    if (known !== undefined && (known.role === role || role !== 'playlist')) return;
    const { size, mtimeMs, identity } = stats;
    const file = { file: this.absolute(path), relative: path, role, size, mtimeMs, identity };
    this.files.set(path, files.take(file, budget));
  }

  #noteNameWarnings(reference: PackageReference, files: readonly string[], manifest: string): void {
    for (const { path, raw, nameWarning } of reference.targets) {
      const literal = path !== raw && files.includes(raw);
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
}
