import { open } from 'node:fs/promises';
import type { PackageBudget } from './budget.js';
import { MAX_MANIFEST_BYTES } from './limits.js';
import { ManifestError } from './manifest-error.js';

/**
 * Reads a manifest as strict UTF-8, without its byte order mark.
 * @param most bytes that a file of its kind may have
 * @throws {ManifestError} `empty`, `too-large`, `invalid-encoding` or `unreadable`
 */
export async function readManifestText(
  file: string,
  budget: PackageBudget,
  most = MAX_MANIFEST_BYTES,
): Promise<string> {
  const text = decodeUtf8(await readBounded(file, budget, most));
  if (text.trim() === '') throw new ManifestError('empty', 'is empty');
  return text;
}

async function readBounded(file: string, budget: PackageBudget, most: number): Promise<Uint8Array> {
  try {
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      if (size > most) {
        const reason = `is larger than ${most / 1024 / 1024} MiB, the limit for a file of its kind`;
        throw new ManifestError('too-large', reason);
      }
      budget.spend('bytes', size);
      const buffer = Buffer.alloc(size);
      let length = 0;
      while (length < size) {
        const { bytesRead } = await handle.read(buffer, length, size - length, length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      return buffer.subarray(0, length);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof ManifestError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ManifestError('unreadable', `cannot be read: ${reason}`);
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ManifestError('invalid-encoding', 'is not UTF-8 throughout: write it in UTF-8');
  }
}
