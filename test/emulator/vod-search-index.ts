import { hasExpired, type Medium } from './vod-medium.js';
import type { Lags } from './vod-options.js';

interface Entry {
  /** The medium as it was from these times on, the oldest first. */
  versions: { at: number; medium: Medium }[];
  removedAt: number;
}

/** What SearchMedia knows: every medium as it was some time ago. */
export class SearchIndex {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly lags: Lags) {}

  /** Notes how a medium looks from now on. */
  record(medium: Medium, now: number): void {
    const entry = this.entries.get(medium.fileId) ?? { versions: [], removedAt: Number.POSITIVE_INFINITY };
    entry.versions.push({ at: now, medium: { ...medium } });
    this.entries.set(medium.fileId, entry);
  }

  /** Notes that a medium is gone from now on. */
  remove(fileId: string, now: number): void {
    const entry = this.entries.get(fileId);
    if (entry !== undefined) entry.removedAt = now;
  }

  /** The media as the index knows them now. Expired ones are never found. */
  media(now: number): Medium[] {
    const { searchNew, searchChange, searchDeletion } = this.lags;
    const found: Medium[] = [];
    for (const { versions, removedAt } of this.entries.values()) {
      const [created, ...changes] = versions;
      if (created === undefined || created.at + searchNew > now || removedAt + searchDeletion <= now)
        continue;
      const known = changes.findLast(({ at }) => at + searchChange <= now) ?? created;
      if (!hasExpired(known.medium, now)) found.push(known.medium);
    }
    return found;
  }

  clear(): void {
    this.entries.clear();
  }
}
