import { SaxesParser, type SaxesTagNS } from 'saxes';
import { MAX_ELEMENT_DEPTH, MAX_PROBLEMS, MAX_REFERENCES } from '../package/limits.js';
import { ManifestError, quote } from '../package/manifest-error.js';
import type { PlacedProblem } from '../package/reference.js';

/** An element of an MPD that takes part in addressing segments. */
export interface MpdElement {
  name: string;
  parent: MpdElement | undefined;
  /** Counted from 1 among the siblings of the same name. */
  index: number;
  /** Attributes without a namespace. */
  attributes: ReadonlyMap<string, string>;
  /** Children by name, each list in document order. */
  children: Map<string, MpdElement[]>;
  /** Character data; kept for BaseURL only. */
  text: string;
}

/** The elements that are kept, by their parent; what is under any other element names no segment. */
const SEGMENT_INFORMATION = ['BaseURL', 'SegmentBase', 'SegmentList', 'SegmentTemplate'];
const SEGMENT_FILES = ['Initialization', 'RepresentationIndex', 'BitstreamSwitching'];
const KEPT: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['MPD', new Set(['BaseURL', 'Period'])],
  ['Period', new Set([...SEGMENT_INFORMATION, 'AdaptationSet'])],
  ['AdaptationSet', new Set([...SEGMENT_INFORMATION, 'Representation'])],
  ['Representation', new Set(SEGMENT_INFORMATION)],
  ['SegmentBase', new Set(SEGMENT_FILES)],
  ['SegmentList', new Set([...SEGMENT_FILES, 'SegmentTimeline', 'SegmentURL'])],
  ['SegmentTemplate', new Set([...SEGMENT_FILES, 'SegmentTimeline'])],
  ['SegmentTimeline', new Set(['S'])],
]);

const MPD_NAMESPACE = /^(?:urn:mpeg:dash:schema:mpd:.*)?$/i;
const XLINK_NAMESPACE = 'http://www.w3.org/1999/xlink';
const RESOLVE_TO_ZERO = 'urn:mpeg:dash:resolve-to-zero:2013';
const MAX_ELEMENTS = 2 * MAX_REFERENCES;

/** An MPD's elements, and what in it cannot be resolved here. */
export interface MpdDocument {
  root: MpdElement;
  /** Remote elements (xlink). */
  problems: PlacedProblem[];
}

/**
 * Reads an MPD with a strict parser: what is not well-formed, or has a DOCTYPE, is refused.
 * @param text the MPD without a byte order mark
 * @throws {ManifestError} `not-a-manifest`, `invalid-xml`, `doctype`, `invalid-encoding` or `too-many`
 */
