const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};
const CHARACTERS: Record<string, string> = Object.fromEntries(
  Object.entries(ESCAPES).map(([character, entity]) => [entity, character]),
);

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

/** Text of an element, with the five named entities resolved. */
export function unescapeXml(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|apos);/g, (entity) => CHARACTERS[entity] ?? entity);
}

/** Content of an element: text, children in order, or the same element several times. */
export type XmlContent = string | number | { [name: string]: XmlContent } | XmlContent[];

function writeElement(name: string, content: XmlContent): string {
  if (Array.isArray(content)) return content.map((item) => writeElement(name, item)).join('');
  if (typeof content !== 'object') return `<${name}>${escapeXml(String(content))}</${name}>`;
  const children = Object.entries(content).map(([child, value]) => writeElement(child, value));
  return `<${name}>${children.join('')}</${name}>`;
}

/** A document as COS writes it. */
export function writeXml(root: string, content: { [name: string]: XmlContent }): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${writeElement(root, content)}`;
}
