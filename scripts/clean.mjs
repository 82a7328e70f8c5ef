// Removes a folder of the checkout, on every system alike: node scripts/clean.mjs <folder>
import { rmSync } from 'node:fs';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
if (!folder) throw new Error('name the folder to remove');
rmSync(join(import.meta.dirname, '..', folder), { recursive: true, force: true });
