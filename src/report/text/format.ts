import type { MediumKind } from '../../results.js';

const BYTE_UNITS = ['kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** What is shown where a figure is not known. */
export const UNKNOWN = '–';

/** Bytes in decimal units with one decimal: `999 B`, `21.0 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  let value = bytes / 1000;
  let unit = 0;
  // The figure as printed must stay below 1000: 999,950 bytes are 1.0 MB.
  while (Number(value.toFixed(1)) >= 1000 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(1)} ${BYTE_UNITS[unit]}`;
}

/** Mean speed of bytes over milliseconds, `6.8 MB/s`; a dash where no time passed. */
export function formatSpeed(bytes: number, milliseconds: number): string {
  return milliseconds > 0 ? `${formatBytes((bytes * 1000) / milliseconds)}/s` : UNKNOWN;
}

/** Milliseconds as `12.3 s`, `3 min 04 s` or `1 h 02 min`. */
export function formatDuration(milliseconds: number): string {
  const tenths = Math.round(milliseconds / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${twoDigits(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

/** Share of a whole, rounded down, so that `100%` means all of it. Nothing of nothing is all of it. */
export function formatPercent(part: number, whole: number): string {
  return `${whole > 0 ? Math.floor(Math.min(1, part / whole) * 100) : 100}%`;
}

/** A whole number with separators: `1,204`. Intl would load its tables for it, 20 ms of every run. */
export function formatNumber(value: number): string {
  return value.toFixed(0).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** A number with its noun: `1 file`, `1,204 files`. */
export function formatCount(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatNumber(count)} ${count === 1 ? singular : plural}`;
}

/** A number of media: `1 medium`, `2 media`. */
export function formatMedia(count: number): string {
  return formatCount(count, 'medium', 'media');
}

const KIND_NAMES: Record<MediumKind, string> = { file: 'file', hls: 'HLS', dash: 'DASH' };

/** The name of a kind as people write it. */
export function kindName(kind: MediumKind): string {
  return KIND_NAMES[kind];
}
