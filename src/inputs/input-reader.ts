import { ValueError } from '../errors.js';
import { isConstant, parseTemplate, type Template } from '../media/template.js';

/** Where inputs come from: the runner passes them as environment variables. */
export interface InputSource {
  /** Value of an input, trimmed, empty when it is not given. */
  get(name: string): string;
  env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  now: number;
}

/** Inputs whose values must never be shown. */
export const SECRET_INPUTS = ['secret-id', 'secret-key', 'session-token'];

const TYPE = /^[a-z0-9]{1,16}$/i;

/**
 * Reads inputs by their types and collects what is wrong with them, so that all of it can be reported at once.
 * A method that finds a violation returns some value of its type; it is never used.
 */
export class InputReader {
  readonly violations: string[] = [];
  /** Values of the inputs that differ from their defaults, without the secret ones; the runner passes all of them. */
  readonly given: Record<string, string> = {};

  constructor(
    private readonly source: InputSource,
    private readonly defaults: Readonly<Record<string, string>>,
  ) {}

  /** The input has a value that it does not take. */
  violate(name: string, value: string, takes: string): void {
    this.refuse(name, value, `it takes ${takes}`);
  }

  /** The value as it is, or the default. */
  text(name: string): string {
    const value = this.source.get(name);
    if (value === '') return this.defaults[name] ?? '';
    if (!SECRET_INPUTS.includes(name) && value !== this.defaults[name]) this.given[name] = value;
    return value;
  }

  oneLine(name: string): string {
    const value = this.text(name);
    if (/\p{Cc}/u.test(value)) this.violate(name, value, 'one line without control characters');
    return value;
  }

  choice<T extends string>(name: string, values: readonly [T, ...T[]]): T {
    const value = this.text(name);
    const found = values.find((one) => one === value);
    if (found === undefined) this.violate(name, value, values.join(', '));
    return found ?? values[0];
  }

  /** The words of YAML 1.2 for true and false. */
  boolean(name: string): boolean {
    const value = this.text(name);
    if (!/^(true|True|TRUE|false|False|FALSE)$/.test(value)) this.violate(name, value, 'true or false');
    return value.toLowerCase() === 'true';
  }

  integer(
    name: string,
    least: number,
    most: number,
    takes = `a whole number from ${least} to ${most}`,
  ): number | undefined {
    const value = this.text(name);
    if (value === '') return undefined;
    const number = /^[+-]?\d+$/.test(value) ? Number(value) : Number.NaN;
    if (number >= least && number <= most) return number;
    this.violate(name, value, takes);
    return undefined;
  }

  /** An integer of any size that JSON carries exactly. */
  anyInteger(name: string): number | undefined {
    return this.integer(name, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 'an integer');
  }

  positiveInteger(name: string): number | undefined {
    return this.integer(name, 1, Number.MAX_SAFE_INTEGER, 'a positive integer');
  }

  template(name: string, value = this.text(name)): Template | undefined {
    return value === '' ? undefined : this.parsed(name, parseTemplate, value);
  }

  /** A template whose text the service bounds; one without fields can be measured here already. */
  boundedTemplate(name: string, most: number): Template | undefined {
    const parsed = this.template(name);
    const length = parsed === undefined ? 0 : [...parsed.source].length;
    if (parsed !== undefined && isConstant(parsed) && length > most) {
      this.violations.push(`${name}: it has ${length} characters; it takes at most ${most}.`);
    }
    return parsed;
  }

  /** Each line a template; empty ones don't count. */
  templates(name: string): Template[] {
    return this.text(name)
      .split('\n')
      .map((line) => this.template(name, line.trim()))
      .filter((line) => line !== undefined);
  }

  /** A file type: an extension without its dot. */
  type(name: string): string | undefined {
    const value = this.text(name);
    if (value !== '' && !TYPE.test(value)) {
      this.violate(name, value, 'an extension without its dot, such as mp4 or jpg');
    }
    return value.toLowerCase() || undefined;
  }

  /**
   * A value that a function reads.
   *
   * @param parse throws ValueError for what it does not take
   */
  parsed<T>(name: string, parse: (value: string) => T, value = this.text(name)): T | undefined {
    try {
      return parse(value);
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      this.refuse(name, value, error.message);
      return undefined;
    }
  }

  private refuse(name: string, value: string, reason: string): void {
    this.violations.push(`${name}: ${shownValue(name, value)} is not valid; ${reason}.`);
  }
}

/** A refused value as it may be shown: of what may be a URL no more than scheme and host, since the rest may be secret. */
function shownValue(name: string, value: string): string {
  const [, scheme, host] = /^\s*([a-z][a-z0-9+.-]*:\/\/)(?:[^/?#]*@)?([^/?#\s]*)/i.exec(value) ?? [];
  if (scheme !== undefined) return JSON.stringify(`${scheme}${host}`);
  if (value.includes('@')) return 'the value';
  return JSON.stringify(name.endsWith('-endpoint') ? value.replace(/[/?#].*/s, '…') : value);
}
