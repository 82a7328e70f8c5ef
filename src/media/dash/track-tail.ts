import type { PackageBuilder } from '../package/builder.js';
import type { Stats } from '../package/candidate.js';
import { MAX_MESSAGES } from '../package/limits.js';
import { quote } from '../package/manifest-error.js';
import type { SegmentFiles, Track } from './items.js';

/**
 * Takes the segments of one track in the order of their numbers. Absent ones are kept back until it is known whether
 * the track goes on after them, which makes them a hole, or ends there.
 */
export class TrackTail {
  readonly #builder: PackageBuilder;
  readonly #manifest: string;
  readonly #track: Track;
  /** The first of the absent segments at the end so far, and what was found of their other files. */
  #kept: { segment: SegmentFiles; stats: Stats }[] = [];
  #absent = 0;
  /** How many of those must be there. */
  #lacking = 0;
  #found = false;

  /** @param manifest that holds the track, below the top manifest's folder */
  constructor(builder: PackageBuilder, manifest: string, track: Track) {
    this.#builder = builder;
    this.#manifest = manifest;
    this.#track = track;
  }

  take(segment: SegmentFiles, position: number, stats: Stats): void {
    const { required, count } = this.#track;
    const [media] = segment;
    const isRequired = position < required;
    const isThere = isRequired ? this.#builder.isPresent(media, stats) : this.#builder.isUsable(media, stats);
    if (!isThere) {
      this.#absent += 1;
      if (isRequired) this.#lacking += 1;
      if (this.#kept.length < MAX_MESSAGES) this.#kept.push({ segment, stats });
      return;
    }
    // A file after the last segment is one only where the track is whole up to it.
    if (position >= count && this.#absent > 0) return;
    this.#tell(this.#absent);
    this.#absent = 0;
    this.#lacking = 0;
    this.#kept = [];
    this.#found = true;
    for (const reference of segment) this.#builder.resolve(reference, stats, this.#manifest);
  }

  /** Decides about the absent segments at the end. */
  finish(): void {
    const [first] = this.#kept;
    if (this.#lacking === 0 || first === undefined) return;
    // Where nothing is there at all, or more is absent than arithmetic explains, all of it is missing.
    if (!this.#found || this.#lacking > this.#track.mayLack) {
      this.#tell(this.#lacking);
      return;
    }
    const { place, text } = first.segment[0];
    this.#builder.warn(
      `${this.#builder.display(this.#manifest)}, ${place}: ${quote(text)} is the first of ${this.#lacking} at the ` +
        'end that the duration asks for and that do not exist; it is taken that the packager wrote none.',
    );
  }

  /** Reports the first of the absent segments as missing. */
  #tell(count: number): void {
    for (const { segment, stats } of this.#kept.slice(0, count)) {
      for (const reference of segment) this.#builder.resolve(reference, stats, this.#manifest);
    }
    this.#builder.countProblems(Math.max(0, count - this.#kept.length));
  }
}
