import * as wasm from './wasm.js';

const { I32, I64, get, set, tee, i32, i64 } = wasm;

/*
 * The loops of CRC-64 as a WebAssembly module, assembled here instruction by instruction.
 *
 * A CRC is a remainder, so multiples of its polynomial may be added to a message without changing it. One
 * with few terms, whole bytes apart, clears the message from its front, sixteen bytes at a time, by loads
 * and exclusive ors alone; what is left is as long as that multiple (the idea of Chorba, arXiv:2412.16398).
 */

/** Reflected polynomial of CRC-64/XZ, which COS calls crc64ecma (COS documentation, CRC64 check). */
const POLYNOMIAL = 0xc96c5795d7870f42n;

/**
 * A multiple of the polynomial with eight terms: distances in bytes of the others from the first. Found by a
 * search for short ones whose first distance is long enough: what was stored must have left the processor's
 * store buffer before it is loaded again.
 */
const DISTANCES = [1817, 2185, 2189, 2423, 2426, 3202, 3276];
const LONGEST = 3276;
/** Bytes of one turn of the loop: four vectors. */
const STRIDE = 64;

/** Bytes that folding leaves: the longest distance in whole turns. */
export const FOLDED = Math.ceil(LONGEST / STRIDE) * STRIDE;

/** Tables of 256 values of 64 bits at the start of the memory; each takes a byte one place further. */
const TABLES = 8;
const TABLE_BYTES = 2048;

/** Bytes that the tables take. */
export const TABLE_AREA = TABLES * TABLE_BYTES;

/** Bytes of room that folding needs beside a message: zeros before it and what it leaves. */
export const FOLD_MARGIN = 2 * FOLDED;

/** What an instance of the module exports; registers are 64 bits, and results may come as negative numbers. */
export interface Crc64Exports {
  /** Product of two polynomials modulo the CRC's, all in reflected form. */
  multiply(a: bigint, b: bigint): bigint;
  /** The register after some words of eight bytes, at least one. */
  sum(register: bigint, start: number, words: number): bigint;
  /**
   * Folds a message into its last {@link FOLDED} bytes, which have the same CRC from a register of zero.
   *
   * @param start address of the message
   * @param length its bytes, a multiple of 64 greater than {@link FOLDED}
   * @param room address of `length` + {@link FOLD_MARGIN} bytes that begin with {@link FOLDED} zeros
   * @returns address of what is left, in the room
   */
  fold(register: bigint, start: number, length: number, room: number): number;
}

/** Writes the tables that the module looks up. */
export function fillTables(memory: ArrayBuffer): void {
  const table = new BigUint64Array(memory, 0, TABLES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ POLYNOMIAL : crc >> 1n;
    table[byte] = crc;
  }
  for (let at = 256; at < table.length; at++) {
    const before = table[at - 256] as bigint;
    table[at] = (table[Number(before & 0xffn)] as bigint) ^ (before >> 8n);
  }
}

function multiply(): wasm.WasmFunction {
  const [a, b, product] = [0, 1, 2] as const;
  const { I64_AND, I64_EQZ, I64_SHL, I64_SHR_S, I64_SHR_U, I64_SUB, I64_XOR, I32_EQZ } = wasm;
  const add = [...get(product), ...get(b), ...get(a), ...i64(63n), I64_SHR_S, I64_AND, I64_XOR];
  const mask = [...i64(0n), ...get(b), ...i64(1n), I64_AND, I64_SUB];
  const reduced = [...mask, ...i64(BigInt.asIntN(64, POLYNOMIAL)), I64_AND];
  const code = [
    ...wasm.repeat(
      ...[...add, ...set(product)],
      ...[...get(b), ...i64(1n), I64_SHR_U, ...reduced, I64_XOR, ...set(b)],
      ...[...get(a), ...i64(1n), I64_SHL, ...tee(a), I64_EQZ, I32_EQZ],
    ),
    ...get(product),
  ];
  return { name: 'multiply', parameters: [I64, I64], result: I64, locals: [I64], code };
}

function sum(): wasm.WasmFunction {
  const [register, at, words, word] = [0, 1, 2, 3] as const;
  const { I32_ADD, I32_AND, I32_OF_I64, I64_SHL, I64_SHR_U, I64_XOR } = wasm;
  const lookUp = (byte: number): number[] => {
    const shifted = byte === 0 ? [...i64(3n), I64_SHL] : [...i64(BigInt(byte * 8 - 3)), I64_SHR_U];
    const address = [...get(word), ...shifted, I32_OF_I64, ...i32(0xff * 8), I32_AND];
    return [...address, ...wasm.loadI64((TABLES - 1 - byte) * TABLE_BYTES), ...(byte === 0 ? [] : [I64_XOR])];
  };
  const code = [
    ...wasm.repeat(
      ...[...get(at), ...wasm.loadI64(0), ...get(register), I64_XOR, ...set(word)],
      ...[...Array.from({ length: TABLES }, (_, byte) => lookUp(byte)).flat(), ...set(register)],
      ...wasm.advance(at, 8),
      ...[...get(words), ...i32(-1), I32_ADD, ...tee(words)],
    ),
    ...get(register),
  ];
  return { name: 'sum', parameters: [I64, I32, I32], result: I64, locals: [I64], code };
}

function fold(): wasm.WasmFunction {
  const [register, at, length, room, front, end] = [0, 1, 2, 3, 4, 5] as const;
  const { I32_ADD, I32_LT_U } = wasm;
  // `front` moves along with `at`; what was taken away lies FOLDED bytes beyond it.
  const takeAway = (vector: number, to: number): number[] => [
    ...[...get(front), ...get(at), ...wasm.loadV128(vector)],
    ...DISTANCES.flatMap((distance) => [
      ...[...get(front), ...wasm.loadV128(FOLDED - distance + vector), ...wasm.V128_XOR],
    ]),
    ...wasm.storeV128(to + vector),
  ];
  const loop = (to: number): number[] =>
    wasm.repeat(
      ...[0, 16, 32, 48].flatMap((vector) => takeAway(vector, to)),
      ...[...wasm.advance(front, STRIDE), ...wasm.advance(at, STRIDE)],
      ...[...get(at), ...get(end), I32_LT_U],
    );
  // From this place only the longest distance reaches the message, so the register falls on its first bytes.
  const placeRegister = (value: number[]): number[] => [
    ...[...get(room), ...value, ...wasm.storeI64(FOLDED - LONGEST)],
  ];
  const code = [
    ...placeRegister(get(register)),
    ...[...get(room), ...set(front)],
    ...[...get(at), ...get(length), I32_ADD, ...i32(-FOLDED), I32_ADD, ...set(end)],
    ...loop(FOLDED),
    // The last bytes stay, so nothing that was taken away may be found in their place.
    ...[...get(front), ...i32(FOLDED), I32_ADD, ...i32(0), ...i32(FOLDED), ...wasm.MEMORY_FILL],
    ...[...get(end), ...i32(FOLDED), I32_ADD, ...set(end)],
    ...loop(2 * FOLDED),
    ...placeRegister(i64(0n)),
    ...[...get(room), ...get(length), I32_ADD, ...i32(FOLDED), I32_ADD],
  ];
  return { name: 'fold', parameters: [I64, I32, I32, I32], result: I32, locals: [I32, I32], code };
}

/** Assembles the module; it imports its memory as `env.memory`. */
export function crc64Module(): Uint8Array {
  return wasm.assemble([multiply(), sum(), fold()]);
}
