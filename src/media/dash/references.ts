import type { PackageBudget } from '../package/budget.js';
import { ManifestError } from '../package/manifest-error.js';
import type { PlacedProblem } from '../package/reference.js';
import { type Bases, basesBelow, type MpdItem, resolveAgainst } from './items.js';
import { childrenOf, elementPath, type MpdDocument, type MpdElement } from './mpd.js';
import { periodLengths } from './period.js';
import { baseUrls, type RepresentationContext, representationItems } from './representation.js';
import { Timelines } from './timeline.js';

/**
 * Everything that an MPD names, in document order, with an undefined item after each representation. A representation that means nothing is a problem of
 * its own, so that the others are still looked at.
 * @param folder of the MPD, below the top manifest's folder, empty or with a `/` at its end
 * @throws {ManifestError} where there is no Period, or a Period's time is no time
 * @throws {LimitExceeded} where a limit is passed
 */
export function* mpdItems(
  { root, problems }: MpdDocument,
  folder: string,
  budget: PackageBudget,
): Generator<MpdItem | undefined> {
  for (const problem of problems) yield { problem };
  const periods = childrenOf(root, 'Period');
  if (periods.length === 0 && problems.length === 0) {
    throw new ManifestError('empty', 'has no Period, so there is nothing to publish', elementPath(root));
  }
  const lengths = periodLengths(root, periods);
  const timelines = new Timelines(budget);
  const ofRoot = basesBelow([{ path: folder, raw: folder }], baseUrls(root), budget);
  yield* told(ofRoot.problems);
  for (const [index, period] of periods.entries()) {
    const ofPeriod = basesBelow(ofRoot.bases, baseUrls(period), budget);
    yield* told(ofPeriod.problems);
    yield* importedItems(period, ofPeriod.bases, budget);
    for (const adaptationSet of childrenOf(period, 'AdaptationSet')) {
      const ofSet = basesBelow(ofPeriod.bases, baseUrls(adaptationSet), budget);
      yield* told(ofSet.problems);
      for (const representation of childrenOf(adaptationSet, 'Representation')) {
        const own = basesBelow(ofSet.bases, baseUrls(representation), budget);
        yield* told(own.problems);
        const periodLength = lengths[index] ?? { exact: undefined };
        const { bases } = own;
        yield* readable({
          representation,
          adaptationSet,
          period,
          root,
          periodLength,
          bases,
          timelines,
          budget,
        });
        yield undefined;
      }
    }
  }
}

/** The MPDs that stand for the content of a Period (ISO/IEC 23009-1 section 5.3.2.6). */
function* importedItems(period: MpdElement, bases: Bases, budget: PackageBudget): Generator<MpdItem> {
  for (const element of childrenOf(period, 'ImportedMPD')) {
    const text = element.text.trim() || (element.attributes.get('uri') ?? '');
    const place = elementPath(element);
    if (text === '') {
      yield { problem: { code: 'invalid-manifest', place, reason: 'names no MPD' } };
      continue;
    }
    const resolved = resolveAgainst(bases, text, place, 'playlist', budget);
    yield 'problem' in resolved ? resolved : { imported: resolved };
  }
}

function* readable(context: RepresentationContext): Generator<MpdItem> {
  // Every BaseURL was refused and told already.
  if (context.bases.length === 0) return;
  try {
    yield* representationItems(context);
  } catch (error) {
    if (!(error instanceof ManifestError) || error.isFatal) throw error;
    yield { problem: { code: error.code, place: error.place, reason: error.reason } };
  }
}

function* told(problems: readonly PlacedProblem[]): Generator<MpdItem | undefined> {
  for (const problem of problems) yield { problem };
}
