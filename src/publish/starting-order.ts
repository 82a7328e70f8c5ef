/**
 * The order in which media start: the largest first, since a large one that starts last ends last, but with
 * small ones among them, so that what has started is always about as large as the average. Small media cost
 * as many API requests as large ones; left for the end, all at once, they would wait for the API.
 */
export function startingOrder<M extends { bytes: number }>(media: readonly M[]): M[] {
  const left = [...media].sort((a, b) => b.bytes - a.bytes);
  const average = left.reduce((sum, { bytes }) => sum + bytes, 0) / left.length;
  const order: M[] = [];
  let started = 0;
  let large = 0;
  let small = left.length - 1;
  while (large <= small) {
    const next = left[started <= average * order.length ? large++ : small--] as M;
    order.push(next);
    started += next.bytes;
  }
  return order;
}
