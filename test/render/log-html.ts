import type { LogLine } from '../demo/runner-log.js';

/** Lines with the words that the log view puts before them. */
const PREFIXES: Partial<Record<LogLine['kind'], string>> = {
  error: 'Error: ',
  warning: 'Warning: ',
  notice: 'Notice: ',
  debug: '##[debug]',
};

/**
 * The lines of a log as HTML, as GitHub's log view shows them: each has its number, annotations have their colour
 * and their word on the first line, and the lines of a group are below its title, or hidden while it is closed.
 * Hidden lines are counted all the same.
 *
 * @param isOpen whether a group of a title is open
 */
export function logHtml(lines: readonly LogLine[], isOpen: (title: string) => boolean): string {
  const rows: string[] = [];
  let number = 0;
  let group: 'none' | 'open' | 'closed' = 'none';
  const add = (kind: string, text: string): void => {
    number += 1;
    if (group === 'closed' && kind !== 'group') return;
    const classes = group === 'none' || kind === 'group' ? kind : `${kind} inside`;
    rows.push(`<div class="${classes}"><span class="number">${number}</span><span>${text}</span></div>`);
  };
  for (const { kind, text } of lines) {
    if (kind === 'endgroup') {
      group = 'none';
    } else if (kind === 'group') {
      group = isOpen(text) ? 'open' : 'closed';
      add('group', `${group === 'open' ? '▼' : '▶'} ${escapeHtml(text)}`);
    } else {
      const [first = '', ...others] = text.split(/\r?\n/);
      const prefix = PREFIXES[kind];
      add(kind, (prefix === undefined ? '' : `<b>${prefix}</b>`) + escapeHtml(first));
      for (const other of others) add('text', escapeHtml(other));
    }
  }
  return rows.join('\n');
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
