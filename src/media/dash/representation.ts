import { ManifestError, quote } from '../package/manifest-error.js';
import type { FileRole, PackageReference } from '../package/reference.js';
import { type SegmentInformation, segmentInformation } from './inheritance.js';
import type { Bases, MpdItems, SegmentFiles } from './items.js';
import { childrenOf, elementPath, type MpdElement } from './mpd.js';
import { integerAttribute, type Seconds } from './number.js';
import { fillUrlTemplate, parseUrlTemplate, type TemplateValues, type UrlTemplate } from './template.js';
import { durationRun, type SegmentRun, type SegmentTiming, timelineRuns } from './timeline.js';

/** A representation where it stands. */
export interface RepresentationContext {
  representation: MpdElement;
  adaptationSet: MpdElement;
  period: MpdElement;
  periodLength: Seconds | undefined;
  bases: Bases;
}

interface PlacedTemplate {
  place: string;
  template: UrlTemplate;
}

/**
 * Adds the files of one representation: initialization, index and bitstream-switching segments, then the
 * media segments that its SegmentTemplate, SegmentList or SegmentBase describes, or its BaseURL alone
 * (ISO/IEC 23009-1 section 5.3.9).
 * @throws {ManifestError} where one of its elements means nothing, or a limit is passed
 */
export function addRepresentation(context: RepresentationContext, items: MpdItems): void {
  new RepresentationReader(context, items).read();
}

class RepresentationReader {
  readonly #context: RepresentationContext;
  readonly #items: MpdItems;
  readonly #values: TemplateValues;

