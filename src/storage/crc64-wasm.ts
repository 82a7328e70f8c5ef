/*
 * The loops of CRC-64 as a WebAssembly module, assembled here instruction by instruction. Two halves of a
 * range are summed side by side: by itself each waits most of the time for the table of the byte before.
 */

/** Reflected polynomial of CRC-64/XZ, which COS calls crc64ecma (COS documentation, CRC64 check). */
const POLYNOMIAL = 0xc96c5795d7870f42n;

/** Tables of 256 values of 64 bits at the start of the memory; each takes a byte one place further. */
const TABLES = 8;
const TABLE_BYTES = 2048;

/** Bytes that the tables take. */
export const TABLE_AREA = TABLES * TABLE_BYTES;

/** What an instance of the module exports; registers are 64 bits, and results may come as negative numbers. */
export interface Crc64Exports {
  /** Product of two polynomials modulo the CRC's, all in reflected form. */
  multiply(a: bigint, b: bigint): bigint;
  /**
   * The register after a range of the memory.
   *
   * @param start address
   * @param words eight-byte words of each half of the range
   * @param factor x^(64 · words), which puts the halves together
   */
  sum(register: bigint, start: number, words: number, factor: bigint): bigint;
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

// Numbers of the WebAssembly core specification, binary format.
const I32 = 0x7f;
const I64 = 0x7e;
const LOOP = [0x03, 0x40];
const END = 0x0b;
const REPEAT_IF = [0x0d, 0];
const CALL_MULTIPLY = [0x10, 0];
const I32_EQZ = 0x45;
const I64_EQZ = 0x50;
const I32_ADD = 0x6a;
const I32_AND = 0x71;
const I32_SHL = 0x74;
const I64_SUB = 0x7d;
const I64_AND = 0x83;
const I64_XOR = 0x85;
const I64_SHL = 0x86;
const I64_SHR_S = 0x87;
const I64_SHR_U = 0x88;
const I64_TO_I32 = 0xa7;

const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const tee = (local: number): number[] => [0x22, local];
const i32 = (value: number): number[] => [0x41, ...signed(BigInt(value))];
const i64 = (value: bigint): number[] => [0x42, ...signed(value)];
/** Loads 64 bits from the address on the stack, displaced. */
const load = (offset: number): number[] => [0x29, 3, ...unsigned(offset)];

function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: bigint): number[] {
  const low = Number(value & 0x7fn);
  return value >= -0x40n && value < 0x40n ? [low] : [low | 0x80, ...signed(value >> 7n)];
}

const vector = (items: number[][]): number[] => [...unsigned(items.length), ...items.flat()];
const sized = (content: number[]): number[] => [...unsigned(content.length), ...content];
const named = (name: string): number[] => sized([...Buffer.from(name)]);

function multiplyBody(): number[] {
  const [a, b, product] = [0, 1, 2] as const;
  return [
    ...LOOP,
    ...[...get(product), ...get(b), ...get(a), ...i64(63n), I64_SHR_S, I64_AND, I64_XOR, ...set(product)],
    ...[...get(b), ...i64(1n), I64_SHR_U],
    ...[...i64(0n), ...get(b), ...i64(1n), I64_AND, I64_SUB, ...i64(BigInt.asIntN(64, POLYNOMIAL)), I64_AND],
    ...[I64_XOR, ...set(b)],
    ...[...get(a), ...i64(1n), I64_SHL, ...tee(a), I64_EQZ, I32_EQZ, ...REPEAT_IF],
    END,
    ...get(product),
  ];
}

function sumBody(): number[] {
  const [first, start, words, factor, middle, second, x, y] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
  const lookUp = (word: number, byte: number): number[] => {
    const shifted = byte === 0 ? [...i64(3n), I64_SHL] : [...i64(BigInt(byte * 8 - 3)), I64_SHR_U];
    const address = [...get(word), ...shifted, I64_TO_I32, ...i32(0xff * 8), I32_AND];
    return [...address, ...load((TABLES - 1 - byte) * TABLE_BYTES), ...(byte === 0 ? [] : [I64_XOR])];
  };
  const mix = (address: number, register: number, word: number): number[] => [
    ...[...get(address), ...load(0), ...get(register), I64_XOR, ...set(word)],
    ...[...get(address), ...i32(8), I32_ADD, ...set(address)],
  ];
  const step = (word: number, register: number): number[] => [
    ...Array.from({ length: TABLES }, (_, byte) => lookUp(word, byte)).flat(),
    ...set(register),
  ];
  return [
    ...[...get(start), ...get(words), ...i32(3), I32_SHL, I32_ADD, ...set(middle)],
    ...LOOP,
    ...mix(start, first, x),
    ...mix(middle, second, y),
    ...step(x, first),
    ...step(y, second),
    ...[...get(words), ...i32(-1), I32_ADD, ...tee(words), ...REPEAT_IF],
    END,
    ...[...get(factor), ...get(first), ...CALL_MULTIPLY, ...get(second), I64_XOR],
  ];
}

/** Assembles the module; it imports its memory as `env.memory`. */
export function assemble(): Uint8Array {
  const type = (parameters: number[], result: number): number[] => [0x60, ...sized(parameters), 1, result];
  const body = (locals: number[][], code: number[]): number[] => sized([...vector(locals), ...code, END]);
  const sections: [id: number, content: number[]][] = [
    [1, vector([type([I64, I64], I64), type([I64, I32, I32, I64], I64)])],
    [2, vector([[...named('env'), ...named('memory'), 2, 0, 1]])],
    [3, vector([[0], [1]])],
    [
      7,
      vector([
        [...named('multiply'), 0, 0],
        [...named('sum'), 0, 1],
      ]),
    ],
    [
      10,
      vector([
        body([[1, I64]], multiplyBody()),
        body(
          [
            [1, I32],
            [3, I64],
          ],
          sumBody(),
        ),
      ]),
    ],
  ];
  const header = [0, ...Buffer.from('asm'), 1, 0, 0, 0];
  return Uint8Array.from([...header, ...sections.flatMap(([id, content]) => [id, ...sized(content)])]);
}
