import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** The declarations of action.yml. */
export interface ActionMetadata {
  description: string;
  inputs: Readonly<Record<string, { description: string; default?: string; required?: boolean }>>;
  outputs: Readonly<Record<string, { description: string }>>;
}

/** Reads action.yml. */
export function readAction(): ActionMetadata {
  return parse(readFileSync('action.yml', 'utf8')) as ActionMetadata;
}
