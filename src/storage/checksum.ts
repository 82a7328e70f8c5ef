import hashWasm from 'hash-wasm/dist/crc64.umd.min.js';

/** Reflected polynomial of CRC-64/XZ, which COS calls crc64ecma (COS documentation, CRC64 check). */
const POLYNOMIAL = 0xc96c5795d7870f42n;
const TOP = 1n << 63n;

/** A running CRC-64 of bytes given in order. */
export interface Crc64 {
  update(bytes: Buffer): void;
  /** The value so far; COS writes it as an unsigned decimal. */
  value(): bigint;
  /** Gives the hasher back; it must not be used afterwards. */
  release(): void;
}

type Hasher = Awaited<ReturnType<typeof hashWasm.createCRC64>>;
const idle: Hasher[] = [];

/** Starts a CRC-64. Each hasher owns a WebAssembly memory, so they are used again. */
export async function startCrc64(): Promise<Crc64> {
  const hasher = idle.pop() ?? (await hashWasm.createCRC64());
  hasher.init();
  return {
    update: (bytes) => {
      hasher.update(bytes);
    },
    value: () => BigInt(`0x${hasher.digest('hex')}`),
    release: () => {
      idle.push(hasher);
    },
  };
}

/** Product of two polynomials modulo the CRC's, both in reflected form. */
function multiply(a: bigint, b: bigint): bigint {
  let product = 0n;
  let shifted = b;
  for (let bit = TOP; bit > 0n; bit >>= 1n) {
    if (a & bit) product ^= shifted;
    shifted = shifted & 1n ? (shifted >> 1n) ^ POLYNOMIAL : shifted >> 1n;
  }
  return product;
}

/** x^(8 · length): what appending `length` zero bytes multiplies a CRC by. */
function shiftFactor(length: number): bigint {
  let factor = TOP;
  let power = TOP >> 8n;
  for (let left = BigInt(length); left > 0n; left >>= 1n) {
    if (left & 1n) factor = multiply(power, factor);
    power = multiply(power, power);
  }
  return factor;
}

/**
 * CRC-64 of parts put together, from the CRC-64 and length of each, without reading a byte again.
 *
 * @param parts in order; lengths in bytes
 */
export function combineCrc64(parts: Iterable<{ crc64: bigint; length: number }>): bigint {
  const factors = new Map<number, bigint>();
  let whole = 0n;
  for (const { crc64, length } of parts) {
    const factor = factors.get(length) ?? shiftFactor(length);
    factors.set(length, factor);
    whole = multiply(factor, whole) ^ crc64;
  }
  return whole;
}