export function readMpd(text: string): MpdDocument {
  if (!text.trimStart().startsWith('<')) {
    throw new ManifestError('not-a-manifest', 'is no XML, so it is no MPD');
  }
  const builder = new TreeBuilder();
  const parser = new SaxesParser({ xmlns: true });
  parser.on('xmldecl', ({ encoding }) => {
    if (encoding !== undefined && !/^(?:utf-?8|us-ascii|ascii)$/i.test(encoding)) {
      throw new ManifestError(
        'invalid-encoding',
        `declares the encoding ${quote(encoding)}: write it in UTF-8`,
      );
    }
  });
  parser.on('doctype', () => {
    throw new ManifestError('doctype', 'has a DOCTYPE, which no MPD needs: remove it', `line ${parser.line}`);
  });
  parser.on('opentag', (tag) => builder.open(tag));
  parser.on('text', (data) => builder.text(data));
  parser.on('cdata', (data) => builder.text(data));
  parser.on('closetag', () => builder.close());
  try {
    parser.write(text).close();
  } catch (error) {
    throw error instanceof ManifestError ? error : invalidXml(text, error);
  }
  return builder.finish();
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

/** An ampersand that starts no reference. saxes takes what follows for an entity's name, and fails far below. */
const BARE_AMPERSAND = /&(?!(?:[a-z]{2,4}|#\d{1,7}|#x[0-9a-f]{1,6});)/i;

function invalidXml(text: string, error: unknown): ManifestError {
  const ampersand = BARE_AMPERSAND.exec(text);
  if (ampersand !== null) {
    const line = text.slice(0, ampersand.index).split('\n').length;
    return new ManifestError('invalid-xml', 'is not well-formed XML: write "&" as "&amp;"', `line ${line}`);
  }
  const message = error instanceof Error ? error.message : String(error);
  const [, line, what] = /^(\d+):\d+: (.*)$/s.exec(message) ?? [];
  const reason = `is not well-formed XML: ${(what ?? message).replace(/\.$/, '')}`;
  return new ManifestError('invalid-xml', reason, line === undefined ? '' : `line ${line}`);
}

interface Frame {
  /** Undefined where the element and all that is in it is passed over. */
  element: MpdElement | undefined;
  counts: Map<string, number>;
}

class TreeBuilder {
  readonly #frames: Frame[] = [];
  readonly #problems: PlacedProblem[] = [];
  #root: MpdElement | undefined;
  #namespace = '';
  #elements = 0;

  open(tag: SaxesTagNS): void {
    if (this.#frames.length === MAX_ELEMENT_DEPTH) {
      throw new ManifestError('invalid-xml', `has elements nested more than ${MAX_ELEMENT_DEPTH} deep`);
    }
    const above = this.#frames.at(-1);
    this.#frames.push({
      element: above === undefined ? this.#openRoot(tag) : this.#openChild(tag, above),
      counts: new Map(),
    });
  }

  text(data: string): void {
    const element = this.#frames.at(-1)?.element;
    if (element?.name === 'BaseURL') element.text += data;
  }

  close(): void {
    this.#frames.pop();
  }

  finish(): MpdDocument {
    if (this.#root === undefined)
      throw new ManifestError('not-a-manifest', 'has no MPD element, so it is no MPD');
    return { root: this.#root, problems: this.#problems };
  }

  #openRoot(tag: SaxesTagNS): MpdElement {
    if (tag.local !== 'MPD' || !MPD_NAMESPACE.test(tag.uri)) {
      throw new ManifestError(
        'not-a-manifest',
        `starts with the element ${quote(tag.name)}, so it is no MPD`,
      );
    }
    this.#namespace = tag.uri;
    this.#root = newElement(tag, undefined, 1);
    return this.#root;
  }

  #openChild(tag: SaxesTagNS, above: Frame): MpdElement | undefined {
    const parent = above.element;
    if (parent === undefined || tag.uri !== this.#namespace) return undefined;
    const link = linkOf(tag);
    if (link === RESOLVE_TO_ZERO) return undefined;
    const index = (above.counts.get(tag.local) ?? 0) + 1;
    above.counts.set(tag.local, index);
    const element = newElement(tag, parent, index);
    if (link !== undefined) this.#remote(element, link);
    if (!KEPT.get(parent.name)?.has(tag.local)) return undefined;
    this.#elements += 1;
    if (this.#elements > MAX_ELEMENTS) {
      throw new ManifestError('too-many', `has more than ${MAX_ELEMENTS} elements that describe segments`);
    }
    adopt(parent, element);
    return element;
  }

  #remote(element: MpdElement, link: string): void {
    if (this.#problems.length === MAX_PROBLEMS) return;
    this.#problems.push({
      code: 'unsupported-xlink',
      place: elementPath(element, 'xlink:href'),
      text: link,
      reason: 'is a remote element, which cannot be published: put its content into the MPD',
    });
  }
}

/** Most elements are S and SegmentURL, which have no children: they share this. */
const NO_CHILDREN: Map<string, MpdElement[]> = new Map();

function newElement(tag: SaxesTagNS, parent: MpdElement | undefined, index: number): MpdElement {
  return {
    name: tag.local,
    parent,
    index,
    attributes: plainAttributes(tag),
    children: NO_CHILDREN,
    text: '',
  };
}

function adopt(parent: MpdElement, child: MpdElement): void {
  if (parent.children === NO_CHILDREN) parent.children = new Map();
  const siblings = parent.children.get(child.name);
  if (siblings === undefined) parent.children.set(child.name, [child]);
  else siblings.push(child);
}

function linkOf(tag: SaxesTagNS): string | undefined {
  for (const { local, uri, value } of Object.values(tag.attributes)) {
    if (local === 'href' && uri === XLINK_NAMESPACE) return value.trim();
  }
  return undefined;
}

function plainAttributes(tag: SaxesTagNS): ReadonlyMap<string, string> {
  const plain = new Map<string, string>();
  for (const { local, uri, value } of Object.values(tag.attributes)) {
    if (uri === '') plain.set(local, value);
  }
  return plain;
}
