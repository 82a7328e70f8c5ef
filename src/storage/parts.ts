const MIB = 1024 * 1024;

/** Objects below this size go in one request. */
export const MULTIPART_THRESHOLD = 16 * MIB;

/** Limits of COS (COS documentation, specifications and limits). */
const MOST_PARTS = 10_000;
/** Also the size of parts under congestion: a body that takes too long is dropped by the service and sent again. */
export const SMALLEST_PART = MIB;
const LARGEST_PUT = 5 * 1024 * MIB;

/** Bounds of a part that the engine chooses by itself. */
const SMALLEST_CHOSEN = 4 * MIB;
const LARGEST_CHOSEN = 32 * MIB;
/** Rounds of parts over all connections: with fewer, one slow connection is left alone at the end. */
const ROUNDS = 3;

/** A range of an object, sent as one part. */
export interface Part {
  /** From 1. */
  number: number;
  start: number;
  length: number;
}

/**
 * True when an object of this size is sent by parts: from the threshold on, or where it is larger than the parts that
 * the user asked for.
 */
export function isMultipart(size: number, partSize: number | undefined): boolean {
  if (size > LARGEST_PUT) return true;
  return partSize === undefined ? size >= MULTIPART_THRESHOLD : size > Math.max(partSize, SMALLEST_PART);
}

/**
 * Size of the parts of an object in bytes: small enough that every connection gets a share and none
 * stands alone at the end, large enough that round trips don't count, and a multiple that fills whole
 * rounds of connections. Never more than 10,000 parts.
 *
 * @param concurrency requests that may be in flight
 * @param wished bytes that the user asked for
 */
export function partSizeFor(size: number, concurrency: number, wished: number | undefined): number {
  const least = Math.max(SMALLEST_PART, Math.ceil(size / MOST_PARTS));
  if (wished !== undefined) return Math.max(wished, least);
  const share = size / (concurrency * ROUNDS);
  const chosen = Math.max(least, Math.min(LARGEST_CHOSEN, Math.max(SMALLEST_CHOSEN, share)));
  const count = Math.ceil(size / chosen);
  // The last round is filled up: as many parts as there are connections, each a little smaller.
  const rounds = Math.ceil(count / concurrency);
  const filled = count > concurrency ? Math.ceil(size / (rounds * concurrency)) : Math.ceil(size / count);
  return Math.max(least, filled);
}

/** Cuts an object into parts. */
export function cutIntoParts(size: number, partSize: number): Part[] {
  const parts: Part[] = [];
  for (let start = 0; start < size; start += partSize) {
    parts.push({ number: parts.length + 1, start, length: Math.min(partSize, size - start) });
  }
  return parts;
}

/** Requests that an object costs when nothing goes wrong. */
export function requestsFor(size: number, concurrency: number, wished: number | undefined): number {
  if (!isMultipart(size, wished)) return 1;
  return 2 + Math.ceil(size / partSizeFor(size, concurrency, wished));
}
