import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A file that is to become an object. */
export interface WorkFile {
  /** Absolute path. */
  file: string;
  /** Path relative to the manifest's folder; empty for the medium's own file. */
  relative: string;
  /** Bytes. */
  size: number;
}

/** One medium: the file itself, or a manifest first and then what it refers to. */
export interface WorkMedium {
  files: WorkFile[];
}

/** What a scenario publishes. */
export interface Workload {
  /** Everything lies below this directory. */
  directory: string;
  media: WorkMedium[];
}

/** Bytes of all files. */
export function bytesOf(workload: Workload): number {
  return filesOf(workload).reduce((sum, { size }) => sum + size, 0);
}

/** Files of all media. */
export function filesOf(workload: Workload): WorkFile[] {
  return workload.media.flatMap(({ files }) => files);
}

/** Makes a file of this size that takes no room on disk, so that the disk does not matter. */
function sparse(file: string, relative: string, size: number): WorkFile {
  mkdirSync(dirname(file), { recursive: true });
  const descriptor = openSync(file, 'w');
  ftruncateSync(descriptor, size);
  closeSync(descriptor);
  return { file, relative, size };
}

function text(file: string, relative: string, lines: readonly string[]): WorkFile {
  mkdirSync(dirname(file), { recursive: true });
  const content = `${lines.join('\n')}\n`;
  writeFileSync(file, content);
  return { file, relative, size: Buffer.byteLength(content) };
}

/** An HLS ladder: a master playlist over variants that share the segments evenly. */
export function hlsLadder(
  directory: string,
  variants: number,
  segments: number,
  segmentBytes: number,
): Workload {
  const master = ['#EXTM3U'];
  const files: WorkFile[] = [];
  for (let variant = 0; variant < variants; variant += 1) {
    const folder = `v${variant}`;
    const lines = ['#EXTM3U', '#EXT-X-TARGETDURATION:4', '#EXT-X-PLAYLIST-TYPE:VOD'];
    for (let number = 0; number < segments / variants; number += 1) {
      const name = `segment-${number}.ts`;
      const relative = `${folder}/${name}`;
      lines.push('#EXTINF:4.000000,', name);
      files.push(sparse(join(directory, relative), relative, segmentBytes));
    }
    const relative = `${folder}/index.m3u8`;
    files.push(text(join(directory, relative), relative, [...lines, '#EXT-X-ENDLIST']));
    master.push(`#EXT-X-STREAM-INF:BANDWIDTH=${(variant + 1) * 1_000_000}`, relative);
  }
  return { directory, media: [{ files: [text(join(directory, 'master.m3u8'), '', master), ...files] }] };
}

/** One file. */
export function oneFile(directory: string, size: number): Workload {
  return { directory, media: [{ files: [sparse(join(directory, 'film.mp4'), '', size)] }] };
}

/** Files from `least` to `most` bytes, evenly spread over the logarithm, in an order that sizes don't follow. */
export function mixedFiles(directory: string, count: number, least: number, most: number): Workload {
  const media = Array.from({ length: count }, (_, index) => {
    const place = (index * 73) % count;
    const size = Math.round(least * (most / least) ** (place / (count - 1)));
    return { files: [sparse(join(directory, `film-${index}.mp4`), '', size)] };
  });
  return { directory, media };
}
