import { realpath } from 'node:fs/promises';
import type { PackageBudget } from '../package/budget.js';
import { MAX_CACHED_CHARACTERS } from '../package/limits.js';
import { LimitExceeded, ManifestError } from '../package/manifest-error.js';
import { readManifestText } from '../package/text.js';
import type { TimeSlice } from '../package/time-slice.js';
import { readPlaylist } from './playlist.js';
import type { Playlist } from './playlist-reader.js';

/** What an entry takes besides its text, in characters. */
const ENTRY = 100;

/**
 * Playlists that were read, by the files that they really are: masters share what they name, and links what they
 * lead to. Of more than memory should hold, those that were not asked for longest are read again.
 */
export class PlaylistCache {
  readonly #playlists = new Map<string, Playlist | ManifestError>();
  readonly #slice: TimeSlice;
  #size = 0;

  constructor(slice: TimeSlice) {
    this.#slice = slice;
  }

  /**
   * @param file absolute path of a regular file
   * @returns a refusal instead of throwing it, since it is the same for every package that names the playlist
   * @throws {LimitExceeded} when the package or the run may not read it
   */
  async read(file: string, budget: PackageBudget): Promise<Playlist | ManifestError> {
    // What vanished meanwhile has no real path; that it can't be read is found when it is.
    const key = await realpath(file).catch(() => file);
    const known = this.#playlists.get(key);
    const playlist = known ?? (await this.#parse(file, budget));
    this.#playlists.delete(key);
    this.#playlists.set(key, playlist);
    if (known === undefined) this.#grow(sizeOf(playlist));
    return playlist;
  }

  async #parse(file: string, budget: PackageBudget): Promise<Playlist | ManifestError> {
    try {
      return await readPlaylist(await readManifestText(file, budget), budget, this.#slice);
    } catch (error) {
      if (error instanceof ManifestError && !(error instanceof LimitExceeded)) return error;
      throw error;
    }
  }

  #grow(more: number): void {
    this.#size += more;
    for (const [key, playlist] of this.#playlists) {
      if (this.#size <= MAX_CACHED_CHARACTERS) return;
      this.#playlists.delete(key);
      this.#size -= sizeOf(playlist);
    }
  }
}

function sizeOf(playlist: Playlist | ManifestError): number {
  return playlist instanceof ManifestError ? ENTRY : playlist.characters + playlist.entries.length * ENTRY;
}
