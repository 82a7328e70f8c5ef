/** An event of a test, which requests can wait for, and the way to bring it about. */
export interface Deferred {
  promise: Promise<void>;
  resolve(): void;
}

/** An event that has not happened yet. */
export function deferred(): Deferred {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
