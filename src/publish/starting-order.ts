/**
 * The order in which media start: the largest first, since a large one that starts last ends last, but with
 * small ones among them, so that what has started is always about as large as the average. Small media cost
 * as many API requests as large ones; left for the end, all at once, they would wait for the API. Media of
 * one size start in the order in which they are given.
 */
export function startingOrder<M extends { bytes: number }>(media: readonly M[]): M[] {
  const order = new Set<M>();
  const largest = [...media].sort((a, b) => b.bytes - a.bytes).values();
  const smallest = [...media].sort((a, b) => a.bytes - b.bytes).values();
  const average = media.reduce((sum, { bytes }) => sum + bytes, 0) / media.length;
  let started = 0;
  while (order.size < media.length) {
    const from = started <= average * order.size ? largest : smallest;
    const next = from.next().value as M;
    if (order.has(next)) continue;
    order.add(next);
    started += next.bytes;
  }
  return [...order];
}
