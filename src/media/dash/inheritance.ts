import { ManifestError } from '../package/manifest-error.js';
import { childrenOf, elementPath, type MpdElement } from './mpd.js';

/** How a representation gives its segments; the lowest level that says anything decides. */
export type AddressingKind = 'SegmentTemplate' | 'SegmentList' | 'SegmentBase';

const KINDS: readonly AddressingKind[] = ['SegmentTemplate', 'SegmentList', 'SegmentBase'];

/** An attribute with the element that it stands on. */
export interface InheritedAttribute {
  element: MpdElement;
  name: string;
  value: string;
}

/**
 * The segment information of a representation with what it inherits from its AdaptationSet and Period
 * (ISO/IEC 23009-1 section 5.3.9.1): the nearest attribute and the nearest child of a name count.
 */
export class SegmentInformation {
  /** @param elements of one kind, the nearest first; never empty */
  constructor(
    readonly kind: AddressingKind,
    readonly elements: readonly [MpdElement, ...MpdElement[]],
  ) {}

  /** The nearest element, for messages and where nothing is inherited. */
  get nearest(): MpdElement {
    return this.elements[0];
  }

  attribute(name: string): InheritedAttribute | undefined {
    for (const element of this.elements) {
      const value = element.attributes.get(name);
      if (value !== undefined) return { element, name, value };
    }
    return undefined;
  }

  child(name: string): MpdElement | undefined {
    return this.children(name)[0];
  }

  /** The children of a name on the lowest level that has one: they stand in the place of those above. */
  children(name: string): readonly MpdElement[] {
    for (const element of this.elements) {
      const children = childrenOf(element, name);
      if (children.length > 0) return children;
    }
    return [];
  }
}

/**
 * @param levels the representation, its AdaptationSet and its Period
 * @returns undefined where no level has segment information
 * @throws {ManifestError} `invalid-manifest` for two elements of one kind at a level
 */
export function segmentInformation(levels: readonly MpdElement[]): SegmentInformation | undefined {
  const kind = levels
    .map((level) => KINDS.find((name) => only(level, name)))
    .find((name) => name !== undefined);
  if (kind === undefined) return undefined;
  const [nearest, ...others] = levels
    .map((level) => only(level, kind))
    .filter((element) => element !== undefined);
  return nearest && new SegmentInformation(kind, [nearest, ...others]);
}

function only(level: MpdElement, name: AddressingKind): MpdElement | undefined {
  const [first, second] = childrenOf(level, name);
  if (second !== undefined) {
    throw new ManifestError(
      'invalid-manifest',
      `is the second ${name} at its level, where one is allowed`,
      elementPath(second),
    );
  }
  return first;
}
