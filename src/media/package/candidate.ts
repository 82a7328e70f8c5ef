import type { FileStat } from '../files/disk.js';
import { type FileFault, faultOf } from './file-state.js';
import { quote } from './manifest-error.js';
import type { LocalReference } from './relative-uri.js';

/** What is at paths below a manifest's folder. */
export type Stats = ReadonlyMap<string, FileStat>;

/** The path that a reference means, with what is there. */
export interface Candidate {
  path: string;
  stats: FileStat;
  /** True for a name with a raw `#` or `?`, where players end it. */
  unplayable: boolean;
}

/** What a reference means: its decoded name, or its written one where only that one is a file. */
export function candidateOf({ path, raw, uncut }: LocalReference, stats: Stats): Candidate {
  const decoded = stats.get(path) ?? { kind: 'missing' };
  if (decoded.kind !== 'file') {
    const literal = raw === path ? undefined : stats.get(raw);
    if (literal?.kind === 'file') return { path: raw, stats: literal, unplayable: false };
    const whole = uncut === undefined ? undefined : stats.get(uncut);
    if (whole?.kind === 'file') return { path: `${uncut}`, stats: whole, unplayable: true };
  }
  return { path, stats: decoded, unplayable: false };
}

/** Why a candidate can't be a part of the package. */
export function faultOfCandidate({ path, stats, unplayable }: Candidate): FileFault | undefined {
  if (!unplayable) return faultOf(stats);
  const reason = `can't be played, since players end a name at "#" and "?": write ${quote(encodePath(path))}`;
  return { code: 'unplayable-name', reason };
}

/** A path as a manifest must write it for a player to ask for it. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
