import type { PackageBudget } from '../package/budget.js';
import { LIMITS } from '../package/limits.js';
import { LimitExceeded, ManifestError, quote } from '../package/manifest-error.js';
import type { FileRole } from '../package/reference.js';
import { isExternal } from '../package/relative-uri.js';
import { keyUrls } from './encryption.js';
import { type SegmentInformation, segmentInformation } from './inheritance.js';
import {
  type Bases,
  type MpdItem,
  type Refused,
  resolveAgainst,
  type SegmentFiles,
  type Track,
} from './items.js';
import { childrenOf, elementPath, type MpdElement } from './mpd.js';
import { integerAttribute } from './number.js';
import type { PeriodLength } from './period.js';
import { countNamed, type Naming, RunCursor } from './run-cursor.js';
import { fillUrlTemplate, parseUrlTemplate, type TemplateValues, type UrlTemplate } from './template.js';
import { durationRun, type SegmentRun, type SegmentTiming, type Timelines } from './timeline.js';

/** Segments that are listed in one go. */
const CHUNK = 200;

/** A representation where it stands. */
export interface RepresentationContext {
  representation: MpdElement;
  adaptationSet: MpdElement;
  period: MpdElement;
  root: MpdElement;
  periodLength: PeriodLength;
  bases: Bases;
  timelines: Timelines;
  budget: PackageBudget;
}

interface PlacedTemplate {
  place: string;
  template: UrlTemplate;
}

/** Segments in the order of their numbers. */
interface Segments {
  runs: readonly SegmentRun[];
  /** How many of them there must be; all where undefined. */
  required?: bigint;
  /** True where their number follows from the length of the Period alone, which packagers round. */
  open: boolean;
}

/**
 * Finds the files of one representation: initialization, index and bitstream-switching segments and keys, then the
 * media segments that its SegmentTemplate, SegmentList or SegmentBase describes, or its BaseURL alone
 * (ISO/IEC 23009-1 section 5.3.9).
 * @throws {ManifestError} where one of its elements means nothing
 * @throws {LimitExceeded} where a limit is passed
 */
export function representationItems(context: RepresentationContext): Iterable<MpdItem> {
  return new RepresentationReader(context).items();
}

class RepresentationReader {
  readonly #context: RepresentationContext;
  readonly #values: TemplateValues;

