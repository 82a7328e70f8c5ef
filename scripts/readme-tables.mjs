// Writes the tables of inputs and outputs into README.md from action.yml, between their markers.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..');
const readme = join(root, 'README.md');
const { inputs, outputs } = parse(readFileSync(join(root, 'action.yml'), 'utf8'));

const cell = (text) => text.replaceAll('|', '\\|');
const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
const defaultOf = ({ required, default: value }) =>
  required ? '**required**' : value ? `\`${cell(value)}\`` : '';

const tables = {
  inputs: table(
    ['Input', 'Default', 'Meaning'],
    Object.entries(inputs).map(([name, input]) => [`\`${name}\``, defaultOf(input), cell(input.description)]),
  ),
  outputs: table(
    ['Output', 'Value'],
    Object.entries(outputs).map(([name, output]) => [`\`${name}\``, cell(output.description)]),
  ),
};

let text = readFileSync(readme, 'utf8');
for (const [name, content] of Object.entries(tables)) {
  const marked = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- end of ${name} -->)`);
  if (!marked.test(text)) throw new Error(`README.md has no markers for the table of ${name}`);
  text = text.replace(marked, (_whole, start, end) => `${start}\n${content}\n\n${end}`);
}
writeFileSync(readme, text);
