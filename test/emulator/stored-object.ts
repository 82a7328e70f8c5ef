/** An object as the emulated COS holds it. */
export interface StoredObject {
  bucket: string;
  /** Without a leading slash. */
  key: string;
  size: number;
  /** Unsigned decimal number. */
  crc64: string;
  /** Hex; empty without digests and for multipart objects whose bodies are not kept. */
  sha256: string;
  etag: string;
  contentType: string;
  /** Number of parts, 0 for a simple PUT. */
  parts: number;
  /** How often the key was written. */
  writes: number;
  /** Milliseconds since the epoch, by the emulator's clock. */
  lastModified: number;
  /** Only when bodies are kept. */
  body?: Buffer;
}
