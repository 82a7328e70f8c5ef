import type { TemplateValues } from './template.js';
import type { SegmentRun } from './timeline.js';

/** Goes through the segments of runs, and through their parts, without listing all of them at once. */
export class RunCursor {
  readonly #runs: readonly SegmentRun[];
  readonly #constant: TemplateValues;
  #run = 0;
  #at = 0n;
  #part = 1n;

  /** @param constant values that are the same for all segments */
  constructor(runs: readonly SegmentRun[], constant: TemplateValues) {
    this.#runs = runs;
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
    this.#part += 1n;
    if (this.#part > run.parts) {
      this.#part = 1n;
      this.#at += 1n;
    }
    if (this.#at === run.count) {
      this.#at = 0n;
      this.#run += 1;
    }
    return this.#runs[this.#run];
  }
}