  constructor(context: RepresentationContext) {
    this.#context = context;
    this.#values = {
      RepresentationID: context.representation.attributes.get('id'),
      Bandwidth: context.representation.attributes.get('bandwidth')?.trim(),
    };
  }

  *items(): Generator<MpdItem> {
    const { representation, adaptationSet, period } = this.#context;
    const information = segmentInformation([representation, adaptationSet, period]);
    yield* this.#keys(information);
    if (information === undefined) {
      yield this.#baseFile(elementPath(representation), this.#endsEarly() ? 'other' : 'segment');
      return;
    }
    yield* this.#single(information, 'initialization', 'Initialization', 'segment');
    yield* this.#single(information, 'bitstreamSwitching', 'BitstreamSwitching', 'segment');
    yield* this.#single(information, undefined, 'RepresentationIndex', 'other');
    if (information.kind === 'SegmentTemplate') yield* this.#templateSegments(information);
    else if (information.kind === 'SegmentList') yield* this.#listSegments(information);
    else yield this.#baseFile(elementPath(information.nearest), 'segment');
  }

  *#keys(information: SegmentInformation | undefined): Generator<MpdItem> {
    const { representation, adaptationSet, period, root, budget } = this.#context;
    const levels = [representation, adaptationSet, period, root];
    const startNumber = (information && numberOf(information, 'startNumber', 0n)) ?? 1n;
    for (const { text, place } of keyUrls(levels, this.#values, startNumber)) {
      if (isExternal(text)) budget.spend('references', 1, place);
      else yield this.#url(text, place, 'key');
    }
  }

  /** A file that the representation has once: by template attribute, or by an element with a URL. */
  *#single(
    information: SegmentInformation,
    attribute: string | undefined,
    child: string,
    role: FileRole,
  ): Generator<MpdItem> {
    const template =
      information.kind === 'SegmentTemplate' && attribute && this.#template(information, attribute);
    if (template) {
      yield this.#url(this.#fill(template, this.#values), template.place, role);
      return;
    }
    const element = information.child(child);
    const url = element?.attributes.get('sourceURL');
    if (element !== undefined && url !== undefined)
      yield this.#url(url, elementPath(element, 'sourceURL'), role);
    else if (element !== undefined) yield this.#baseFile(elementPath(element), role);
  }

  *#listSegments(information: SegmentInformation): Generator<MpdItem> {
    const urls = information.children('SegmentURL');
    if (urls.length === 0)
      throw new ManifestError('empty', 'has no SegmentURL', elementPath(information.nearest));
    let inBaseFile = false;
    for (const url of urls) {
      const media = url.attributes.get('media');
      const index = url.attributes.get('index');
      if (media !== undefined) yield this.#url(media, elementPath(url, 'media'), 'segment');
      else if (!inBaseFile) {
        // The other byte ranges are ranges of the same file.
        inBaseFile = true;
        yield this.#baseFile(elementPath(url), 'segment');
      }
      if (index !== undefined) yield this.#url(index, elementPath(url, 'index'), 'other');
    }
  }

  #url(text: string, place: string, role: FileRole): MpdItem {
    const { bases, budget } = this.#context;
    const resolved = resolveAgainst(bases, text, place, role, budget);
    return 'problem' in resolved ? resolved : { reference: resolved };
  }

  *#templateSegments(information: SegmentInformation): Generator<MpdItem> {
    const media = this.#template(information, 'media');
    const index = this.#template(information, 'index');
    if (media === undefined) {
      yield this.#baseFile(elementPath(information.nearest), 'segment');
      return;
    }
    const { runs, required, open } = this.#segments(information);
    const names: Naming = {
      perSegment: media.template.perSegment || index?.template.perSegment === true,
      perPart: media.template.perPart || index?.template.perPart === true,
    };
    const count = countNamed(runs, names);
    if (count > LIMITS.files.ofPackage) {
      const reason = `has more than ${LIMITS.files.ofPackage} segments, the limit for a package`;
      throw new LimitExceeded('too-many', reason, media.place);
    }
    const expected = Number(required === undefined || !names.perSegment ? count : required);
    const track: Track = {
      required: expected,
      mayLack: !open ? 0 : this.#endsEarly() ? expected : 1,
      count: Number(count),
    };
    const [run] = runs;
    // Packagers round the length of the Period, and write one segment more.
    const beyond = open && names.perSegment && run ? [after(run)] : [];
    const cursor = new RunCursor([...runs, ...beyond], names, this.#values);
    let position = 0;
    for (let values = cursor.take(CHUNK); values.length > 0; values = cursor.take(CHUNK)) {
      const segments = this.#files(media, index, values);
      // What is wrong with one name is wrong with all names of a template: it is told once.
      yield 'problem' in segments ? segments : { segments, position, track };
      if ('problem' in segments) return;
      position += segments.length;
    }
  }

  #segments(information: SegmentInformation): Segments {
    const timing = this.#timing(information);
    const timeline = information.child('SegmentTimeline');
    if (timeline !== undefined) return { runs: this.#context.timelines.runs(timeline, timing), open: false };
    const duration = numberOf(information, 'duration', 1n);
    const element = information.attribute('duration')?.element;
    if (duration !== undefined && element !== undefined) {
      const { run, required } = durationRun(element, duration, timing);
      const last = run.number + run.count - 1n;
      const open = timing.endNumber === undefined || last < timing.endNumber;
      return { runs: run.count > 0n ? [run] : [], required, open };
    }
    const { startNumber, endNumber = startNumber, presentationTimeOffset } = timing;
    const count = endNumber - startNumber + 1n;
    const run = { number: startNumber, time: presentationTimeOffset, step: 0n, count, parts: 1n };
    return { runs: count > 0n ? [run] : [], open: false };
  }

  #timing(information: SegmentInformation): SegmentTiming {
    return {
      timescale: numberOf(information, 'timescale', 1n) ?? 1n,
      presentationTimeOffset: numberOf(information, 'presentationTimeOffset', 0n) ?? 0n,
      startNumber: numberOf(information, 'startNumber', 0n) ?? 1n,
      endNumber: numberOf(information, 'endNumber', 0n),
      period: this.#context.periodLength,
    };
  }

  #files(
    media: PlacedTemplate,
    index: PlacedTemplate | undefined,
    list: readonly TemplateValues[],
  ): SegmentFiles[] | Refused {
    const { bases, budget } = this.#context;
    const segments: SegmentFiles[] = [];
    for (const values of list) {
      const file = resolveAgainst(bases, this.#fill(media, values), media.place, 'segment', budget);
      if ('problem' in file) return file;
      const itsIndex =
        index && resolveAgainst(bases, this.#fill(index, values), index.place, 'other', budget);
      if (itsIndex !== undefined && 'problem' in itsIndex) return itsIndex;
      segments.push(itsIndex === undefined ? [file] : [file, itsIndex]);
    }
    return segments;
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
    const ofRepresentation = text.missing === 'RepresentationID' || text.missing === 'Bandwidth';
    const reason = ofRepresentation
      ? `uses $${text.missing}$, which ${elementPath(this.#context.representation)} does not have`
      : `uses $${text.missing}$, which has a value for media segments and their indexes only`;
    throw new ManifestError('invalid-template', reason, place);
  }

  /** The file that BaseURL itself names; of several BaseURLs those that name no folder. */
  #baseFile(place: string, role: FileRole): MpdItem {
    const targets = this.#context.bases.filter(({ path }) => path !== '' && !path.endsWith('/'));
    const [first] = targets;
    if (first === undefined) {
      const reason = 'names no file: it needs a BaseURL that names one, or segment information';
      throw new ManifestError('empty', reason, place);
    }
    return { reference: { place, text: first.path, targets, role, need: 'required' } };
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

/** The segment after a run. */
function after({ number, time, step, count, parts }: SegmentRun): SegmentRun {
  return { number: number + count, time: time + count * step, step, count: 1n, parts };
}

function numberOf(information: SegmentInformation, name: string, least: bigint): bigint | undefined {
  const attribute = information.attribute(name);
  return attribute && integerAttribute(attribute.element, name, least);
}

/** Texts of the BaseURL elements of a level, with their places. */
export function baseUrls(level: MpdElement): { text: string; place: string }[] {
  return childrenOf(level, 'BaseURL').map((element) => ({ text: element.text, place: elementPath(element) }));
}
