/** Lines that fit, and how many of the items they are made of do not. */
export interface FittedLines {
  lines: string[];
  leftOut: number;
}

/** UTF-8 bytes of lines, with a line break after each. */
export function sizeOfLines(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
}

/** Renders items, one line each, as long as the lines stay within a number of UTF-8 bytes and of lines. */
export function fitLines<Item>(
  items: readonly Item[],
  render: (item: Item) => string,
  maxBytes: number,
  maxLines = items.length,
): FittedLines {
  const lines: string[] = [];
  let bytes = 0;
  for (const item of items) {
    if (lines.length >= maxLines) break;
    const line = render(item);
    bytes += Buffer.byteLength(line) + 1;
    if (bytes > maxBytes) break;
    lines.push(line);
  }
  return { lines, leftOut: items.length - lines.length };
}

/** Lines if all of them fit, none otherwise. */
export function fitWhole(lines: string[], maxBytes: number): string[] {
  return sizeOfLines(lines) <= maxBytes ? lines : [];
}
