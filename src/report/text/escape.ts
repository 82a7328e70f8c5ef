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

/** What means something within a line to Markdown, HTML, tables, mathematics or GitHub's references. */
const MARKUP = /[&<>"'`*_~|\\[\]#@:$]/g;

function entity(character: string): string {
  const reference = `&#${character.charCodeAt(0)};`;
  // A reference or an address is found in the text after the entities are read; a break inside of it prevents that.
  return character === '@' || character === '#' ? `${reference}<wbr>` : reference;
}

/**
 * Text for any place in Markdown, a table cell too: on one line, without markup, HTML, links, mentions or issue
 * references. Everything that could be one of them is written as an HTML entity.
 */
export function escapeMarkdown(text: string): string {
  return showInvisible(text)
    .replace(MARKUP, entity)
    .replace(/www\./gi, (match) => `${match.slice(0, 3)}&#46;`)
    .replace(/\bgh-(?=\d)/gi, (match) => `${match.slice(0, 2)}&#45;<wbr>`);
}

/** Untrusted text as inline code; GitHub looks for no references in it. Cut in the middle to `length` characters. */
export function markdownCode(text: string, length = 300): string {
  return `<code>${escapeMarkdown(cutMiddle(text, length))}</code>`;
}

/** The URL as the value of an HTML attribute, or undefined unless it is plain http or https without credentials. */
export function safeUrl(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { protocol, username, password, href } = new URL(url);
  if ((protocol !== 'https:' && protocol !== 'http:') || username !== '' || password !== '') return undefined;
  return href.replace(/[&<>"'`|\\]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A label for Mermaid: letters, digits and a few harmless marks; its beginning is cut off, since names differ at the end. */
export function mermaidLabel(text: string, length = 48): string {
  const letters = [...text.replace(/[^\p{L}\p{M}\p{N} ._/-]/gu, '_')];
  return letters.length <= length ? letters.join('') : `…${letters.slice(1 - length).join('')}`;
}

/** Cuts text to a number of UTF-16 units, an ellipsis included, and never through a surrogate pair. */
export function cutEnd(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** The same, with the ellipsis in the middle: both ends of a path tell something. */
export function cutMiddle(text: string, length: number): string {
  if (text.length <= length) return text;
  const head = Math.floor((length - 1) / 2);
  const tail = length - 1 - head;
  return `${text.slice(0, head).replace(/[\ud800-\udbff]$/, '')}…${text.slice(-tail).replace(/^[\udc00-\udfff]/, '')}`;
}
