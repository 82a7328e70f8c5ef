import { ManifestError } from '../package/manifest-error.js';
import { MANIFEST_FOLDER } from '../package/relative-uri.js';
import { type Bases, type MpdItem, MpdItems } from './items.js';
import { childrenOf, elementPath, type MpdDocument } from './mpd.js';
import { periodLengths } from './period.js';
import { addRepresentation, baseUrls, type RepresentationContext } from './representation.js';

/**
 * Everything that an MPD names, in document order. A representation that means nothing is a problem of
 * its own, so that the others are still looked at.
 * @throws {ManifestError} where a limit is passed, there is no Period, or a Period's time is no time
 */
export function mpdReferences({ root, problems }: MpdDocument): MpdItem[] {
  const items = new MpdItems();
  for (const { code, place, reason, text } of problems) items.problem(code, place, reason, text);
  const periods = childrenOf(root, 'Period');
  if (periods.length === 0 && problems.length === 0) {
    throw new ManifestError('empty', 'has no Period, so there is nothing to publish', elementPath(root));
  }
  const lengths = periodLengths(root, periods);
  const rootBases = items.bases([MANIFEST_FOLDER], baseUrls(root));
  for (const [index, period] of periods.entries()) {
    const periodBases = items.bases(rootBases, baseUrls(period));
    for (const adaptationSet of childrenOf(period, 'AdaptationSet')) {
      const setBases = items.bases(periodBases, baseUrls(adaptationSet));
      for (const representation of childrenOf(adaptationSet, 'Representation')) {
        const bases = items.bases(setBases, baseUrls(representation));
        const context = { representation, adaptationSet, period, periodLength: lengths[index], bases };
        readRepresentation(context, bases, items);
      }
    }
  }
  return items.items;
}

function readRepresentation(context: RepresentationContext, bases: Bases, items: MpdItems): void {
  // Every BaseURL was refused and told already.
  if (bases.length === 0) return;
  try {
    addRepresentation(context, items);
  } catch (error) {
    if (!(error instanceof ManifestError) || error.isFatal) throw error;
    items.problem(error.code, error.place, error.reason);
  }
}