  constructor(context: RepresentationContext, items: MpdItems) {
    this.#context = context;
    this.#items = items;
    this.#values = {
      RepresentationID: context.representation.attributes.get('id'),
      Bandwidth: context.representation.attributes.get('bandwidth')?.trim(),
    };
  }

  read(): void {
    const { representation, adaptationSet, period } = this.#context;
    const information = segmentInformation([representation, adaptationSet, period]);
    if (information === undefined) {
      this.#addBaseFile(elementPath(representation), this.#endsEarly() ? 'other' : 'segment');
      return;
    }
    this.#addSingle(information, 'initialization', 'Initialization', 'segment');
    this.#addSingle(information, 'bitstreamSwitching', 'BitstreamSwitching', 'segment');
    this.#addSingle(information, undefined, 'RepresentationIndex', 'other');
    if (information.kind === 'SegmentTemplate') this.#addTemplate(information);
    else if (information.kind === 'SegmentList') this.#addList(information);
    else this.#addBaseFile(elementPath(information.nearest), 'segment');
  }

  /** A file that the representation has once: by template attribute, or by an element with a URL. */
  #addSingle(
    information: SegmentInformation,
    attribute: string | undefined,
    child: string,
    role: FileRole,
  ): void {
    const template =
      information.kind === 'SegmentTemplate' && attribute && this.#template(information, attribute);
    if (template) {
      this.#addUrl(this.#fill(template, this.#values), template.place, role);
      return;
    }
    const element = information.child(child);
    const url = element?.attributes.get('sourceURL');
    if (element !== undefined && url !== undefined)
      this.#addUrl(url, elementPath(element, 'sourceURL'), role);
    else if (element !== undefined) this.#addBaseFile(elementPath(element), role);
  }

  #addList(information: SegmentInformation): void {
    const urls = information.children('SegmentURL');
    if (urls.length === 0)
      throw new ManifestError('empty', 'has no SegmentURL', elementPath(information.nearest));
    this.#items.expect(BigInt(urls.length));
    let inBaseFile = false;
    for (const url of urls) {
      const media = url.attributes.get('media');
      const index = url.attributes.get('index');
      if (media !== undefined) this.#addUrl(media, elementPath(url, 'media'), 'segment');
      else if (!inBaseFile) {
        // The other byte ranges are ranges of the same file.
        inBaseFile = true;
        this.#addBaseFile(elementPath(url), 'segment');
      }
      if (index !== undefined) this.#addUrl(index, elementPath(url, 'index'), 'other');
    }
  }

  #addUrl(text: string, place: string, role: FileRole): void {
    this.#items.add(this.#items.reference(text, place, this.#context.bases, role));
  }

  #addTemplate(information: SegmentInformation): void {
    const media = this.#template(information, 'media');
    const index = this.#template(information, 'index');
    if (media === undefined) {
      this.#addBaseFile(elementPath(information.nearest), 'segment');
      return;
    }
    const { runs, open } = this.#runs(information);
    const count = runs.reduce((sum, run) => sum + run.count, 0n);
    this.#items.expect(count * BigInt(this.#context.bases.length));
    const perSegment = media.template.perSegment || index?.template.perSegment;
    const segments: SegmentFiles[] = [];
    for (const run of runs) {
      const listed = perSegment ? run.count : run.count > 0n ? 1n : 0n;
      for (let at = 0n; at < listed; at += 1n) {
        const files = this.#files(media, index, run, at);
        // What is wrong with one name is wrong with all names of a template: it is told once.
        if (files === undefined) return;
        segments.push(files);
      }
      if (!perSegment && segments.length > 0) break;
    }
    const [run] = runs;
    const beyond = open && perSegment && run && this.#files(media, index, run, run.count);
    const mayLack = !open ? 0 : this.#endsEarly() ? segments.length : 1;
    this.#items.addGroup({ segments, mayLack, ...(beyond ? { beyond } : {}) });
  }

  /** The segments as runs; `open` where their number follows from the length of the Period alone. */
  #runs(information: SegmentInformation): { runs: SegmentRun[]; open: boolean } {
    const timing = this.#timing(information);
    const timeline = information.child('SegmentTimeline');
    if (timeline !== undefined) return { runs: timelineRuns(timeline, timing), open: false };
    const duration = numberOf(information, 'duration', 1n);
    const element = information.attribute('duration')?.element;
    if (duration !== undefined && element !== undefined) {
      const run = durationRun(element, duration, timing);
      const last = run.number + run.count - 1n;
      return { runs: [run], open: timing.endNumber === undefined || last < timing.endNumber };
    }
    const { startNumber, endNumber = startNumber, presentationTimeOffset } = timing;
    const count = endNumber < startNumber ? 0n : endNumber - startNumber + 1n;
    return { runs: [{ number: startNumber, time: presentationTimeOffset, step: 0n, count }], open: false };
  }

  #timing(information: SegmentInformation): SegmentTiming {
    return {
      timescale: numberOf(information, 'timescale', 1n) ?? 1n,
      presentationTimeOffset: numberOf(information, 'presentationTimeOffset', 0n) ?? 0n,
      startNumber: numberOf(information, 'startNumber', 0n) ?? 1n,
      endNumber: numberOf(information, 'endNumber', 0n),
      periodLength: this.#context.periodLength,
    };
  }

  #files(
    media: PlacedTemplate,
    index: PlacedTemplate | undefined,
    run: SegmentRun,
    at: bigint,
  ): SegmentFiles | undefined {
    const values = { ...this.#values, Number: run.number + at, Time: run.time + at * run.step };
    const make = (placed: PlacedTemplate, role: FileRole): PackageReference | undefined =>
      this.#items.reference(this.#fill(placed, values), placed.place, this.#context.bases, role);
    const segment = make(media, 'segment');
    if (segment === undefined || index === undefined) return segment && [segment];
    const itsIndex = make(index, 'other');
    return itsIndex && [segment, itsIndex];
  }

  #template(information: SegmentInformation, name: string): PlacedTemplate | undefined {
    const attribute = information.attribute(name);
    if (attribute === undefined) return undefined;
    const place = elementPath(attribute.element, name);
    const template = parseUrlTemplate(attribute.value);
    if (typeof template === 'string') {
      throw new ManifestError('invalid-template', `${quote(attribute.value)} ${template}`, place);
    }
    return { place, template };
  }

  #fill({ place, template }: PlacedTemplate, values: TemplateValues): string {
    const text = fillUrlTemplate(template, values);
    if (typeof text === 'string') return text;
    const perSegment = text.missing === 'Number' || text.missing === 'Time';
    const reason = perSegment
      ? `uses $${text.missing}$, which has a value for media segments and their indexes only`
      : `uses $${text.missing}$, which ${elementPath(this.#context.representation)} does not have`;
    throw new ManifestError('invalid-template', reason, place);
  }

  /** The file that BaseURL itself names; of several BaseURLs those that name no folder. */
  #addBaseFile(place: string, role: FileRole): void {
    const targets = this.#context.bases.filter(({ path }) => path !== '' && !path.endsWith('/'));
    const [first] = targets;
    if (first === undefined) {
      const reason = 'names no file: it needs a BaseURL that names one, or segment information';
      throw new ManifestError('empty', reason, place);
    }
    this.#items.expect(1n);
    this.#items.add({ place, text: first.path, targets, role, optional: false });
  }

  /** Text and image tracks may end before the Period does. */
  #endsEarly(): boolean {
    const own = (name: string) =>
      this.#context.representation.attributes.get(name) ??
      this.#context.adaptationSet.attributes.get(name) ??
      '';
    return (
      /^(?:text|image|application)\//i.test(own('mimeType').trim()) ||
      /^(?:text|image)$/i.test(own('contentType').trim()) ||
      /^(?:stpp|wvtt)/i.test(own('codecs').trim())
    );
  }
}

function numberOf(information: SegmentInformation, name: string, least: bigint): bigint | undefined {
  const attribute = information.attribute(name);
  return attribute && integerAttribute(attribute.element, name, least);
}

/** Texts of the BaseURL elements of a level, with their places. */
export function baseUrls(level: MpdElement): { text: string; place: string }[] {
  return childrenOf(level, 'BaseURL').map((element) => ({ text: element.text, place: elementPath(element) }));
}
