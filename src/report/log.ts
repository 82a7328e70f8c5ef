import { cutEnd, escapeLogLine } from './text/escape.js';

/** Where an annotation belongs and what stands above its message. */
export interface AnnotationOptions {
  title?: string;
  /** Workspace-relative path with `/`. */
  file?: string;
}

/**
 * The log of a step. All text given to it may hold names that nobody has checked: every line is escaped,
 * a line break within one too. A message of several lines is given as an array.
 */
export interface Log {
  /** Prints the lines under a title that folds them away. */
  group(title: string, lines: readonly string[]): void;
  info(line: string): void;
  /** Printed only with step debug logging on. */
  debug(line: string): void;
  notice(message: string | readonly string[], options?: AnnotationOptions): void;
  warning(message: string | readonly string[], options?: AnnotationOptions): void;
  error(message: string | readonly string[], options?: AnnotationOptions): void;
  /** True with step debug logging on. */
  readonly isDebug: boolean;
}

/** The functions of `@actions/core` that the log is made of. */
export interface ActionsOutput {
  info(message: string): void;
  debug(message: string): void;
  notice(message: string, properties?: AnnotationOptions): void;
  warning(message: string, properties?: AnnotationOptions): void;
  error(message: string, properties?: AnnotationOptions): void;
  startGroup(name: string): void;
  endGroup(): void;
  isDebug(): boolean;
}

/** Annotations of one type that the platform keeps of a step. */
export const MAX_ANNOTATIONS = 10;
/** Characters of a message that the platform keeps. */
export const MAX_ANNOTATION_LENGTH = 4096;
/** Characters of a title that the platform keeps. */
const MAX_TITLE_LENGTH = 255;

type AnnotationType = 'notice' | 'warning' | 'error';

/**
 * The log over `@actions/core` (pass the module). The platform keeps ten annotations of a type: later ones are
 * printed as plain lines, and a line before the first of them says so.
 *
 * @param redact takes secrets out of text; the runner does so, too, but for logs that are read elsewhere
 */
export function createActionsLog(
  output: ActionsOutput,
  redact: (text: string) => string = (text) => text,
): Log {
  const shown = (text: string): string => escapeLogLine(redact(text));
  const counts: Record<AnnotationType, number> = { notice: 0, warning: 0, error: 0 };

  function annotate(
    type: AnnotationType,
    message: string | readonly string[],
    options: AnnotationOptions,
  ): void {
    const lines = (typeof message === 'string' ? [message] : message).map(shown);
    const title = options.title === undefined ? undefined : cutEnd(shown(options.title), MAX_TITLE_LENGTH);
    counts[type] += 1;
    if (counts[type] <= MAX_ANNOTATIONS) {
      output[type](cutEnd(lines.join('\n'), MAX_ANNOTATION_LENGTH), {
        ...(title === undefined ? {} : { title }),
        ...(options.file === undefined ? {} : { file: options.file }),
      });
      return;
    }
    if (counts[type] === MAX_ANNOTATIONS + 1) {
      output.info(
        `GitHub keeps ${MAX_ANNOTATIONS} annotations of a type for a step; further ${type}s are plain lines.`,
      );
    }
    const head = `${type[0]?.toUpperCase()}${type.slice(1)}: ${title === undefined ? '' : `${title}: `}`;
    lines.forEach((line, index) => {
      output.info(shown(index === 0 ? head + line : `  ${line}`));
    });
  }

  return {
    isDebug: output.isDebug(),
    group(title, lines) {
      output.startGroup(shown(title));
      for (const line of lines) output.info(shown(line));
      output.endGroup();
    },
    info(line) {
      output.info(shown(line));
    },
    debug(line) {
      if (output.isDebug()) output.debug(shown(line));
    },
    notice: (message, options = {}) => annotate('notice', message, options),
    warning: (message, options = {}) => annotate('warning', message, options),
    error: (message, options = {}) => annotate('error', message, options),
  };
}
