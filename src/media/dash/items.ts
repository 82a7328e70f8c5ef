import type { PackageBudget } from '../package/budget.js';
import { MAX_BASE_URLS } from '../package/limits.js';
import { ManifestError } from '../package/manifest-error.js';
import type { FileRole, PackageReference, PlacedProblem } from '../package/reference.js';
import { isRefused, type LocalReference, resolveReference } from '../package/relative-uri.js';

/** One segment or one part of it: its media file, then what else belongs to it (its index). */
export type SegmentFiles = readonly [PackageReference, ...PackageReference[]];

/** The media segments of one representation. */
export interface Track {
  /** How many of the first segments must be there, but for {@link Track.mayLack}. */
  required: number;
  /** How many of the last of those may be absent: arithmetic on durations names more than packagers write. */
  mayLack: number;
  /** How many segments the longest reading of the Period names; what comes after them is taken where it exists. */
  count: number;
}

/** What an MPD names, in its order, or what is wrong at a place. */
export type MpdItem =
  | { reference: PackageReference }
  | { imported: PackageReference }
  /** Segments that follow each other, with the position of the first among those of their track. */
  | { segments: readonly SegmentFiles[]; position: number; track: Track }
  | { problem: PlacedProblem };

/** The bases of a level: several are alternatives. */
export type Bases = readonly LocalReference[];

/** A reference that is refused, and why. */
export interface Refused {
  problem: PlacedProblem;
}

/**
 * Resolves a reference against each base.
 * @throws {LimitExceeded} `too-large` when templates produce text without bound
 */
export function resolveAgainst(
  bases: Bases,
  text: string,
  place: string,
  role: FileRole,
  budget: PackageBudget,
): PackageReference | Refused {
  const targets: LocalReference[] = [];
  for (const base of bases) {
    budget.spend('characters', base.path.length + text.length, place);
    const target = resolveReference(text, base);
    if (isRefused(target)) return { problem: { code: target.code, place, text, reason: target.reason } };
    targets.push(target);
  }
  return { place, text, targets, role, need: 'required' };
}

/**
 * The bases of a level below others, from its BaseURL elements, and those of them that are refused.
 * @param urls texts with the paths of their elements
 * @throws {ManifestError} `too-many` combinations
 * @throws {LimitExceeded} `too-large` when they grow without bound
 */
export function basesBelow(
  above: Bases,
  urls: readonly { text: string; place: string }[],
  budget: PackageBudget,
): { bases: Bases; problems: PlacedProblem[] } {
  const problems: PlacedProblem[] = [];
  if (urls.length === 0) return { bases: above, problems };
  if (above.length * urls.length > MAX_BASE_URLS) {
    const reason = `has more than ${MAX_BASE_URLS} combinations of BaseURL`;
    throw new ManifestError('too-many', reason, urls[0]?.place);
  }
  const bases: LocalReference[] = [];
  for (const base of above) {
    for (const { text, place } of urls) {
      budget.spend('characters', base.path.length + text.length, place);
      const target = resolveReference(text, base);
      if (isRefused(target)) problems.push({ code: target.code, place, text, reason: target.reason });
      else bases.push(target);
    }
  }
  return { bases, problems };
}
