import type { SaxesTagNS } from 'saxes';
import type { PackageBudget } from '../package/budget.js';
import { MAX_ELEMENT_DEPTH, MAX_ELEMENTS, MAX_MESSAGES } from '../package/limits.js';
import { ManifestError, quote } from '../package/manifest-error.js';
import type { PlacedProblem } from '../package/reference.js';
import { isExternal } from '../package/relative-uri.js';
import { type AsideReference, Attributes, elementPath, type MpdDocument, type MpdElement } from './mpd.js';

/** The elements that are kept, by their parent; what is under any other element names no segment. */
const SEGMENT_INFORMATION = ['BaseURL', 'SegmentBase', 'SegmentList', 'SegmentTemplate'];
const SEGMENT_FILES = ['Initialization', 'RepresentationIndex', 'BitstreamSwitching'];
const KEPT: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['MPD', new Set(['BaseURL', 'ContentProtection', 'Period'])],
  ['Period', new Set([...SEGMENT_INFORMATION, 'ContentProtection', 'AdaptationSet', 'ImportedMPD'])],
  ['AdaptationSet', new Set([...SEGMENT_INFORMATION, 'ContentProtection', 'Representation'])],
  ['Representation', new Set([...SEGMENT_INFORMATION, 'ContentProtection'])],
  ['ContentProtection', new Set(['CryptoPeriod', 'CryptoTimeline'])],
  ['SegmentBase', new Set(SEGMENT_FILES)],
  ['SegmentList', new Set([...SEGMENT_FILES, 'SegmentTimeline', 'SegmentURL'])],
  ['SegmentTemplate', new Set([...SEGMENT_FILES, 'SegmentTimeline'])],
  ['SegmentTimeline', new Set(['S'])],
]);

/** Elements whose text is a URL. */
const WITH_TEXT: ReadonlySet<string> = new Set(['BaseURL', 'ImportedMPD']);

const MPD_NAMESPACE = /^(?:urn:mpeg:dash:schema:mpd:.*)?$/i;
const XLINK_NAMESPACE = 'http://www.w3.org/1999/xlink';
const RESOLVE_TO_ZERO = 'urn:mpeg:dash:resolve-to-zero:2013';

/** Segment encryption (ISO/IEC 23009-4): the scheme of its descriptors, and the namespace of what is in them. */
const ENCRYPTION_SCHEME = 'urn:mpeg:dash:sea:2012';
const ENCRYPTION_NAMESPACE = 'urn:mpeg:dash:schema:sea:2012';

/** Downloadable fonts (ETSI TS 103 285 section 7.2). */
const FONT_SCHEME = 'urn:dvb:dash:fontdownload:2014';
const FONT_NAMESPACE = 'urn:dvb:dash-extensions:2014-1';

interface Frame {
  /** Undefined where the element and all that is in it is passed over. */
  element: MpdElement | undefined;
  counts: Map<string, number>;
}

/** Builds the tree of those elements of an MPD that name segments. */
export class TreeBuilder {
  readonly #budget: PackageBudget;
  readonly #frames: Frame[] = [];
  readonly #problems: PlacedProblem[] = [];
  readonly #asides: AsideReference[] = [];
  #unlisted = 0;
  #root: MpdElement | undefined;
  #namespace = '';
  #elements = 0;

  constructor(budget: PackageBudget) {
    this.#budget = budget;
  }

