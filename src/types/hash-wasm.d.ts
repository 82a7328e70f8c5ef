/** The CRC-64 part of hash-wasm alone; its index would bring every other algorithm along. */
declare module 'hash-wasm/dist/crc64.umd.min.js' {
  import type { createCRC64 } from 'hash-wasm';

  const hashWasm: { createCRC64: typeof createCRC64 };
  export default hashWasm;
}
