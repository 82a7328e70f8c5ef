/** Bytes of one manifest: 200,000 segments of a few lines each fit. */
export const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;

/** Bytes of one asset list of an interstitial. */
export const MAX_ASSET_LIST_BYTES = 1024 * 1024;

/** Characters of one line of a playlist. */
export const MAX_LINE_CHARACTERS = 1024 * 1024;

/** Lines of one playlist. */
export const MAX_PLAYLIST_LINES = 2_000_000;

/** Attributes of one tag or element. */
export const MAX_ATTRIBUTES = 256;

/** Characters of one text, comment, name or value of an MPD. */
export const MAX_TOKEN_CHARACTERS = 1024 * 1024;

/** Depth of elements in an MPD; real ones stay below 12. */
export const MAX_ELEMENT_DEPTH = 64;

/** Elements of one MPD that describe segments and are kept. */
export const MAX_ELEMENTS = 400_000;

/** Combinations of alternative BaseURLs for one representation. */
export const MAX_BASE_URLS = 64;

/** Levels of manifests below the top one. */
export const MAX_DEPTH = 8;

/** Problems of one package that are kept, and likewise warnings; the others are counted. */
export const MAX_MESSAGES = 20;

/** Problems and warnings that are kept in a run, besides the first of every package. */
export const MAX_RUN_MESSAGES = 10_000;

/** What parsed playlists that are kept for other packages may take, in characters and their like. */
export const MAX_CACHED_CHARACTERS = 128 * 1024 * 1024;

/** A limit of something that is counted while packages are resolved. */
export interface Limit {
  /** What is counted, in the plural. */
  unit: string;
  code: 'too-many' | 'too-large';
  /** The most for one package. */
  ofPackage: number;
  /** As much as an ordinary package needs. What a package needs beyond it counts separately for the run. */
  ordinary: number;
  /** The most for the ordinary shares of all packages of a run, and again for all that goes beyond them. */
  ofRun: number;
}

const MIB = 1024 * 1024;

/**
 * What is counted for each package and for the run as a whole: memory and time grow with these numbers. Two
 * counts for the run, since a few huge packages must not use up what ordinary ones beside them need.
 */
export const LIMITS = {
  bytes: {
    unit: 'bytes of manifests',
    code: 'too-large',
    ofPackage: 128 * MIB,
    ordinary: MIB,
    ofRun: 256 * MIB,
  },
  lines: {
    unit: 'lines of playlists, counted again for each time that a playlist is read',
    code: 'too-many',
    ofPackage: 4_000_000,
    ordinary: 50_000,
    ofRun: 16_000_000,
  },
  markup: {
    unit: 'elements and attributes',
    code: 'too-many',
    ofPackage: 4_000_000,
    ordinary: 50_000,
    ofRun: 8_000_000,
  },
  timeline: {
    unit: 'S elements, counted for each representation that they describe',
    code: 'too-many',
    ofPackage: 4_000_000,
    ordinary: 50_000,
    ofRun: 16_000_000,
  },
  characters: {
    unit: 'characters that variables, templates and BaseURLs produce',
    code: 'too-large',
    ofPackage: 64 * MIB,
    ordinary: MIB,
    ofRun: 512 * MIB,
  },
  references: {
    unit: 'references',
    code: 'too-many',
    ofPackage: 1_000_000,
    ordinary: 10_000,
    ofRun: 3_000_000,
  },
  problems: {
    unit: 'problems',
    code: 'too-many',
    ofPackage: 1_000_000,
    ordinary: 500,
    ofRun: 300_000,
  },
  files: {
    unit: 'files',
    code: 'too-many',
    ofPackage: 200_000,
    ordinary: 10_000,
    ofRun: 1_000_000,
  },
} as const satisfies Record<string, Limit>;

export type Resource = keyof typeof LIMITS;
