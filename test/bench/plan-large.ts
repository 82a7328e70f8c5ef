/**
 * Measures how long planning a large package takes and how much memory it needs. Each size is measured in
 * a process of its own:
 *
 *     node lib/test/bench/plan-large.js              2,000, 20,000 and 100,000 segments
 *     node lib/test/bench/plan-large.js hls 20000    one measurement
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FoundFiles } from '../../src/media/files/found-files.js';
import { resolvePackages } from '../../src/media/packages.js';

const SIZES = [2000, 20_000, 100_000];
const FOLDERS = 20;
const KINDS = ['hls', 'dash'] as const;

type Kind = (typeof KINDS)[number];

const [kind, count] = process.argv.slice(2);
if (kind === 'hls' || kind === 'dash') {
  process.stdout.write(`${await measure(kind, Number(count))}\n`);
} else {
  const script = fileURLToPath(import.meta.url);
  process.stdout.write('kind  segments  seconds  µs/segment  peak MB\n');
  for (const name of KINDS) {
    for (const size of SIZES) {
      process.stdout.write(execFileSync(process.execPath, [script, name, String(size)]));
    }
  }
}

async function measure(name: Kind, size: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'plan-large-'));
  try {
    const path = name === 'hls' ? writeHls(folder, size) : writeDash(folder, size);
    const start = performance.now();
    const { packages } = await resolvePackages(
      new FoundFiles([{ file: join(folder, path), path }]),
      new AbortController().signal,
    );
    const seconds = (performance.now() - start) / 1000;
    const files = packages.get(path)?.files.length ?? 0;
    if (files < size) throw new Error(`${files} files instead of ${size}`);
    const peak = process.resourceUsage().maxRSS / 1024;
    return [
      name.padEnd(5),
      size,
      seconds.toFixed(2),
      ((seconds / size) * 1e6).toFixed(1),
      peak.toFixed(0),
    ].join('  ');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A master over variants of at most 5,000 segments each, in folders of their own. */
function writeHls(folder: string, size: number): string {
  const variants = Math.ceil(size / 5000);
  const perVariant = Math.ceil(size / variants);
  const master = ['#EXTM3U'];
  for (let variant = 0; variant < variants; variant += 1) {
    const lines = ['#EXTM3U', '#EXT-X-TARGETDURATION:4', '#EXT-X-PLAYLIST-TYPE:VOD'];
    mkdirSync(join(folder, `v${variant}`));
    for (let segment = 0; segment < perVariant; segment += 1) {
      lines.push('#EXTINF:4.000000,', `segment-${segment}.ts`);
      writeFileSync(join(folder, `v${variant}`, `segment-${segment}.ts`), 'x');
    }
    lines.push('#EXT-X-ENDLIST', '');
    writeFileSync(join(folder, `v${variant}`, 'index.m3u8'), lines.join('\n'));
    master.push(`#EXT-X-STREAM-INF:BANDWIDTH=${variant + 1}`, `v${variant}/index.m3u8`);
  }
  writeFileSync(join(folder, 'master.m3u8'), `${master.join('\n')}\n`);
  return 'master.m3u8';
}

/** One template over representations in folders of their own. */
function writeDash(folder: string, size: number): string {
  const perFolder = Math.ceil(size / FOLDERS);
  const representations: string[] = [];
  for (let at = 0; at < FOLDERS; at += 1) {
    mkdirSync(join(folder, `r${at}`));
    for (let segment = 1; segment <= perFolder; segment += 1) {
      writeFileSync(join(folder, `r${at}`, `${segment}.m4s`), 'x');
    }
    representations.push(`<Representation id="r${at}" bandwidth="1"/>`);
  }
  writeFileSync(
    join(folder, 'm.mpd'),
    `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT${perFolder * 4}S">` +
      '<Period><AdaptationSet mimeType="video/mp4"><SegmentTemplate media="$RepresentationID$/$Number$.m4s" duration="4"/>' +
      `${representations.join('')}</AdaptationSet></Period></MPD>`,
  );
  return 'm.mpd';
}
