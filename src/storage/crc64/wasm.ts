/*
 * WebAssembly instructions as bytes: what the CRC's loops are assembled from. The numbers are those of the
 * core specification's binary format.
 */

/** Types of values. */
export const I32 = 0x7f;
export const I64 = 0x7e;

/** Operations on the values on top of the stack. */
export const I32_EQZ = 0x45;
export const I32_LT_U = 0x49;
export const I32_ADD = 0x6a;
export const I32_AND = 0x71;
export const I64_EQZ = 0x50;
export const I64_SUB = 0x7d;
export const I64_AND = 0x83;
export const I64_XOR = 0x85;
export const I64_SHL = 0x86;
export const I64_SHR_S = 0x87;
export const I64_SHR_U = 0x88;
export const I32_OF_I64 = 0xa7;
export const V128_XOR = [0xfd, 0x51];

export const get = (local: number): number[] => [0x20, local];
export const set = (local: number): number[] => [0x21, local];
export const tee = (local: number): number[] => [0x22, local];
export const i32 = (value: number): number[] => [0x41, ...signed(BigInt(value))];
export const i64 = (value: bigint): number[] => [0x42, ...signed(value)];

/** Loads 64 bits from the address on the stack, displaced by some bytes. */
export const loadI64 = (offset: number): number[] => [0x29, 0, ...unsigned(offset)];
/** Stores 64 bits at the address below them on the stack. */
export const storeI64 = (offset: number): number[] => [0x37, 0, ...unsigned(offset)];
/** Loads and stores of 128 bits, likewise. */
export const loadV128 = (offset: number): number[] => [0xfd, 0x00, 0, ...unsigned(offset)];
export const storeV128 = (offset: number): number[] => [0xfd, 0x0b, 0, ...unsigned(offset)];
/** Fills memory: address, byte and length are on the stack. */
export const MEMORY_FILL = [0xfc, 0x0b, 0];

/** Adds a number to a local. */
export const advance = (local: number, by: number): number[] => [
  ...get(local),
  ...i32(by),
  I32_ADD,
  ...set(local),
];

/** Repeats a body, at least once, for as long as it leaves a number other than zero. */
export const repeat = (...body: number[]): number[] => [0x03, 0x40, ...body, 0x0d, 0, 0x0b];

/** A function of a module. */
export interface WasmFunction {
  name: string;
  parameters: number[];
  /** Type of the result; absent without one. */
  result?: number;
  /** Types of the locals that follow the parameters. */
  locals: number[];
  code: number[];
}

/** Assembles a module that imports its memory as `env.memory` and exports its functions. */
export function assemble(functions: readonly WasmFunction[]): Uint8Array {
  const results = ({ result }: WasmFunction): number[] => (result === undefined ? [] : [result]);
  const types = functions.map((one) => [0x60, ...sized(one.parameters), ...sized(results(one))]);
  const bodies = functions.map(({ locals, code }) =>
    sized([...vector(locals.map((type) => [1, type])), ...code, 0x0b]),
  );
  const sections: [id: number, content: number[]][] = [
    [1, vector(types)],
    [2, vector([[...named('env'), ...named('memory'), 2, 0, 1]])],
    [3, vector(functions.map((_, index) => [index]))],
    [7, vector(functions.map(({ name }, index) => [...named(name), 0, index]))],
    [10, vector(bodies)],
  ];
  const header = [0, ...Buffer.from('asm'), 1, 0, 0, 0];
  return Uint8Array.from([...header, ...sections.flatMap(([id, content]) => [id, ...sized(content)])]);
}

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
