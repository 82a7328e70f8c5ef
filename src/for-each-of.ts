/**
 * Runs `work` for every item, in order, at most `width` at a time. The first failure aborts `stop` with the
 * failure as its reason, so that the others end soon; it is thrown once all of them have ended, and nothing
 * is left running.
 */
export async function forEachOf<T>(
  items: readonly T[],
  width: number,
  stop: AbortController,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length && !stop.signal.aborted) {
      try {
        await work(items[next++] as T);
      } catch (error) {
        // Failures that follow from the abort come here, too; the first reason stays.
        stop.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  stop.signal.throwIfAborted();
}
