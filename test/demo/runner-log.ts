/** What a line of the log is to its reader. */
export type LineKind = 'text' | 'group' | 'endgroup' | 'command' | 'debug' | 'notice' | 'warning' | 'error';

/** A line of the log as a runner keeps it. Annotations may hold line breaks. */
export interface LogLine {
  kind: LineKind;
  /** Without secrets. */
  text: string;
}

/** Commands that print their text. */
const SHOWN: readonly string[] = ['group', 'endgroup', 'command', 'debug', 'notice', 'warning', 'error'];
const TITLES: Partial<Record<LineKind, string>> = {
  group: '▼ ',
  notice: 'Notice: ',
  warning: 'Warning: ',
  error: 'Error: ',
};

/**
 * Turns the lines that an action prints into those of the job's log, as the runner does: workflow commands are
 * carried out, and masked values become `***` (GitHub documentation, workflow commands).
 */
export class RunnerLog {
  private readonly masked: string[] = [];
  /** Ends the time in which commands are plain text. */
  private resume: string | undefined;

  /** @param debug true with step debug logging on */
  constructor(private readonly debug = false) {}

  /** The line for the log; undefined for a command that prints nothing. */
  read(line: string): LogLine | undefined {
    const command = commandOf(line);
    if (command === undefined) return this.line('text', line);
    const { name, text } = command;
    if (this.resume !== undefined) {
      if (name === this.resume) this.resume = undefined;
      return this.line('text', line);
    }
    if (name === 'stop-commands') {
      this.resume = text.toLowerCase();
      return this.line('text', line);
    }
    if (name === 'add-mask') {
      // A secret of several lines is hidden line by line.
      this.masked.push(text, ...text.split(/\r?\n/));
      return undefined;
    }
    if (!SHOWN.includes(name)) return this.line('text', line);
    if (name === 'debug' && !this.debug) return undefined;
    return this.line(name as LineKind, text);
  }

  /** The line as text; undefined for one that shows nothing. */
  show(line: string): string | undefined {
    const read = this.read(line);
    if (read === undefined || read.kind === 'endgroup') return undefined;
    return `${TITLES[read.kind] ?? ''}${read.text}`;
  }

  private line(kind: LineKind, text: string): LogLine {
    // Longer secrets first: one may be a part of another.
    const secrets = this.masked.filter((secret) => secret.trim() !== '').sort((a, b) => b.length - a.length);
    return { kind, text: secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), text) };
  }
}

/** A command at the start of a line, `::name properties::text`, or of the old form anywhere, `##[name]text`. */
function commandOf(line: string): { name: string; text: string } | undefined {
  const [, name, text = ''] =
    /^\s*::([^ :]+)(?: (?:(?!::).)*)?::(.*)$/s.exec(line) ?? /##\[([^ \]]+)[^\]]*\](.*)$/s.exec(line) ?? [];
  return name === undefined ? undefined : { name: name.toLowerCase(), text: decode(text) };
}

function decode(text: string): string {
  return text.replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%');
}
