const MAX_SHOWN = 200;

/** A text of a manifest in quotes, short enough for a message and without characters that break its line. */
export function quote(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
}
