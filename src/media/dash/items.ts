import { MAX_BASE_URLS, MAX_EXPANDED_CHARACTERS, MAX_REFERENCES } from '../package/limits.js';
import { ManifestError } from '../package/manifest-error.js';
import type { FileRole, PackageReference, PlacedProblem } from '../package/reference.js';
import { isRefused, type LocalReference, resolveReference } from '../package/relative-uri.js';

/** One segment: its media file, then what else belongs to it (its index). */
export type SegmentFiles = readonly [PackageReference, ...PackageReference[]];

/** Segments in the order of their numbers, or single files as segments of their own. */
export interface SegmentGroup {
  segments: readonly SegmentFiles[];
  /** How many of the last segments may be absent: arithmetic on durations names more than packagers write. */
  mayLack: number;
  /** A segment after the last one that is taken where it exists: packagers round the length of the Period. */
  beyond?: SegmentFiles;
}

/** What an MPD names, in its order: files that belong together, or what is wrong at a place. */
export type MpdItem = { group: SegmentGroup } | { problem: PlacedProblem };

/** The bases of a level: several are alternatives. */
export type Bases = readonly LocalReference[];

/** Collects what an MPD names, in document order and within the limits of a package. */
export class MpdItems {
  readonly items: MpdItem[] = [];
  #references = 0;
  #characters = 0;

  /** Adds a file that stands on its own and must exist. */
  add(reference: PackageReference | undefined): void {
    if (reference) this.items.push({ group: { segments: [[reference]], mayLack: 0 } });
  }

  addGroup(group: SegmentGroup): void {
    this.items.push({ group });
  }

  problem(code: string, place: string, reason: string, text?: string): void {
    this.#count(1n);
    this.items.push({ problem: { code, place, reason, ...(text === undefined ? {} : { text }) } });
  }

  /**
   * Counts segments before they are listed.
   * @throws {ManifestError} `too-many`
   */
  expect(segments: bigint): void {
    this.#count(segments);
  }

  /**
   * Resolves a reference against each base.
   * @returns undefined where it is refused, which is noted as a problem
   * @throws {ManifestError} `too-large` when templates produce text without bound
   */
  reference(text: string, place: string, bases: Bases, role: FileRole): PackageReference | undefined {
    const targets: LocalReference[] = [];
    for (const base of bases) {
      this.#grow(base, text, place);
      const target = resolveReference(text, base);
      if (isRefused(target)) {
        this.problem(target.code, place, target.reason, text);
        return undefined;
      }
      targets.push(target);
    }
    return { place, text, targets, role, optional: false };
  }

  /**
   * The bases of a level below others, from its BaseURL elements.
   * @param urls texts with the paths of their elements
   * @throws {ManifestError} `too-many` combinations, or `too-large` when they grow without bound
   */
  bases(above: Bases, urls: readonly { text: string; place: string }[]): Bases {
    if (urls.length === 0) return above;
    if (above.length * urls.length > MAX_BASE_URLS) {
      throw new ManifestError(
        'too-many',
        `has more than ${MAX_BASE_URLS} combinations of BaseURL`,
        urls[0]?.place,
      );
    }
    const combined: LocalReference[] = [];
    for (const base of above) {
      for (const { text, place } of urls) {
        this.#grow(base, text, place);
        const target = resolveReference(text, base);
        if (isRefused(target)) this.problem(target.code, place, target.reason, text);
        else combined.push(target);
      }
    }
    return combined;
  }

  #grow(base: LocalReference, text: string, place: string): void {
    this.#characters += base.path.length + text.length;
    if (this.#characters > MAX_EXPANDED_CHARACTERS) {
      const reason = `has references that grow to more than ${MAX_EXPANDED_CHARACTERS} characters`;
      throw new ManifestError('too-large', reason, place);
    }
  }

  #count(more: bigint): void {
    if (more > BigInt(MAX_REFERENCES - this.#references)) {
      throw new ManifestError('too-many', `has more than ${MAX_REFERENCES} segments`);
    }
    this.#references += Number(more);
  }
}
