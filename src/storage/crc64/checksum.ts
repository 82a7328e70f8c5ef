import { Crc64Memory } from './memory.js';

/** All bits of a register: CRC-64/XZ begins with them, and inverts them at the end. */
const ONES = (1n << 64n) - 1n;
/** The polynomial 1 in reflected form. */
const ONE = 1n << 63n;
/** Lengths whose factors are remembered: chunks and parts have few, the ends of files many. */
const REMEMBERED = 1000;
/** Bytes that are copied at once where a buffer lies elsewhere. */
const COPIED = 64 * 1024;

let spare: Crc64Memory | undefined;

function spareMemory(): Crc64Memory {
  spare ??= new Crc64Memory(COPIED);
  return spare;
}

/** A running CRC-64 of bytes given in order. */
export class Crc64 {
  private register = ONES;

  /** Takes more bytes; those of a {@link Crc64Memory} are not copied. */
  update(bytes: Buffer): void {
    const memory = Crc64Memory.of(bytes);
    if (memory !== undefined) {
      this.register = memory.advance(this.register, bytes);
      return;
    }
    for (let at = 0; at < bytes.length; at += COPIED) {
      const piece = bytes.subarray(at, at + COPIED);
      const copy = spareMemory().buffer(0, piece.length);
      piece.copy(copy);
      this.register = spareMemory().advance(this.register, copy);
    }
  }

  /** The value so far; COS writes it as an unsigned decimal. */
  value(): bigint {
    return this.register ^ ONES;
  }
}

const factors = new Map<number, bigint>();

/** x^(8 · length): what appending `length` zero bytes multiplies a CRC by. Lengths repeat, so it is remembered. */
function shiftFactor(length: number): bigint {
  const known = factors.get(length);
  if (known !== undefined) return known;
  const { multiply } = spareMemory();
  let factor = ONE;
  let power = ONE >> 8n;
  for (let left = BigInt(length); left > 0n; left >>= 1n) {
    if (left & 1n) factor = multiply(power, factor);
    power = multiply(power, power);
  }
  if (factors.size >= REMEMBERED) factors.clear();
  factors.set(length, factor);
  return factor;
}

/**
 * CRC-64 of parts put together, from the CRC-64 and length of each, without reading a byte again.
 *
 * @param parts in order; lengths in bytes
 */
export function combineCrc64(parts: Iterable<{ crc64: bigint; length: number }>): bigint {
  const { multiply } = spareMemory();
  let whole = 0n;
  for (const { crc64, length } of parts) whole = multiply(shiftFactor(length), whole) ^ crc64;
  return whole;
}
