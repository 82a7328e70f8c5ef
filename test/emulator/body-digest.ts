import { createHash, type Hash } from 'node:crypto';
import type { IHasher } from 'hash-wasm';
import type { Sink } from './call.js';
import { decimalCrc64, releaseCrc64, takeCrc64 } from './crc64.js';

/** What is known of a body once all of it has arrived. */
export interface Digest {
  size: number;
  crc64: string;
  /** Base64; empty when it was not asked for. */
  md5: string;
  /** Hex; empty when it was not asked for. */
  sha256: string;
  body: Buffer | undefined;
}

/** Which digests to compute, and whether to keep the bytes. */
export interface DigestChoice {
  md5: boolean;
  sha256: boolean;
  keep: boolean;
}

/** Computes the digests of a body while it arrives, without keeping it unless asked. */
export class BodyDigest implements Sink {
  private readonly chunks: Buffer[] = [];
  private readonly md5: Hash | undefined;
  private readonly sha256: Hash | undefined;
  private size = 0;

  private constructor(
    private readonly crc64: IHasher,
    private readonly choice: DigestChoice,
  ) {
    if (choice.md5) this.md5 = createHash('md5');
    if (choice.sha256) this.sha256 = createHash('sha256');
  }

  /** Runs `receive` with a digest as its sink and returns what came of it. */
  static async of(choice: DigestChoice, receive: (sink: Sink) => Promise<unknown>): Promise<Digest> {
    const crc64 = await takeCrc64();
    try {
      const digest = new BodyDigest(crc64, choice);
      await receive(digest);
      return digest.finish();
    } finally {
      releaseCrc64(crc64);
    }
  }

  update(chunk: Buffer): void {
    this.size += chunk.length;
    this.crc64.update(chunk);
    this.md5?.update(chunk);
    this.sha256?.update(chunk);
    if (this.choice.keep) this.chunks.push(chunk);
  }

  private finish(): Digest {
    return {
      size: this.size,
      crc64: decimalCrc64(this.crc64),
      md5: this.md5?.digest('base64') ?? '',
      sha256: this.sha256?.digest('hex') ?? '',
      body: this.choice.keep ? Buffer.concat(this.chunks) : undefined,
    };
  }
}