  /**
   * @param attributes how many the element has
   * @param line on which its tag ends
   */
  open(tag: SaxesTagNS, attributes: number, line: number): void {
    this.#budget.spend('markup', 1 + attributes);
    if (this.#frames.length === MAX_ELEMENT_DEPTH) {
      throw new ManifestError('invalid-xml', `has elements nested more than ${MAX_ELEMENT_DEPTH} deep`);
    }
    const above = this.#frames.at(-1);
    this.#frames.push({
      element: above === undefined ? this.#openRoot(tag) : this.#openChild(tag, above),
      counts: NO_COUNTS,
    });
    if (tag.uri === this.#namespace) this.#noteAside(tag, line);
  }

  text(data: string): void {
    const element = this.#frames.at(-1)?.element;
    if (element !== undefined && WITH_TEXT.has(element.name)) element.text += data;
  }

  close(): void {
    this.#frames.pop();
  }

  finish(): MpdDocument {
    if (this.#root === undefined)
      throw new ManifestError('not-a-manifest', 'has no MPD element, so it is no MPD');
    return { root: this.#root, problems: this.#problems, unlisted: this.#unlisted, asides: this.#asides };
  }

  #openRoot(tag: SaxesTagNS): MpdElement {
    if (tag.local !== 'MPD' || !MPD_NAMESPACE.test(tag.uri)) {
      throw new ManifestError(
        'not-a-manifest',
        `starts with the element ${quote(tag.name)}, so it is no MPD`,
      );
    }
    this.#namespace = tag.uri;
    this.#root = newElement(tag.local, undefined, 1, readAttributes(tag).plain);
    return this.#root;
  }

  #openChild(tag: SaxesTagNS, above: Frame): MpdElement | undefined {
    const parent = above.element;
    if (parent === undefined || !this.#belongs(tag, parent)) return undefined;
    const { plain, link } = readAttributes(tag);
    if (link === RESOLVE_TO_ZERO) return undefined;
    if (above.counts === NO_COUNTS) above.counts = new Map();
    const index = (above.counts.get(tag.local) ?? 0) + 1;
    above.counts.set(tag.local, index);
    const isKept = KEPT.get(parent.name)?.has(tag.local) === true && !isOtherProtection(tag);
    if (!isKept && link === undefined) return undefined;
    const element = newElement(tag.local, parent, index, plain);
    if (link !== undefined) this.#remote(element, link);
    if (!isKept) return undefined;
    this.#elements += 1;
    if (this.#elements > MAX_ELEMENTS) {
      throw new ManifestError('too-many', `has more than ${MAX_ELEMENTS} elements that describe segments`);
    }
    adopt(parent, element);
    return element;
  }

  #belongs(tag: SaxesTagNS, parent: MpdElement): boolean {
    return parent.name === 'ContentProtection'
      ? tag.uri === ENCRYPTION_NAMESPACE
      : tag.uri === this.#namespace;
  }

  #remote(element: MpdElement, link: string): void {
    if (this.#problems.length === MAX_MESSAGES) {
      this.#unlisted += 1;
      return;
    }
    this.#problems.push({
      code: 'unsupported-xlink',
      place: elementPath(element, 'xlink:href'),
      text: link,
      reason: 'is a remote element, which cannot be published: put its content into the MPD',
    });
  }

  #noteAside(tag: SaxesTagNS, line: number): void {
    const text = asideOf(tag)?.trim();
    if (text === undefined || text === '' || isExternal(text)) return;
    if (this.#asides.length < MAX_MESSAGES) this.#asides.push({ place: `line ${line}`, text });
  }
}

/** Most elements are S and SegmentURL, which have no children: they share these. */
const NO_CHILDREN: Map<string, MpdElement[]> = new Map();
const NO_COUNTS: Map<string, number> = new Map();

function newElement(
  name: string,
  parent: MpdElement | undefined,
  index: number,
  attributes: Attributes,
): MpdElement {
  return { name, parent, index, attributes, children: NO_CHILDREN, text: '' };
}

function adopt(parent: MpdElement, child: MpdElement): void {
  if (parent.children === NO_CHILDREN) parent.children = new Map();
  const siblings = parent.children.get(child.name);
  if (siblings === undefined) parent.children.set(child.name, [child]);
  else siblings.push(child);
}

/** True for a ContentProtection of another scheme than segment encryption: DRM systems name no files. */
function isOtherProtection(tag: SaxesTagNS): boolean {
  return tag.local === 'ContentProtection' && attributeOf(tag, 'schemeIdUri') !== ENCRYPTION_SCHEME;
}

/** The URL of a file that players may fetch though it belongs to no representation. */
function asideOf(tag: SaxesTagNS): string | undefined {
  switch (tag.local) {
    case 'InitializationSet':
      return attributeOf(tag, 'initialization');
    case 'InsertPresentation':
    case 'ReplacePresentation':
      // The text of ISO/IEC 23009-1 section 5.16 says @url, its schema @uri.
      return attributeOf(tag, 'url') ?? attributeOf(tag, 'uri');
    case 'SupplementalProperty':
    case 'EssentialProperty':
      return attributeOf(tag, 'schemeIdUri') === FONT_SCHEME
        ? attributeOf(tag, 'url', FONT_NAMESPACE)
        : undefined;
    default:
      return undefined;
  }
}

function attributeOf(tag: SaxesTagNS, name: string, namespace = ''): string | undefined {
  for (const { local, uri, value } of Object.values(tag.attributes)) {
    if (local === name && uri === namespace) return value;
  }
  return undefined;
}

/** The attributes without a namespace, and the URL of a remote element. */
function readAttributes(tag: SaxesTagNS): { plain: Attributes; link: string | undefined } {
  const plain: string[] = [];
  let link: string | undefined;
  for (const { local, uri, value } of Object.values(tag.attributes)) {
    if (uri === '') plain.push(local, value);
    else if (local === 'href' && uri === XLINK_NAMESPACE) link = value.trim();
  }
  return { plain: new Attributes(plain), link };
}
