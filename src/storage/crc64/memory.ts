import { type Crc64Exports, crc64Module, FOLD_MARGIN, FOLDED, fillTables, TABLE_AREA } from './module.js';

const PAGE = 64 * 1024;
/** Most bytes that are folded at once. */
const LONGEST_FOLD = 128 * 1024;
/** Fewer bytes than this are not worth folding. */
const LEAST_FOLD = 2 * FOLDED;
const FOLD_AREA = LONGEST_FOLD + FOLD_MARGIN;

let module: WebAssembly.Module | undefined;
const known = new WeakMap<ArrayBufferLike, Crc64Memory>();

/** Memory for buffers whose CRC-64 is computed where they lie, without a copy. */
export class Crc64Memory {
  readonly multiply: Crc64Exports['multiply'];
  private readonly exports: Crc64Exports;
  private readonly memory: ArrayBuffer;
  private readonly table: BigUint64Array;

  /** @param bytes of room for buffers */
  constructor(bytes: number) {
    const pages = Math.ceil((TABLE_AREA + FOLD_AREA + bytes) / PAGE);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    module ??= new WebAssembly.Module(crc64Module());
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    this.exports = exports as unknown as Crc64Exports;
    this.multiply = (a, b) => BigInt.asUintN(64, this.exports.multiply(a, b));
    this.memory = memory.buffer;
    fillTables(this.memory);
    this.table = new BigUint64Array(this.memory, 0, 256);
    known.set(this.memory, this);
  }

  /** The memory that a buffer lies in, if it is one of these. */
  static of(buffer: Buffer): Crc64Memory | undefined {
    return known.get(buffer.buffer);
  }

  /** A buffer of this memory. */
  buffer(offset: number, length: number): Buffer {
    return Buffer.from(this.memory, TABLE_AREA + FOLD_AREA + offset, length);
  }

  /** The register after the bytes of a buffer of this memory. */
  advance(register: bigint, bytes: Buffer): bigint {
    const { fold, sum } = this.exports;
    let crc = register;
    let at = bytes.byteOffset;
    let left = bytes.length;
    while (left >= LEAST_FOLD) {
      const length = Math.min(LONGEST_FOLD, left - (left % 64));
      crc = sum(0n, fold(crc, at, length, TABLE_AREA), FOLDED / 8);
      at += length;
      left -= length;
    }
    if (left >= 8) {
      crc = sum(crc, at, left >> 3);
      left %= 8;
    }
    crc = BigInt.asUintN(64, crc);
    for (const byte of bytes.subarray(bytes.length - left)) {
      crc = (this.table[Number(crc & 0xffn) ^ byte] as bigint) ^ (crc >> 8n);
    }
    return crc;
  }
}
