/**
 * The body of a request. It can be sent again: every call of `chunks` starts from the beginning, so
 * that a retry reads the bytes once more.
 */
export interface Body {
  /** Bytes. */
  readonly length: number;
  /** Yields the bytes in order; a chunk is valid until the next one is asked for. */
  chunks(): AsyncIterable<Buffer> | Iterable<Buffer>;
}

/** A body that is in memory already. */
export function bufferBody(bytes: Buffer): Body {
  return { length: bytes.length, chunks: () => (bytes.length > 0 ? [bytes] : []) };
}
