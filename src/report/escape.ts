/**
 * Names, templates and answers of a service are untrusted text. Everything of them that is shown passes
 * through a function of this file, one for each place where text is shown.
 */

const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Control, format (bidi controls too), line and paragraph separators, lone surrogates; joiners are letters to some scripts. */
const INVISIBLE = /(?!\u200c|\u200d)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** The runner compares by culture, which passes over these: `:<joiner>:` is `::` to it. */
const COMMAND_START = /^([\s\p{Default_Ignorable_Code_Point}]*):(?=\p{Default_Ignorable_Code_Point}*:)/u;
const OLD_COMMAND = /(#\p{Default_Ignorable_Code_Point}*#\p{Default_Ignorable_Code_Point}*)\[/gu;

function escapeCharacter(character: string): string {
  return SHORT_ESCAPES[character] ?? `\\u{${character.codePointAt(0)?.toString(16)}}`;
}

/** Makes characters visible that are not, or that change how their neighbours are shown: `\n`, `\u{202e}`. */
export function showInvisible(text: string): string {
  return text.replace(INVISIBLE, escapeCharacter);
}

/**
 * One line for the log that the runner never takes for a workflow command. The runner reads a line of stdout as
 * a command when it begins with `::`, after white space, or has `##[` anywhere.
 */
export function escapeLogLine(text: string): string {
  return showInvisible(text).replace(COMMAND_START, '$1\\u{3a}').replace(OLD_COMMAND, '$1\\u{5b}');
}
