import { readFileSync } from 'node:fs';

/** A fenced block of code of a document. */
export interface CodeBlock {
  language: string;
  text: string;
  /** Where it is, for messages: `README.md, line 12`. */
  place: string;
}

/** A Markdown document of the repository, by its path from the root. */
export class Document {
  readonly text: string;
  private readonly lines: string[];

  constructor(readonly path: string) {
    this.text = readFileSync(path, 'utf8');
    this.lines = this.text.split('\n');
  }

  /** All fenced blocks; those within lists are set back to the margin. */
  codeBlocks(): CodeBlock[] {
    const blocks: CodeBlock[] = [];
    let open: { block: CodeBlock; indent: string } | undefined;
    for (const [index, line] of this.lines.entries()) {
      const [, indent = '', language = ''] = /^( *)```(\w*)$/.exec(line) ?? [undefined];
      const isFence = /^ *```\w*$/.test(line);
      if (open === undefined && isFence) {
        open = { block: { language, text: '', place: `${this.path}, line ${index + 1}` }, indent };
      } else if (open !== undefined && isFence) {
        blocks.push(open.block);
        open = undefined;
      } else if (open !== undefined) {
        open.block.text += `${line.startsWith(open.indent) ? line.slice(open.indent.length) : line}\n`;
      }
    }
    if (open !== undefined) throw new Error(`${open.block.place}: the block has no end`);
    return blocks;
  }

  /** The text without its fenced blocks. */
  prose(): string {
    return this.text.replace(/^ *```\w*\n[\s\S]*?^ *```$/gm, '');
  }

  /** The rows of the first table after a line, cell by cell; without its head. */
  tableAfter(line: string): string[][] {
    const start = this.lines.indexOf(line);
    if (start < 0) throw new Error(`${this.path} has no line ${line}`);
    const first = this.lines.findIndex((text, index) => index > start && text.startsWith('|'));
    const rows: string[][] = [];
    for (const text of this.lines.slice(first)) {
      if (!text.startsWith('|')) break;
      const cells = text.split(/(?<!\\)\|/).slice(1, -1);
      rows.push(cells.map((cell) => cell.trim().replaceAll('\\|', '|')));
    }
    return rows.slice(2);
  }

  /** Anchors that GitHub makes of the headings. */
  anchors(): Set<string> {
    const headings = [...this.prose().matchAll(/^#{1,6} (.*)$/gm)].map(([, title = '']) => title);
    return new Set(
      headings.map((title) =>
        title
          .toLowerCase()
          .replace(/[^\p{L}\p{N} _-]/gu, '')
          .replaceAll(' ', '-'),
      ),
    );
  }

  /** Targets of its links and images. */
  links(): string[] {
    return [...this.prose().matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  }

  /** Texts in backticks. */
  codeSpans(): string[] {
    return [...this.prose().matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text);
  }
}
