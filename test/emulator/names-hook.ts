import dns, { type LookupAddress } from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import type { LookupOptions } from './names.js';

/** A dns.lookup whose options are always given. */
export type Lookup = (
  hostname: string,
  options: LookupOptions,
  callback: (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void,
) => void;

/*
 * Replaces dns.lookup for this process. Modules that keep the function when they are loaded get the one from
 * here only when this module was loaded before them: a test imports it first, a child process by --import.
 */

const system = dns.lookup as unknown as Lookup;
let current: Lookup = system;

const replaced = (
  hostname: string,
  given: LookupOptions | number | Parameters<Lookup>[2],
  given2?: Parameters<Lookup>[2],
): void => {
  const callback = typeof given === 'function' ? given : given2;
  if (callback === undefined) throw new TypeError('dns.lookup takes a callback.');
  const options = typeof given === 'number' ? { family: given } : typeof given === 'object' ? given : {};
  current(hostname, options ?? {}, callback);
};
dns.lookup = replaced as unknown as typeof dns.lookup;
syncBuiltinESMExports();

/** Asks another lookup from now on; the system's when none is given. */
export function useLookup(lookup: Lookup = system): void {
  current = lookup;
}
