import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const CA_NAME = 'CN=Emulator CA';
const DAY_MS = 86_400_000;

type KeyPair = Awaited<ReturnType<typeof generateKeys>>;

function generateKeys() {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

function serialNumber(): string {
  return `01${randomBytes(8).toString('hex')}`;
}

function validity(): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + 30 * DAY_MS) };
}

/** A certificate authority of its own, made afresh, that certifies any host name on demand. */
export class Authority {
  private readonly contexts = new Map<string, Promise<SecureContext>>();

  private constructor(
    private readonly keys: KeyPair,
    private readonly serverKeys: KeyPair,
    private readonly serverKeyPem: string,
    /** The CA certificate. */
    readonly caPem: string,
  ) {}

  /** Makes a new authority. Takes a few milliseconds. */
  static async create(): Promise<Authority> {
    const [keys, serverKeys] = await Promise.all([generateKeys(), generateKeys()]);
    const certificate = await X509CertificateGenerator.createSelfSigned(
      {
        serialNumber: serialNumber(),
        name: CA_NAME,
        ...validity(),
        keys,
        signingAlgorithm: ALGORITHM,
        extensions: [
          new BasicConstraintsExtension(true, 0, true),
          new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        ],
      },
      webcrypto,
    );
    const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', serverKeys.privateKey));
    const lines = pkcs8.toString('base64').match(/.{1,64}/g) ?? [];
    const serverKeyPem = `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
    return new Authority(keys, serverKeys, serverKeyPem, certificate.toString('pem'));
  }

  /** The TLS context for a host name; made once for each name. */
  contextFor(hostname: string): Promise<SecureContext> {
    const known = this.contexts.get(hostname);
    if (known !== undefined) return known;
    const context = this.certify(hostname);
    this.contexts.set(hostname, context);
    return context;
  }

  private async certify(hostname: string): Promise<SecureContext> {
    const names = [{ type: 'dns' as const, value: hostname }];
    const addresses = hostname === 'localhost' ? [{ type: 'ip' as const, value: '127.0.0.1' }] : [];
    const certificate = await X509CertificateGenerator.create(
      {
        serialNumber: serialNumber(),
        // A common name holds at most 64 characters, which bucket names exceed; clients read the alternative name.
        subject: 'CN=Emulator',
        issuer: CA_NAME,
        ...validity(),
        publicKey: this.serverKeys.publicKey,
        signingKey: this.keys.privateKey,
        signingAlgorithm: ALGORITHM,
        extensions: [
          new BasicConstraintsExtension(false),
          new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
          new SubjectAlternativeNameExtension([...names, ...addresses]),
        ],
      },
      webcrypto,
    );
    return createSecureContext({ key: this.serverKeyPem, cert: certificate.toString('pem') });
  }
}
