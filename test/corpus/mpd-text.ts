import type { Tree } from './lay-out.js';

const NAMESPACE = 'xmlns="urn:mpeg:dash:schema:mpd:2011" xmlns:xlink="http://www.w3.org/1999/xlink"';

/** An MPD of ten seconds with this content. */
export function mpd(content: string, attributes = 'mediaPresentationDuration="PT10S"'): string {
  return `<?xml version="1.0"?>\n<MPD ${NAMESPACE} type="static" ${attributes}>${content}</MPD>\n`;
}

/** One representation in an AdaptationSet of its own. */
export function representation(content: string, attributes = 'mimeType="video/mp4"'): string {
  return `<AdaptationSet ${attributes}><Representation id="v" bandwidth="1000">${content}</Representation></AdaptationSet>`;
}

/** An MPD of one Period with one representation. */
export function period(content: string, attributes?: string): string {
  return mpd(`<Period>${representation(content, attributes)}</Period>`);
}

/** Files of one byte. */
export function files(...names: string[]): Tree {
  return Object.fromEntries(names.map((name) => [name, 1]));
}
