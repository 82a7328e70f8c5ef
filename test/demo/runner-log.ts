/**
 * Turns the lines that an action prints into those that a reader of the job's log sees: workflow commands
 * are carried out, and masked values become `***` (GitHub documentation, workflow commands).
 */
export class RunnerLog {
  private readonly masked: string[] = [];

  /** The line as it is shown; undefined for a command that prints nothing. */
  show(line: string): string | undefined {
    const [, command, text = ''] = /^::([a-z-]+)(?: [^:]*)?::(.*)$/s.exec(line) ?? [];
    if (command === undefined) return this.mask(line);
    const value = decode(text);
    switch (command) {
      case 'add-mask':
        this.masked.push(value);
        return undefined;
      case 'endgroup':
      case 'debug':
        return undefined;
      case 'group':
        return this.mask(`▼ ${value}`);
      case 'notice':
      case 'warning':
      case 'error':
        return this.mask(`${command[0]?.toUpperCase()}${command.slice(1)}: ${value}`);
      default:
        return this.mask(line);
    }
  }

  private mask(line: string): string {
    return this.masked.reduce((text, secret) => text.replaceAll(secret, '***'), line);
  }
}

function decode(text: string): string {
  return text.replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%');
}
