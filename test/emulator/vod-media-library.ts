import type { Clock } from './clock.js';
import type { UploadSession } from './upload-session.js';
import { hasExpired, type Medium, type MediumState, newMedium } from './vod-medium.js';
import type { Lags } from './vod-options.js';
import { SearchIndex } from './vod-search-index.js';

/** The media of the account, and the index over them. */
export class MediaLibrary {
  readonly index: SearchIndex;
  private readonly media = new Map<string, Medium>();

  constructor(
    private readonly clock: Clock,
    lags: Lags,
  ) {
    this.index = new SearchIndex(lags);
  }

  /** Media that are there, in order of their commits. */
  get all(): Medium[] {
    const now = this.clock.now();
    return [...this.media.values()].filter((medium) => !hasExpired(medium, now));
  }

  /** Takes in what an upload committed, now or at the time that is given. */
  add(session: UploadSession, createdAt = this.clock.now(), given: Partial<MediumState> = {}): Medium {
    const medium = newMedium(session, createdAt, given);
    this.media.set(medium.fileId, medium);
    this.index.record(medium, medium.createdAt);
    return medium;
  }

  /** The medium of an application; `undefined` when it is not there, or not there any more. */
  find(subAppId: number, fileId: string): Medium | undefined {
    const medium = this.media.get(fileId);
    return medium?.subAppId === subAppId && !hasExpired(medium, this.clock.now()) ? medium : undefined;
  }

  /** The medium of any application, for tests. Throws when it is not there. */
  get(fileId: string): Medium {
    const medium = this.media.get(fileId);
    if (medium === undefined) throw new Error(`There is no medium ${fileId}.`);
    return medium;
  }

  /** Changes a medium. */
  change(medium: Medium, changes: Partial<Omit<MediumState, 'updatedAt'>>): void {
    Object.assign(medium, changes, { updatedAt: this.clock.now() });
    this.index.record(medium, medium.updatedAt);
  }

  /** Deletes a medium with everything that was made of it. */
  remove(medium: Medium): void {
    this.media.delete(medium.fileId);
    this.index.remove(medium.fileId, this.clock.now());
  }

  clear(): void {
    this.media.clear();
    this.index.clear();
  }
}
