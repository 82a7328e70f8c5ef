import type { TemplateValues } from './template.js';
import type { SegmentRun } from './timeline.js';

/** What has a name of its own: without, all segments or parts are in one file. */
export interface Naming {
  perSegment: boolean;
  perPart: boolean;
}

/** How many names the segments of runs have. */
export function countNamed(runs: readonly SegmentRun[], { perSegment, perPart }: Naming): bigint {
  const named = perSegment ? runs : runs.slice(0, 1);
  return named.reduce((sum, run) => sum + (perSegment ? run.count : 1n) * (perPart ? run.parts : 1n), 0n);
}

/** Goes through the names of the segments of runs, and of their parts, without listing all of them at once. */
export class RunCursor {
  readonly #runs: readonly SegmentRun[];
  readonly #names: Naming;
  readonly #constant: TemplateValues;
  #run = 0;
  #at = 0n;
  #part = 1n;

  /** @param constant values that are the same for all segments */
  constructor(runs: readonly SegmentRun[], names: Naming, constant: TemplateValues) {
    this.#runs = runs;
    this.#names = names;
    this.#constant = constant;
  }

  /** The values of the next segments and parts, `most` of them; fewer at the end. */
  take(most: number): TemplateValues[] {
    const { RepresentationID, Bandwidth } = this.#constant;
    const taken: TemplateValues[] = [];
    for (let run = this.#runs[this.#run]; run !== undefined && taken.length < most; run = this.#next(run)) {
      taken.push({
        RepresentationID,
        Bandwidth,
        Number: run.number + this.#at,
        Time: run.time + this.#at * run.step,
        SubNumber: this.#part,
      });
    }
    return taken;
  }

  #next(run: SegmentRun): SegmentRun | undefined {
    const { perSegment, perPart } = this.#names;
    this.#part += 1n;
    if (!perPart || this.#part > run.parts) {
      this.#part = 1n;
      this.#at += 1n;
    }
    if (this.#part === 1n && (!perSegment || this.#at === run.count)) {
      this.#at = 0n;
      this.#run = perSegment ? this.#run + 1 : this.#runs.length;
    }
    return this.#runs[this.#run];
  }
}
