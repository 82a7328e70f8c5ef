import { createCRC64, type IHasher } from 'hash-wasm';

const POLYNOMIAL = 0xc96c5795d7870f42n;
/** The polynomial 1 in reflected order. */
const ONE = 1n << 63n;

/** Hashers are WebAssembly instances with their own memory, so they are used again. */
const idle: IHasher[] = [];

/** Takes a fresh CRC-64 hasher; give it back with {@link releaseCrc64}. */
export async function takeCrc64(): Promise<IHasher> {
  const hasher = idle.pop() ?? (await createCRC64());
  return hasher.init();
}

/** Gives a hasher back for the next body. */
export function releaseCrc64(hasher: IHasher): void {
  idle.push(hasher);
}

/** The CRC as COS writes it: an unsigned decimal number. */
export function decimalCrc64(hasher: IHasher): string {
  return BigInt(`0x${hasher.digest('hex')}`).toString();
}

function multiply(a: bigint, b: bigint): bigint {
  let product = 0n;
  let term = b;
  for (let bit = ONE; bit !== 0n; bit >>= 1n) {
    if ((a & bit) !== 0n) product ^= term;
    term = (term & 1n) === 0n ? term >> 1n : (term >> 1n) ^ POLYNOMIAL;
  }
  return product;
}

const shifts = new Map<number, bigint>();

/** x^(8 * length) modulo the polynomial: what appending `length` bytes does to a CRC. */
function shiftOf(length: number): bigint {
  const known = shifts.get(length);
  if (known !== undefined) return known;
  let result = ONE;
  let square = ONE >> 8n;
  for (let rest = BigInt(length); rest !== 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = multiply(result, square);
    square = multiply(square, square);
  }
  if (shifts.size < 1000) shifts.set(length, result);
  return result;
}

/** The CRC of two runs of bytes from the CRC of each (decimal) and the length of the second. */
export function combineCrc64(first: string, second: string, secondLength: number): string {
  return (multiply(shiftOf(secondLength), BigInt(first)) ^ BigInt(second)).toString();
}
