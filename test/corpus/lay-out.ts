import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** What stands for a file in a tree; README.md describes the forms. */
export type TreeEntry =
  | string
  | number
  | { base64: string }
  | { symlink: string }
  | { fifo: boolean }
  | { gen: string; count: number };

export type Tree = Readonly<Record<string, TreeEntry>>;

export interface Expectation {
  ok: boolean;
  files?: string[];
  count?: number;
  code?: string;
  /** The reference that the first problem must name. */
  at?: string;
}

export interface EdgeCase {
  id: string;
  why: string;
  manifest: string;
  tree: Tree;
  expect: Expectation | { anyOf: Expectation[] };
  optional?: string[];
  platform?: string;
  heavy?: boolean;
  maxMs?: number;
  checkPrototype?: boolean;
  strictNoWarnings?: boolean;
}

export interface CorpusPackage {
  expected: { manifest: string; outcome: 'ok' | 'reject'; files: string[]; optional?: string[]; reason?: string };
  tree: Tree;
}

/** The cases by hand. */
export function edgeCases(): EdgeCase[] {
  return ['edge-cases.json', 'edge-cases-2.json'].flatMap((name) => readJson<{ cases: EdgeCase[] }>(name).cases);
}

/** A folder for `files: '**'`, and what must come of it. */
export interface StrayCase {
  id: string;
  why: string;
  tree: Tree;
  /** Media that are planned, and codes of those that are refused, by their paths. */
  expect: { planned: string[]; refused: Record<string, string> };
}

/** Folders with broken packages in them. */
export function strayCases(): StrayCase[] {
  return readJson<{ cases: StrayCase[] }>('strays.json').cases;
}

/** The packages that real tools wrote, by name. */
export function corpusPackages(): [string, CorpusPackage][] {
  return Object.entries(readJson<{ packages: Record<string, CorpusPackage> }>('packages.json').packages);
}

/** A fresh folder `pkg` in a fresh folder of its own, both gone after {@link LaidOut.remove}. */
export interface LaidOut {
  folder: string;
  remove(): void;
}

/** Writes a tree into a fresh folder; `../x` lands beside it. */
export function layOut(tree: Tree): LaidOut {
  const parent = realpathSync.native(mkdtempSync(join(tmpdir(), 'corpus-')));
  const folder = join(parent, 'pkg');
  mkdirSync(folder);
  const isLink = (entry: TreeEntry): number => Number(typeof entry === 'object' && 'symlink' in entry);
  // Links come last: Windows wants to know whether they lead to a file or to a folder.
  const entries = Object.entries(tree).sort(([, a], [, b]) => isLink(a) - isLink(b));
  for (const [name, entry] of entries) write(folder, name, entry);
  return { folder, remove: () => rmSync(parent, { recursive: true, force: true }) };
}

function readJson<T>(name: string): T {
  return JSON.parse(readFileSync(resolve('test/corpus', name), 'utf8')) as T;
}

function write(folder: string, name: string, entry: TreeEntry): void {
  if (typeof entry === 'object' && 'gen' in entry && entry.gen === 'hls-distinct-files') {
    for (let index = 0; index < entry.count; index += 1) writeFile(folder, distinctName(index), 'x');
    return;
  }
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  if (typeof entry === 'number') writeFileSync(file, Buffer.alloc(entry, 'x'));
  else if (typeof entry === 'string') writeFileSync(file, entry);
  else if ('base64' in entry) writeFileSync(file, Buffer.from(entry.base64, 'base64'));
  else if ('symlink' in entry) symlinkSync(entry.symlink, file);
  else if ('fifo' in entry) execFileSync('mkfifo', [file]);
  else writeFileSync(file, generate(entry.gen, entry.count));
}

function writeFile(folder: string, name: string, content: string): void {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

function distinctName(index: number): string {
  return `d${index % 100}/segment-${String(index).padStart(6, '0')}.ts`;
}

const HLS_HEAD = '#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n';
const MPD_HEAD = '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT10S">';

function generate(generator: string, count: number): string {
  const each = (make: (index: number) => string) => Array.from({ length: count }, (_, index) => make(index)).join('');
  switch (generator) {
    case 'hls-byterange':
      return `${HLS_HEAD}${each((index) => `#EXTINF:4,\n#EXT-X-BYTERANGE:10@${index * 10}\nall.ts\n`)}#EXT-X-ENDLIST\n`;
    case 'hls-distinct':
      return `${HLS_HEAD}${each((index) => `#EXTINF:4,\n${distinctName(index)}\n`)}#EXT-X-ENDLIST\n`;
    case 'hls-long-attr':
      return `${HLS_HEAD}#EXT-X-KEY:METHOD=NONE${','.repeat(count)}\n#EXTINF:4,\ns.ts\n#EXT-X-ENDLIST\n`;
    case 'xml-deep':
      return `${MPD_HEAD}${'<Period>'.repeat(count)}${'</Period>'.repeat(count)}</MPD>`;
    case 'xml-deep-foreign':
      return `${MPD_HEAD}<Period>${'<x:a xmlns:x="urn:x">'.repeat(count)}${'</x:a>'.repeat(count)}</Period></MPD>`;
    case 'mpd-timeline':
      return mpd(
        `<SegmentTemplate media="all.m4s"><SegmentTimeline>${'<S d="1"/>'.repeat(count)}</SegmentTimeline></SegmentTemplate>`,
      );
    case 'mpd-list':
      return mpd(
        `<BaseURL>v.mp4</BaseURL><SegmentList duration="1">${each((index) => `<SegmentURL mediaRange="${index}-${index}"/>`)}</SegmentList>`,
      );
    case 'mpd-multiperiod': {
      const period = (length: number) =>
        `<Period duration="PT${length}S"><AdaptationSet mimeType="video/mp4"><Representation id="v" bandwidth="1">` +
        '<SegmentTemplate media="all.m4s" duration="1"/></Representation></AdaptationSet></Period>';
      return `${MPD_HEAD}${period(count)}${period(count)}</MPD>`;
    }
    default:
      throw new Error(`unknown generator ${generator}`);
  }
}

function mpd(segments: string): string {
  return `${MPD_HEAD}<Period><AdaptationSet mimeType="video/mp4"><Representation id="v" bandwidth="1">${segments}</Representation></AdaptationSet></Period></MPD>`;
}
