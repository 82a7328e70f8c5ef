import { ServiceError } from '../network/errors.js';
import { COS } from './cos-error.js';

/** How far a medium is, and how long its upload credentials last. Times in milliseconds since the epoch. */
export interface DeadlineForecast {
  now: number;
  expiresAt: number;
  /** When the medium got its upload credentials. */
  startedAt: number;
  /** Milliseconds since then in which the storage host was out of order, which say nothing of the speed. */
  outOfOrderMs: number;
  /** Bytes that the whole run has sent since then. */
  sentByAll: number;
  /** Bytes of the medium that were sent, and all of them. */
  sent: number;
  total: number;
}

/** Milliseconds of sending before the speed of the network is known well enough. */
const WARM_UP = 60_000;
/** A forecast must be over by this factor to stop a medium that might still make it. */
const SAFETY_FACTOR = 1.5;

/**
 * Refuses to go on where the upload credentials have expired, or clearly will before the last byte. They can't be
 * renewed (API 3.0 has no parameter for it), so every further byte would be wasted.
 *
 * The forecast gives the medium the whole network, as it was since the medium got its upload credentials: a medium that
 * had to wait for others is no slower for that.
 *
 * @throws {ServiceError} `ExpiredToken` or `CertificateTooShort`
 */
export function checkCredentialDeadline(forecast: DeadlineForecast): void {
  const { now, expiresAt, startedAt, outOfOrderMs, sentByAll, sent, total } = forecast;
  const until = new Date(expiresAt).toISOString();
  if (now >= expiresAt) {
    throw new ServiceError(COS, {
      code: 'ExpiredToken',
      message: `The upload credentials for this medium expired at ${until} with ${sent} of ${total} bytes sent.`,
      kind: 'final',
    });
  }
  const elapsed = now - startedAt - outOfOrderMs;
  if (elapsed < WARM_UP || sentByAll === 0) return;
  const needed = ((total - sent) / sentByAll) * elapsed;
  if (needed <= (expiresAt - now) * SAFETY_FACTOR) return;
  throw new ServiceError(COS, {
    code: 'CertificateTooShort',
    message:
      `The upload credentials for this medium lasts until ${until}, and at the present speed the upload would need ` +
      `until ${new Date(now + needed).toISOString()} (${sent} of ${total} bytes sent).`,
    kind: 'final',
  });
}
