import { GLOBSTAR } from 'minimatch';
import { foldName, type Part, type Pattern } from './pattern.js';

/** More than a pattern has parts: `Minimatch` refuses patterns of more than 65,536 characters. */
const WIDTH = 2 ** 16;

/**
 * How far patterns have been matched by the names on the way to an entry of the file system. It is carried along on
 * the way down, so that an entry costs one step for each pattern, however deep it lies.
 */
export class MatchState {
  readonly #patterns: readonly Pattern[];
  /**
   * The parts that are to be matched next, as index of the pattern times WIDTH plus index of the part. A pattern may
   * be at several of its parts, because `**` takes any number of names.
   */
  readonly #places: ReadonlySet<number>;
  /** The places by the name that they wait for, and those that wait for no certain name. */
  #waiting: { byName: ReadonlyMap<string, number[]>; others: readonly number[] } | undefined;

  private constructor(patterns: readonly Pattern[], places: ReadonlySet<number>) {
    this.#patterns = patterns;
    this.#places = places;
  }

  /** The state before the first name of a path. */
  static before(patterns: readonly Pattern[]): MatchState {
    const places = new Set<number>();
    for (const [index, { parts }] of patterns.entries()) enter(places, parts, index * WIDTH);
    return new MatchState(patterns, places);
  }

  /**
   * The state after one more name. Wildcards of including patterns take no name that begins with a dot; exclusions
   * take hidden files as well, since who excludes a folder means all of it.
   */
  after(name: string): MatchState {
    const places = new Set<number>();
    this.#waiting ??= this.#sortPlaces();
    const { byName, others } = this.#waiting;
    const hidden = name.startsWith('.');
    for (const place of byName.get(foldName(name)) ?? [])
      enter(places, this.#patternAt(place).parts, place + 1);
    for (const place of others) {
      const { parts, dot } = this.#patternAt(place);
      const part = parts[place % WIDTH];
      if (part instanceof RegExp) {
        if (part.test(name)) enter(places, parts, place + 1);
      } else if (dot || !hidden) enter(places, parts, part === GLOBSTAR ? place : place + 1);
    }
    return new MatchState(this.#patterns, places);
  }

  /** Patterns and exclusions that match the entry, by their indices. */
  get matching(): number[] {
    return this.#indices((part, { parts }) => part === parts.length - 1);
  }

  /** Exclusions that take everything below a folder, by their indices. */
  get closing(): number[] {
    return this.#indices((part, { excludes, tail }) => excludes && part >= tail);
  }

  /** Patterns that may match something below a folder, by their indices. */
  get open(): number[] {
    return this.#indices((_, { excludes }) => !excludes);
  }

  /**
   * The state with which to look below a folder: without what stands before an exclusion that takes everything there.
   * Undefined where nothing there can match.
   */
  get below(): MatchState | undefined {
    const closed = Math.max(-1, ...this.closing);
    const places = [...this.#places].filter((place) => place >= (closed + 1) * WIDTH);
    const state = new MatchState(this.#patterns, new Set(places));
    return state.open.length > 0 ? state : undefined;
  }

  /** Names that are asked for as they are written, because no wildcard stands before them in their pattern. */
  get literalNames(): Set<string> {
    const names = new Set<string>();
    for (const place of this.#places) {
      const { excludes, start } = this.#patternAt(place);
      const name = start[place % WIDTH];
      if (!excludes && name !== undefined) names.add(name);
    }
    return names;
  }

  /** False where the literal names are all that can be found in a folder. */
  get needsListing(): boolean {
    return this.#indices((part, { excludes, start }) => !excludes && part >= start.length).length > 0;
  }

  /** Equal for states in which the same things are found below. */
  get key(): string {
    return [...this.#places].sort((a, b) => a - b).join();
  }

  #patternAt(place: number): Pattern {
    return this.#patterns[Math.floor(place / WIDTH)] as Pattern;
  }

  /** Indices of the patterns that are at a part for which a condition holds, each once. */
  #indices(condition: (part: number, pattern: Pattern) => boolean): number[] {
    const indices = new Set<number>();
    for (const place of this.#places) {
      if (condition(place % WIDTH, this.#patternAt(place))) indices.add(Math.floor(place / WIDTH));
    }
    return [...indices];
  }

  #sortPlaces(): { byName: Map<string, number[]>; others: number[] } {
    const byName = new Map<string, number[]>();
    const others: number[] = [];
    for (const place of this.#places) {
      const part = this.#patternAt(place).parts[place % WIDTH];
      if (typeof part !== 'string') others.push(place);
      else if (!byName.get(part)?.push(place)) byName.set(part, [place]);
    }
    return { byName, others };
  }
}

/** Adds a place; where `**` is to be matched next, it may also match nothing. */
function enter(places: Set<number>, parts: readonly Part[], place: number): void {
  places.add(place);
  if (parts[place % WIDTH] === GLOBSTAR && place % WIDTH < parts.length - 1) enter(places, parts, place + 1);
}
