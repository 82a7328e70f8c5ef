import { randomBytes } from 'node:crypto';

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Random letters and digits. */
export function randomText(length: number, alphabet = ALPHANUMERIC): string {
  let text = '';
  for (const byte of randomBytes(length)) text += alphabet.charAt(byte % alphabet.length);
  return text;
}

/** Where a temporary certificate of ApplyUpload may write. */
export interface CertificateScope {
  bucket: string;
  region: string;
  /** Exact object keys, without a leading slash. */
  keys: readonly string[];
  /** For packages: everything below this folder (ends with a slash, empty for the root). */
  folder: string | undefined;
}

/** A key pair the emulator gave out or was told of. */
export interface Key {
  /** `permanent` and `temporary` keys call the API; a `certificate` writes to COS. */
  kind: 'permanent' | 'temporary' | 'certificate';
  secretId: string;
  secretKey: string;
  /** Empty for permanent keys. */
  token: string;
  /** Unix seconds; `Infinity` for permanent keys. */
  expiredTime: number;
  scope?: CertificateScope;
}

/** The key pairs known to the emulator. */
export class KeyRing {
  private readonly keys = new Map<string, Key>();

  /** Adds a key that was made elsewhere. */
  add(key: Key): Key {
    this.keys.set(key.secretId, key);
    return key;
  }

  /** Makes a temporary key, or a certificate when a scope is given. */
  issue(expiredTime: number, scope?: CertificateScope): Key {
    return this.add({
      kind: scope === undefined ? 'temporary' : 'certificate',
      secretId: `AKID${randomText(44)}`,
      secretKey: randomBytes(32).toString('base64'),
      token: randomText(160),
      expiredTime,
      ...(scope === undefined ? {} : { scope }),
    });
  }

  find(secretId: string): Key | undefined {
    return this.keys.get(secretId);
  }

  /** Forgets everything but permanent keys. */
  reset(): void {
    for (const [id, key] of this.keys) if (key.kind !== 'permanent') this.keys.delete(id);
  }
}
