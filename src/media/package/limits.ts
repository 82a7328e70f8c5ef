/** Bytes of one manifest: 200,000 segments of a few lines each fit. */
export const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;

/** Lines of one playlist. */
export const MAX_PLAYLIST_LINES = 2_000_000;

/** Levels of playlists below the top one. */
export const MAX_DEPTH = 8;

/** References of one package, repeated ones and the alternatives of several BaseURLs included. */
export const MAX_REFERENCES = 200_000;

/** Characters that variables and templates of one package may produce. */
export const MAX_EXPANDED_CHARACTERS = 64 * 1024 * 1024;

/** Depth of elements in an MPD; real ones stay below 12. */
export const MAX_ELEMENT_DEPTH = 64;

/** Combinations of alternative BaseURLs for one representation. */
export const MAX_BASE_URLS = 64;

/** Problems of one package that are kept. */
export const MAX_PROBLEMS = 20_000;
