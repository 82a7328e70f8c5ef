// What stories put into their workspaces, and what they let the services answer.
import { cpSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const media = join(import.meta.dirname, '..', 'media');

export function write(workspace, path, content) {
  const file = join(workspace, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/** Writes a file of zeros that takes no room. */
export function writeZeros(workspace, path, bytes) {
  write(workspace, path, '');
  truncateSync(join(workspace, path), bytes);
}

/** Copies one of the sample media, or a folder of them. */
export const copy = (workspace, from, to = from) =>
  cpSync(join(media, from), join(workspace, to), { recursive: true });

export const number = (value, digits) => String(value).padStart(digits, '0');

/** What an action answers for the medium of one name. */
export const refuse = (action, name, code, message) => ({
  service: 'vod',
  action,
  match: ({ body }) => body.MediaName === name,
  effect: { kind: 'error', code, message },
});
