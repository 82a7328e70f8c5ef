import type { PlacedProblem } from '../package/reference.js';

/** A few attributes: a list of names and values takes less than half of a map, for elements by the hundred thousand. */
export class Attributes {
  readonly #list: readonly string[];

  constructor(list: readonly string[]) {
    this.#list = list;
  }

  get(name: string): string | undefined {
    for (let at = 0; at < this.#list.length; at += 2) if (this.#list[at] === name) return this.#list[at + 1];
    return undefined;
  }
}

/** An element of an MPD that takes part in addressing segments. */
export interface MpdElement {
  name: string;
  parent: MpdElement | undefined;
  /** Counted from 1 among the siblings of the same name. */
  index: number;
  /** Attributes without a namespace. */
  attributes: Attributes;
  /** Children by name, each list in document order. */
  children: Map<string, MpdElement[]>;
  /** Character data; kept where it is a URL. */
  text: string;
}

/** A file that an MPD names and that no segment information leads to. */
export interface AsideReference {
  place: string;
  text: string;
}

/** An MPD's elements, and what else was found in it. */
export interface MpdDocument {
  root: MpdElement;
  /** Remote elements (xlink). */
  problems: PlacedProblem[];
  /** Problems beyond those. */
  unlisted: number;
  /** Fonts, alternative MPDs of events and initialization sets, the first of them. */
  asides: AsideReference[];
}

/** The children of an element that have this name. */
export function childrenOf(element: MpdElement, name: string): readonly MpdElement[] {
  return element.children.get(name) ?? [];
}

/** `MPD/Period[1]/AdaptationSet[2]/SegmentTemplate[1]`, with `@name` after it for an attribute. */
export function elementPath(element: MpdElement, attribute?: string): string {
  const steps: string[] = [];
  for (let at: MpdElement | undefined = element; at !== undefined; at = at.parent) {
    steps.unshift(at.parent === undefined ? at.name : `${at.name}[${at.index}]`);
  }
  return attribute === undefined ? steps.join('/') : `${steps.join('/')}/@${attribute}`;
}
