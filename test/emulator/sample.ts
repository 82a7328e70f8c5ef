import { randomSequence } from './random-sequence.js';

/** Which of many are hit. Both conditions may be given; all are hit when neither is. */
export interface Sample {
  /** Every n-th: 3 hits the third, the sixth and so on. */
  every?: number;
  /** A share from 0 to 1, drawn by `seed`. */
  share?: number;
  /** The same seed draws the same ones; 1 unless given. */
  seed?: number;
}

/** True when not all are hit. */
export function isPartial({ every, share }: Sample): boolean {
  return every !== undefined || share !== undefined;
}

/** Raises a RangeError for a sample that means nothing. */
export function checkSample({ every = 1, share = 0 }: Sample): void {
  if (!Number.isInteger(every) || every < 1) {
    throw new RangeError(`every is ${every}; it takes a whole number from 1.`);
  }
  if (!(share >= 0 && share <= 1)) throw new RangeError(`share is ${share}; it takes 0 to 1.`);
}

/** Draws a sample one by one. */
export class Sampler {
  private readonly random: () => number;
  private count = 0;

  constructor(private readonly sample: Sample) {
    this.random = randomSequence(sample.seed ?? 1);
  }

  /** Whether the next one is hit. */
  draw(): boolean {
    const { every = 1, share } = this.sample;
    this.count += 1;
    const drawn = share === undefined || this.random() < share;
    return drawn && this.count % every === 0;
  }
}
