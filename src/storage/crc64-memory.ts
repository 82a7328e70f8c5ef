import { assemble, type Crc64Exports, fillTables, TABLE_AREA } from './crc64-wasm.js';

const PAGE = 64 * 1024;
/** Fewer bytes than this are summed one by one. */
const LEAST_RANGE = 64;

let module: WebAssembly.Module | undefined;
const known = new WeakMap<ArrayBufferLike, Crc64Memory>();

/** Memory for buffers whose CRC-64 is computed where they lie, without a copy. */
export class Crc64Memory {
  readonly multiply: Crc64Exports['multiply'];
  private readonly sum: Crc64Exports['sum'];
  private readonly memory: ArrayBuffer;
  private readonly table: BigUint64Array;

  /** @param bytes of room for buffers */
  constructor(bytes: number) {
    const pages = Math.ceil((TABLE_AREA + bytes) / PAGE);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    module ??= new WebAssembly.Module(assemble());
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    const { multiply, sum } = exports as unknown as Crc64Exports;
    this.multiply = (a, b) => BigInt.asUintN(64, multiply(a, b));
    this.sum = sum;
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
    return Buffer.from(this.memory, TABLE_AREA + offset, length);
  }

  /**
   * The register after the bytes of a buffer of this memory.
   *
   * @param factorOf the factor that appending so many bytes multiplies a register by
   */
  advance(register: bigint, bytes: Buffer, factorOf: (length: number) => bigint): bigint {
    let crc = register;
    let at = 0;
    if (bytes.length >= LEAST_RANGE) {
      const words = Math.floor(bytes.length / 16);
      crc = BigInt.asUintN(64, this.sum(crc, bytes.byteOffset, words, factorOf(words * 8)));
      at = words * 16;
    }
    for (; at < bytes.length; at++) {
      crc = (this.table[Number(crc & 0xffn) ^ (bytes[at] as number)] as bigint) ^ (crc >> 8n);
    }
    return crc;
  }
}
